/// What is wrong with a network's files: which file, and what about it.
public struct NetworkError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
