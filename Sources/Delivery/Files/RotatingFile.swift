import Basics
import Glibc

/// A file of records that lives for months: lines are appended, and the file makes way for a new one when it is large or
/// old enough.
///
///     poses.jsonl                         what is being written
///     poses-20261122T110000000Z.jsonl     what was, named after the moment when it made way
///
/// Every file begins with the header that is valid then. A file that is there already goes on with a new header; a last
/// line that a killed process left torn is cut off first, so every line can be parsed. A file that somebody moved or
/// deleted is begun anew.
package final class RotatingFile: RecordSink {
    private let path: String
    private let policy: Policy
    /// Nanoseconds since 1970.
    private let now: () -> Int64
    private var file: RecordFile
    private var currentHeader: [UInt8] = []
    /// Whether `file` may hold more than headers.
    private var hasRecords: Bool
    /// When `file` was begun, or last written before this process.
    private var begun: Int64
    private var synchronised: Int64
    private var rotated: Int64 = 0

    /// Opens or makes the file, and locks it against other writers.
    package convenience init(path: String, policy: Policy = Policy()) throws(DeliveryError) {
        try self.init(path: path, policy: policy, now: UTC.now)
    }

    init(path: String, policy: Policy, now: @escaping () -> Int64) throws(DeliveryError) {
        self.path = path
        self.policy = policy
        self.now = now
        synchronised = now()
        file = try RecordFile(path: path, durable: policy.fsync != .never)
        hasRecords = file.size > 0
        begun = hasRecords ? file.modified : now()
        if hasRecords, isOld || policy.rotateSize.map({ file.size >= $0 }) ?? false {
            try rotate(header: [])
        }
    }

    package func header(_ line: [UInt8]) throws(DeliveryError) {
        currentHeader = line
        if try !makeWay(for: line.count) { try file.writer.write(line) }
    }

    package func records(_ lines: [UInt8]) throws(DeliveryError) {
        try makeWay(for: lines.count)
        try file.writer.write(lines)
        hasRecords = true
        guard case .every(let seconds) = policy.fsync else { return }
        let time = now()
        if time < synchronised || Double(time - synchronised) >= seconds * 1e9 {
            try file.writer.synchronise()
            synchronised = time
        }
    }

    package func finish() throws(DeliveryError) {
        if policy.fsync != .never { try file.writer.synchronise() }
        try file.writer.finish()
    }

    /// Begins a new file where it is time for one; then that has the current header already.
    @discardableResult
    private func makeWay(for count: Int) throws(DeliveryError) -> Bool {
        if !file.isAt(path) {
            try finish()
            try begin(header: currentHeader)
            return true
        }
        let isFull = hasRecords && policy.rotateSize.map { file.size + count > $0 } ?? false
        guard isFull || isOld else { return false }
        try rotate(header: currentHeader)
        return true
    }

    private func rotate(header: [UInt8]) throws(DeliveryError) {
        try finish()
        let names = RotatedNames(of: path)
        // The order of the names is the order of time, even where the clock stands still or is set back.
        rotated = max(now(), rotated + 1_000_000)
        guard rename(path, names.next(at: rotated)) == 0 else { throw .cannotOpen(path: path, code: errno) }
        if let keep = policy.keep { names.prune(keeping: keep) }
        try begin(header: header)
    }

    private func begin(header: [UInt8]) throws(DeliveryError) {
        file = try RecordFile(path: path, durable: policy.fsync != .never)
        begun = now()
        hasRecords = false
        if !header.isEmpty { try file.writer.write(header) }
    }

    /// Whether a new period has begun since the file has.
    private var isOld: Bool {
        guard let age = policy.rotateAge else { return false }
        return (Double(begun) / 1e9 / age).rounded(.down) != (Double(now()) / 1e9 / age).rounded(.down)
    }
}

extension RotatingFile {
    /// When a file makes way for a new one, and when it is safe.
    package struct Policy: Sendable, Equatable {
        /// Whether records outlive a loss of power, and how many of them; a process that dies loses none.
        package enum Fsync: Sendable, Equatable {
            case never
            /// When a file makes way and at the end.
            case rotation
            /// So many seconds after the last time, when a record is written; also at a rotation and at the end.
            case every(seconds: Double)
        }

        /// Bytes that a file does not grow beyond, unless a single record does.
        package var rotateSize: Int?
        /// Seconds, counted in whole periods since 1970: with 3600 a file makes way on the hour, UTC.
        package var rotateAge: Double?
        /// How many rotated files stay; nil keeps all.
        package var keep: Int?
        package var fsync: Fsync

        package init(rotateSize: Int? = nil, rotateAge: Double? = nil, keep: Int? = nil, fsync: Fsync = .never) {
            self.rotateSize = rotateSize
            self.rotateAge = rotateAge
            self.keep = keep
            self.fsync = fsync
        }
    }
}
