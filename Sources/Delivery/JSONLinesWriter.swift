import Basics
import Glibc

/// Writes lines to a file, a pipe or standard output, each at once and whole.
///
/// A line is one `write(2)`, so a killed process leaves at most its last line torn; if the disk fills up in the middle of
/// one, the file is cut back to the line before. From the first writer on, the process ignores SIGPIPE: a reader that goes
/// away is an error here, not a death.
package final class JSONLinesWriter {
    private let path: String
    private var descriptor: Int32
    private let owned: Bool
    /// Bytes of whole lines, those included that were there before.
    private(set) var written: off_t

    /// Truncates `path` or makes it; "-" is standard output.
    package convenience init(path: String) throws(DeliveryError) {
        if path == "-" {
            self.init(descriptor: STDOUT_FILENO, name: "standard output", owned: false)
            return
        }
        let descriptor = path.withPath { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
        self.init(descriptor: descriptor, name: path, owned: true)
    }

    /// - Parameter size: that of the file which `descriptor` appends to.
    init(descriptor: Int32, name: String, owned: Bool, size: off_t = 0) {
        signal(SIGPIPE, SIG_IGN)
        self.descriptor = descriptor
        self.path = name
        self.owned = owned
        written = size
    }

    deinit { if owned && descriptor >= 0 { close(descriptor) } }

    /// Writes one line, which ends with its newline.
    package func write(_ line: [UInt8]) throws(DeliveryError) {
        var done = 0
        while done < line.count {
            let count = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, line.count - done) }
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                let code = errno
                if owned && done > 0 { ftruncate(descriptor, written) }
                throw failure(code)
            }
        }
        written += off_t(line.count)
    }

    /// Waits until the disk has what was written.
    func synchronise() throws(DeliveryError) {
        if fdatasync(descriptor) != 0 { throw failure(errno) }
    }

    /// Closes the file. Some file systems report a full disk only here.
    package func finish() throws(DeliveryError) {
        guard owned, descriptor >= 0 else { return }
        let result = close(descriptor)
        descriptor = -1
        if result != 0 && errno != EINTR { throw failure(errno) }
    }

    private func failure(_ code: Int32) -> DeliveryError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EPIPE: .readerGone(path: path)
        default: .cannotWrite(path: path, code: code)
        }
    }
}
