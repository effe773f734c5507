import Basics
import FoundationEssentials
import Glibc
import PoseTypes

/// Reads a `posed/1` stream (docs/records.md) line by line, in typed records.
///
/// Keys that it does not know are passed over and types that it does not know come out as `Record.unknown`, so a stream
/// of a later posed is readable. Anything else that is wrong is one error with its line.
package struct RecordReader {
    /// A place between two lines, to come back to.
    struct Mark: Sendable {
        fileprivate var offset = 0
        fileprivate var line = 0
        /// The header's count of keypoints.
        fileprivate var joints: Int?
    }

    /// Bytes: a line of a thousand people has 20 MB at most.
    private static let longestLine = 64 << 20

    private let name: String
    private let data: Data
    var mark = Mark()
    private let decoder = JSONDecoder()
    private var last = Data()

    /// What the last record was read from, without the newline.
    package var line: [UInt8] { [UInt8](last) }

    /// A regular file is mapped, not read: its size does not matter.
    package init(path: String) throws(RecordError) {
        guard access(path, R_OK) == 0 else {
            throw .cannotRead(path: path, reason: String(cString: strerror(errno)))
        }
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw .cannotRead(path: path, reason: reason(of: error))
        }
        self.init(data: data, name: path)
    }

    /// - Parameter name: stands for the path in errors.
    package init(bytes: [UInt8], name: String) { self.init(data: Data(bytes), name: name) }

    private init(data: Data, name: String) {
        self.data = data
        self.name = name
    }

    /// The next record; nil at the end. The first is always a header, and every frame has the keypoints that the
    /// header before it announced.
    package mutating func next() throws(RecordError) -> Record? {
        while let bytes = nextLine() {
            if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            let record: Record
            guard bytes.count <= Self.longestLine else {
                throw bad("longer than \(Self.longestLine >> 20) MiB: not a line of records")
            }
            do {
                record = try decoder.decode(RecordLine.self, from: bytes).record(line: bytes)
            } catch {
                throw bad(problem(of: error))
            }
            try check(record)
            last = bytes
            return record
        }
        return nil
    }

    private mutating func nextLine() -> Data? {
        guard mark.offset < data.count else { return nil }
        let start = mark.offset
        let length = data.withUnsafeBytes { buffer in
            let rest = UnsafeRawBufferPointer(rebasing: buffer[start...])
            guard let newline = memchr(rest.baseAddress!, 10, rest.count) else { return rest.count }
            return UnsafeRawPointer(newline) - rest.baseAddress!
        }
        mark.offset = min(start + length + 1, data.count)
        mark.line += 1
        return data[data.startIndex + start..<data.startIndex + start + length]
    }

    private mutating func check(_ record: Record) throws(RecordError) {
        switch record {
        case .header(let header):
            mark.joints = header.skeleton.joints.count
        case .frame(let frame):
            guard let joints = mark.joints else { throw bad("a stream begins with its header, and this is a frame") }
            for (index, person) in frame.people.enumerated() where person.pose.keypoints.count != joints {
                throw bad("persons[\(index)].kp has \(person.pose.keypoints.count) keypoints, the header has \(joints)")
            }
        default:
            if mark.joints == nil { throw bad("a stream begins with its header") }
        }
    }

    private func bad(_ problem: String) -> RecordError { .badRecord(path: name, line: mark.line, problem: problem) }
}

/// One line, without the decoder's dressing.
private func problem(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        (context.codingPath + (last.map { [$0] } ?? [])).reduce("") { path, key in
            if let index = key.intValue { return path + "[\(index)]" }
            return path.isEmpty ? key.stringValue : path + "." + key.stringValue
        }
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context, key)) is missing"
    case .valueNotFound(_, let context): return "\(place(context)) is null"
    case .typeMismatch(_, let context): return "\(place(context)): \(context.debugDescription)"
    case .dataCorrupted(let context):
        return context.codingPath.isEmpty
            ? "not a JSON object, or cut off" : "\(place(context)): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
}
