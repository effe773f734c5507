/// What PosedKit itself refuses: one line that a person can act on.
package struct PosedError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The command line asks for what cannot be.
        case usage
        /// A file is there, but not what it should be.
        case badData
        /// A file is missing or cannot be read.
        case missingInput
        /// An output cannot be made.
        case cannotCreate
    }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
