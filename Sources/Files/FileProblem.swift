import Foundation

/// Why a file cannot be read, as words that follow `cannot read NAME: `: `it is larger than 1 MiB`.
public struct FileProblem: Error, Equatable, CustomStringConvertible {
    public let description: String

    /// `No such file or directory`.
    init(errno code: Int32) { description = String(cString: strerror(code)) }

    init(_ description: String) { self.description = description }
}
