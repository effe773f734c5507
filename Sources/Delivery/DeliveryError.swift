import Basics
import Glibc

/// Why results could not be delivered.
package enum DeliveryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The output cannot be made. `code` is an errno, as below.
    case cannotOpen(path: String, code: Int32)
    /// The disk, or the user's share of it, is full.
    case diskFull(path: String)
    /// The reader of the pipe has gone.
    case readerGone(path: String)
    /// Another process, or another sink of this one, writes or serves it.
    case inUse(path: String)
    /// What is there already is something else, and stays as it is.
    case occupied(path: String, by: String)
    case cannotWrite(path: String, code: Int32)
    /// A broker cannot be reached, or does not let us in.
    case broker(String, reason: String)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let code): "cannot open \(path) for writing: \(reason(code))"
        case .diskFull(let path): "cannot write \(path): the disk is full; every line before this one is whole"
        case .readerGone(let path): "cannot write \(path): the reader has closed the pipe"
        case .inUse(let path): "cannot open \(path) for writing: somebody else writes it"
        case .occupied(let path, let what): "cannot open \(path) for writing: it is \(what), which is left alone"
        case .cannotWrite(let path, let code): "cannot write \(path): \(reason(code))"
        case .broker(let broker, let reason): "\(broker): \(reason)"
        }
    }
}

private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
