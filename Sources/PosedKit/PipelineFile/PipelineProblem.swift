/// What is wrong in a pipeline file, and where; never with a secret in it.
public struct PipelineProblem: Error, Sendable, Equatable {
    public var file: String
    /// Both from 1; nil where the file as a whole is meant.
    public var line: Int?
    public var column: Int?
    public var message: String
}

extension PipelineProblem: CustomStringConvertible {
    /// `file:line:column: message`, as editors read it.
    public var description: String { "\(place): \(message)" }

    var place: String { ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":") }
}

/// Why nothing was begun.
public struct PipelineProblems: Error, Sendable, Equatable {
    public var problems: [PipelineProblem]

    public init(problems: [PipelineProblem]) { self.problems = problems }
}

extension PipelineProblems: CustomStringConvertible {
    /// A line each.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
