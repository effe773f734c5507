import Glibc

/// Why the server cannot serve.
package enum WebError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was given is no `HOST:PORT`, or nobody knows the host.
    case badAddress(String, problem: String)
    /// A service manager passed something that cannot be served.
    case badSocket(String)
    /// `code` is an errno.
    case cannotListen(String, code: Int32)

    package var description: String {
        switch self {
        case .badAddress(let text, let problem): "cannot serve at \(text): \(problem); give HOST:PORT, such as 127.0.0.1:8080"
        case .badSocket(let problem): "cannot serve: \(problem)"
        case .cannotListen(let text, let code): "cannot serve at \(text): \(String(cString: strerror(code)))"
        }
    }
}
