public import Foundation
import Logging

/// Tells `posed reload` which process to signal.
///
/// A lock on it is held while the process lives, so the file of one that died is not mistaken for a running one's.
public final class PidFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Where it lies unless told otherwise: in the service's runtime directory, or the user's.
    public static func defaultPath(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        // systemd names several runtime directories with colons between them.
        let folder =
            environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first.map(String.init) ?? environment["XDG_RUNTIME_DIR"]
            ?? FileManager.default.temporaryDirectory.path
        return folder + "/posed.pid"
    }

    /// Makes the file that was asked for, or the default one unless another process holds that already.
    public static func claim(_ path: String?) throws(PosedError) -> PidFile? {
        if let path { return try PidFile(path: path) }
        do throws(PosedError) { return try PidFile(path: defaultPath()) } catch {
            Logger(label: "posed").warning("posed reload will not reach this process: \(error)")
            return nil
        }
    }

    /// Makes the file, or takes over what a dead process left.
    public init(path: String) throws(PosedError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw PosedError(.cannotCreate, "\(path): cannot be made: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw PosedError(.usage, "\(path): another posed run holds it; give this one its own with --pid-file")
        }
        let line = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, write(descriptor, line, line.count) == line.count else {
            close(descriptor)
            throw PosedError(.cannotCreate, "\(path): cannot be written")
        }
        self.descriptor = descriptor
        self.path = path
    }

    /// Removes the file: the process is about to end.
    public func release() { unlink(path) }

    deinit { close(descriptor) }

    /// Sends SIGHUP to the process that holds the file at `path`.
    public static func askToReload(path: String) throws(PosedError) {
        let owner = try owner(path: path)
        guard kill(owner, SIGHUP) == 0 else {
            throw PosedError(.missingInput, "process \(owner) cannot be reached: \(String(cString: strerror(errno)))")
        }
    }

    private static func owner(path: String) throws(PosedError) -> pid_t {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw PosedError(.missingInput, "\(path): \(String(cString: strerror(errno))): no posed run has made it")
        }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else {
            throw PosedError(.missingInput, "\(path): whoever made it runs no more")
        }
        var text = [UInt8](repeating: 0, count: 32)
        let count = max(0, read(descriptor, &text, text.count))
        let line = String(decoding: text.prefix(count), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let owner = pid_t(line), owner > 1 else {
            throw PosedError(.badData, "\(path): holds no process number")
        }
        return owner
    }
}
