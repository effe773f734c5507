import Basics
import Daemon
import Glibc
import PoseTypes
import PosedKit
import Settings

/// One message for a person, on standard error.
func tell(_ message: String) {
    let bytes = Array((FileName.shown(message) + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

/// What is wrong, in one line.
func complain(_ message: String) { tell("posed: " + message.split(whereSeparator: \.isNewline).joined(separator: " ")) }

func complain(_ error: any Error) {
    if let error = error as? PipelineProblems { return error.problems.forEach { tell("\($0)") } }
    switch ExitStatus.code(of: error) {
    case ExitStatus.readerGone: break  // who has gone wants to hear nothing
    case ExitStatus.internalError: complain("internal error, please report it: \(error)")
    default: complain("\(error)")
    }
}
