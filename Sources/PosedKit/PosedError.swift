/// What PosedKit itself refuses: one line that a person can act on.
public struct PosedError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The command line asks for what cannot be.
        case usage
        /// A file is there, but not what it should be.
        case badData
        /// A file is missing or cannot be read.
        case missingInput
        /// An output cannot be made.
        case cannotCreate
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
