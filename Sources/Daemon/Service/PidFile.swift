import Basics
import FoundationEssentials
import Glibc
import Logging
import PosedKit

/// Tells `posed reload` which process to signal.
///
/// A lock on it is held while the process lives, so the file of one that died is not mistaken for a running one's.
package final class PidFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Where it lies unless told otherwise: in the service's runtime directory, or the user's. Never where others may write for
    /// root, and elsewhere under a name that has the user in it.
    package static func defaultPath(
        _ environment: [String: String] = ProcessInfo.processInfo.environment, user: uid_t = geteuid()
    ) -> String {
        // systemd names several runtime directories with colons between them.
        if let folder = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first { return folder + "/posed.pid" }
        if user == 0 { return "/run/posed.pid" }
        if let folder = environment["XDG_RUNTIME_DIR"], !folder.isEmpty { return folder + "/posed.pid" }
        return "/tmp/posed-\(user).pid"
    }

    /// Makes the file that was asked for, or the default one unless another process holds that already.
    package static func claim(_ path: String?) throws(PosedError) -> PidFile? {
        if let path { return try PidFile(path: path) }
        do throws(PosedError) { return try PidFile(path: defaultPath()) } catch {
            Logger(label: "posed").warning("posed reload will not reach this process: \(error)")
            return nil
        }
    }

    /// Makes the file, or takes over what a dead process left.
    package init(path: String) throws(PosedError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else {
            throw PosedError(.cannotCreate, "\(path): cannot be made: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, isRegular(status), status.st_uid == geteuid() else {
            close(descriptor)
            throw PosedError(.cannotCreate, "\(path): somebody else's file: give another one with --pid-file")
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
    package func release() { unlink(path) }

    deinit { close(descriptor) }

    /// Sends SIGHUP to the process that holds the file at `path`.
    package static func askToReload(path: String) throws(PosedError) {
        let owner = try owner(path: path)
        guard kill(owner, SIGHUP) == 0 else {
            throw PosedError(.missingInput, "process \(owner) cannot be reached: \(String(cString: strerror(errno)))")
        }
    }

    /// The process that holds the file. It must be a posed of the file's own user: a user who may write the file must not
    /// choose the process that root signals.
    static func owner(path: String) throws(PosedError) -> pid_t {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw PosedError(.missingInput, "\(path): \(String(cString: strerror(errno))): no posed run has made it")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, isRegular(status), status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw PosedError(.badData, "\(path): not a file of posed, which only its user can write")
        }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else {
            throw PosedError(.missingInput, "\(path): whoever made it runs no more")
        }
        var text = [UInt8](repeating: 0, count: 32)
        let count = max(0, read(descriptor, &text, text.count))
        let line = String(decoding: text.prefix(count), as: UTF8.self).trimmed
        guard let owner = pid_t(line), owner > 1 else {
            throw PosedError(.badData, "\(path): holds no process number")
        }
        var process = stat()
        guard stat("/proc/\(owner)", &process) == 0, process.st_uid == status.st_uid, isPosed(owner) else {
            throw PosedError(.badData, "\(path): process \(owner) is no posed of the user whom the file belongs to")
        }
        return owner
    }

    private static func isPosed(_ process: pid_t) -> Bool {
        let name = try? contents(ofFile: "/proc/\(process)/comm", atMost: 100)
        let own = try? contents(ofFile: "/proc/self/comm", atMost: 100)
        return name != nil && (name == own || name == Data("posed\n".utf8))
    }
}

private func isRegular(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFREG }
