import Glibc
import Sockets

/// A listening unix socket at a path.
struct UnixSocket {
    let descriptor: Descriptor
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Listens at `path`, for its owner and group. A socket that nobody serves any more is replaced.
    init(listeningAt path: String) throws(DeliveryError) {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw .cannotOpen(path: path, code: errno) }
        descriptor = Descriptor(number)
        self.path = path
        // Bound with no rights at all, it is opened to owner and group when that is what it will have.
        guard fchmod(number, 0) == 0 else { throw .cannotOpen(path: path, code: errno) }
        var code = try Self.withAddress(path) { bind(number, $0, $1) == 0 ? 0 : errno }
        if code == EADDRINUSE {
            try Self.removeStale(path)
            code = try Self.withAddress(path) { bind(number, $0, $1) == 0 ? 0 : errno }
        }
        var status = stat()
        guard code == 0 else { throw .cannotOpen(path: path, code: code) }
        guard listen(number, 16) == 0, chmod(path, 0o660) == 0, lstat(path, &status) == 0 else {
            throw .cannotOpen(path: path, code: errno)
        }
        (device, inode) = (status.st_dev, status.st_ino)
    }

    /// Removes the path, if it still leads here.
    func unlink() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
        Glibc.unlink(path)
    }

    private static func removeStale(_ path: String) throws(DeliveryError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .occupied(path: path, by: "no socket") }
        // The process that serves it may be about to go.
        for _ in 0..<10 {
            if try isStale(path) {
                Glibc.unlink(path)
                return
            }
            usleep(50_000)
        }
        throw .inUse(path: path)
    }

    private static func isStale(_ path: String) throws(DeliveryError) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw .cannotOpen(path: path, code: errno) }
        defer { close(probe) }
        return try withAddress(path) { connect(probe, $0, $1) == 0 ? 0 : errno } == ECONNREFUSED
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(DeliveryError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .cannotOpen(path: path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
