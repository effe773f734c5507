/// Why a model cannot be had: one line that says which, and what to do.
public struct ModelError: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// It is not here.
        case missing
        /// It is here, but its files are not what they should be.
        case damaged
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
