import Basics

/// Why records could not be read back.
package enum RecordError: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotRead(path: String, reason: String)
    /// A line that is no record of `posed/1`. Lines count from 1.
    case badRecord(path: String, line: Int, problem: String)

    package var description: String {
        switch self {
        case .cannotRead(let path, let reason): "cannot read \(path): \(reason)"
        case .badRecord(let path, let line, let problem): "\(path):\(line): \(problem)"
        }
    }
}
