/// A text that must reach no log, record or error, such as a camera's address with its password: it never prints itself.
package struct Secret: Sendable, Hashable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The text itself, for the one call that needs it.
    package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "***" }
    package var debugDescription: String { "***" }
    /// `dump` and string interpolation of a struct that holds it find nothing.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
