/// Why a model cannot be had: one line that says which, and what to do.
package struct ModelError: Error, Equatable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// It is not here.
        case missing
        /// It is here, but its files are not what they should be.
        case damaged
        /// Who has it does not give it.
        case unreachable
        /// There is no place for it.
        case unwritable
    }

    package let kind: Kind
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
