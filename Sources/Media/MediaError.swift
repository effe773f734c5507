/// Why a video could not be read or written: one line that a person can act on. Addresses in it bear no credentials.
package struct MediaError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The input is there but gives no pictures: audio only, no frames, not a video, an unsupported codec (65).
        case badInput
        /// The input is missing or cannot be read (66).
        case missingInput
        /// The input refuses the user name and password, or that none is given (66).
        case denied
        /// The output cannot be made: its folder is missing, or may not be written to (73).
        case cannotCreate
        /// The output failed half-way, for example because the disk is full (74).
        case writeFailed
        /// `Interrupt.interrupt()` was called while the input was opened.
        case interrupted
    }

    package let kind: Kind
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
