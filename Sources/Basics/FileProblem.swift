import Glibc

/// Why a file cannot be read, as words that follow `cannot read NAME: `: `it is larger than 1 MiB`.
package struct FileProblem: Error, Equatable, CustomStringConvertible {
    package let description: String

    /// `No such file or directory`.
    init(errno code: Int32) { description = String(cString: strerror(code)) }

    /// More bytes than the reader allowed.
    package static func tooLarge(_ limit: Int) -> FileProblem {
        let (number, unit) =
            limit >= 1 << 30 ? (limit >> 30, "GiB") : limit >= 1 << 20 ? (limit >> 20, "MiB") : (limit >> 10, "KiB")
        return FileProblem("it is larger than \(number) \(unit)")
    }

    /// A pipe or a device, where bytes that stay are needed.
    package static let notRegular = FileProblem("it is not a regular file")

    init(_ description: String) { self.description = description }
}
