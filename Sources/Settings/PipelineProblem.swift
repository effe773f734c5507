/// What is wrong in a pipeline file, and where; never with a secret in it.
package struct PipelineProblem: Error, Sendable, Equatable {
    package var file: String
    /// Both from 1; nil where the file as a whole is meant.
    package var line: Int?
    package var column: Int?
    package var message: String

    package init(file: String, line: Int? = nil, column: Int? = nil, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }
}

extension PipelineProblem: CustomStringConvertible {
    /// `file:line:column: message`, as editors read it.
    package var description: String { "\(place): \(message)" }

    package var place: String { ([file] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":") }
}

/// Why nothing was begun.
package struct PipelineProblems: Error, Sendable, Equatable {
    package var problems: [PipelineProblem]

    package init(problems: [PipelineProblem]) { self.problems = problems }
}

extension PipelineProblems: CustomStringConvertible {
    /// A line each.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
