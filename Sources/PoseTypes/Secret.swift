/// A text that must reach no log, record or error, such as a camera's address with its password: it never prints itself.
public struct Secret: Sendable, Hashable {
    private let text: String

    public init(_ text: String) { self.text = text }

    /// The text itself, for the one call that needs it.
    public func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "***" }
    public var debugDescription: String { "***" }
    /// `dump` and string interpolation of a struct that holds it find nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
