/// Why a set of results cannot be scored.
package struct EvaluationError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
