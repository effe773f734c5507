import FoundationEssentials
import Glibc

/// The bytes of a file from outside, of at most `limit` bytes.
///
/// Memory is bounded before anything is read: a sparse file or `/dev/zero` ends in an error. A pipe is read, too (`<(…)` of a
/// shell), but waited for `patience` seconds at most. Throws where the file is missing, a folder, too large or silent.
///
package func contents(ofFile path: String, atMost limit: Int, patience: Double = 5) throws(FileProblem) -> Data {
    let (file, status) = try opened(path)
    defer { close(file) }
    if isRegular(status), status.st_size > limit { throw .tooLarge(limit) }
    let end = ContinuousClock.now + .seconds(patience)
    var result = Data()
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while result.count <= limit {
        let count = read(file, &piece, piece.count)
        if count > 0 {
            result += piece[..<count]
        } else if count == 0 {
            return result
        } else if errno == EAGAIN {
            var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
            guard end > .now, poll(&waiting, 1, 100) >= 0 else {
                throw FileProblem("it is a pipe that nobody writes to")
            }
        } else if errno != EINTR {
            throw FileProblem(errno: errno)
        }
    }
    throw .tooLarge(limit)
}

/// The bytes of a regular file of at most `limit` bytes, mapped into memory: they are read when they are looked at.
package func mapped(file path: String, atMost limit: Int) throws(FileProblem) -> Data {
    let (file, status) = try opened(path)
    defer { close(file) }
    guard isRegular(status) else { throw .notRegular }
    if status.st_size > limit { throw .tooLarge(limit) }
    do { return try Data(contentsOf: URL(filePath: path), options: .alwaysMapped) } catch {
        throw FileProblem(reason(of: error))
    }
}

/// Whether these bytes stand in for a file that Git LFS keeps elsewhere: what a clone without Git LFS holds.
package func isGitLFSPointer(_ bytes: Data) -> Bool { bytes.starts(with: Array("version https://git-lfs".utf8)) }

/// What to do about it, as words that follow the file's name and a colon.
package let gitLFSAdvice =
    "it is a Git LFS pointer, not the file itself: run `git lfs pull` where it was cloned, or download the file"

private func opened(_ path: String) throws(FileProblem) -> (descriptor: Int32, status: stat) {
    // Without O_NONBLOCK, opening a pipe waits for its writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard file >= 0 else { throw FileProblem(errno: errno) }
    var status = stat()
    guard fstat(file, &status) == 0 else {
        let code = errno
        close(file)
        throw FileProblem(errno: code)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
        close(file)
        throw FileProblem("it is a folder")
    }
    return (file, status)
}

/// Whether there is a folder at this path, or a link to one.
package func isFolder(_ path: String) -> Bool {
    var status = stat()
    return path.withPath { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
}

private func isRegular(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFREG }

/// What is wrong with keeping a secret in this file, as words that follow its name: all users may read it, or others than its
/// owner may change it. Nil where nothing is: its group may read it, which is how a service is let in.
package func secrecyProblem(ofFile path: String) -> String? {
    guard let (file, status) = try? opened(path) else { return nil }
    close(file)
    guard isRegular(status) else { return nil }  // a pipe has no readers but this one
    if status.st_mode & S_IROTH != 0 { return "holds a secret that everybody may read: chmod o= \(path)" }
    if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
        return "holds a secret that others than its owner may change: chmod go-w \(path)"
    }
    return nil
}
