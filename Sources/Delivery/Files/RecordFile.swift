import Glibc

/// One file that records are appended to: locked, and made of whole lines.
struct RecordFile {
    let writer: JSONLinesWriter
    /// When it was last written before it was opened, in nanoseconds since 1970.
    let modified: Int64
    private let device: dev_t
    private let inode: ino_t

    var size: Int { Int(clamping: writer.written) }

    /// - Parameter durable: whether the file's name outlives a loss of power.
    init(path: String, durable: Bool) throws(DeliveryError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, code: errno) }
        let status: stat
        do throws(DeliveryError) {
            guard Self.lock(descriptor) else { throw .inUse(path: path) }
            status = try Self.mend(descriptor, path: path)
        } catch {
            close(descriptor)
            throw error
        }
        writer = JSONLinesWriter(descriptor: descriptor, name: path, owned: true, size: status.st_size)
        modified = Int64(clamping: status.st_mtim.tv_sec) * 1_000_000_000 + Int64(clamping: status.st_mtim.tv_nsec)
        (device, inode) = (status.st_dev, status.st_ino)
        if durable { Self.synchroniseFolder(of: path) }
    }

    /// Whether the name still leads to this file.
    func isAt(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode
    }

    /// Waits a moment for a holder that is about to go: a process that ends, or one that was begun here and shares the lock until it is
    /// another program.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(10_000)
        }
        return false
    }

    /// Refuses what is no file of records, and cuts a torn line off its end.
    private static func mend(_ descriptor: Int32, path: String) throws(DeliveryError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .occupied(path: path, by: "no regular file") }
        guard status.st_size > 0 else { return status }
        let start = Array(#"{"type":"header""#.utf8)
        let found = read(descriptor, start.count, at: 0)
        guard start.starts(with: found) else { throw .occupied(path: path, by: "no file of records") }
        let end = endOfLines(descriptor, size: status.st_size)
        if end < status.st_size, ftruncate(descriptor, end) != 0 { throw .cannotWrite(path: path, code: errno) }
        status.st_size = end
        return status
    }

    /// The offset behind the last newline.
    private static func endOfLines(_ descriptor: Int32, size: off_t) -> off_t {
        let reach: off_t = 1 << 16
        var end = size
        while end > 0 {
            let start = max(0, end - reach)
            let bytes = read(descriptor, Int(clamping: end - start), at: start)
            if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start + off_t(newline) + 1 }
            end = start
        }
        return 0
    }

    private static func read(_ descriptor: Int32, _ count: Int, at offset: off_t) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, found in
            found = max(0, pread(descriptor, buffer.baseAddress, count, offset))
        }
    }

    private static func synchroniseFolder(of path: String) {
        let folder = open(RotatedNames(of: path).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
