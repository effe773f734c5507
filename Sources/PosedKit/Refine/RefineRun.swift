import Delivery
import PoseTypes
import Records
import Settings
import Tracking

/// Refines a recording into another.
///
/// The recording is read twice: what is wrong with it is known before anything is written. Memory does not grow with it.
package struct RefineRun {
    private let records: String
    private let out: String
    private let options: RefineOptions

    /// - Parameter out: a file, "-" for standard output, or nil for a file beside the recording.
    package init(_ records: String, to out: String?, options: RefineOptions) throws(PosedError) {
        self.records = records
        self.out = out ?? Self.place(beside: records)
        self.options = options
        try FileJob.check([FileJob(input: records, records: self.out)], keeping: [records])
    }

    package func callAsFunction() throws -> RefineReport {
        let report = try check()
        var reader = try RecordReader(path: records)
        let writer = try JSONLinesWriter(path: out)
        var passage: RefinePassage?
        while let record = try reader.next() {
            if case .header(let header) = record {
                for line in passage?.finish() ?? [] { try writer.write(line) }
                passage = RefinePassage(header, options.settings)
                try writer.write(reader.line + [UInt8(ascii: "\n")])
            } else {
                for line in passage?.pass(record, line: reader.line) ?? [] { try writer.write(line) }
            }
        }
        for line in passage?.finish() ?? [] { try writer.write(line) }
        try writer.finish()
        return report
    }

    /// Whether every line can be read and time moves on within a session.
    private func check() throws -> RefineReport {
        var reader = try RecordReader(path: records)
        var report = RefineReport(out: out)
        var session: StreamHeader?
        var last: PoseFrame?
        while let record = try reader.next() {
            switch record {
            case .header(let header):
                if header.session != session?.session || header.stream != session?.stream { last = nil }
                session = header
            case .frame(let frame) where frame.revision == 0:
                if let last, frame.time <= last.time {
                    throw PosedError(
                        .badData,
                        "\(records): frame \(frame.index) is not later than frame \(last.index) before it: nothing to smooth")
                }
                last = frame
                report.note(frame, of: session)
            default: break
            }
        }
        guard session != nil else { throw PosedError(.badData, "\(records) holds no records") }
        guard report.people > 0 else {
            throw PosedError(.badData, "nobody in \(records) has an id, and joints are smoothed of people who do")
        }
        return report
    }

    private static func place(beside path: String) -> String {
        (path.hasSuffix(".jsonl") ? String(path.dropLast(6)) : path) + ".refined.jsonl"
    }
}
