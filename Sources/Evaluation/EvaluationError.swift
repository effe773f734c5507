/// Why a set of results cannot be scored.
public struct EvaluationError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
