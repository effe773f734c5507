import Delivery
import Records

/// Writes a recording in the format of another tool.
package enum ExportRun {
    /// - Parameters:
    ///   - out: a file, or "-" for standard output.
    ///   - session: which, where the recording holds several.
    package static func export(_ records: String, as format: ExportFormat, to out: String, session id: String?) throws {
        try FileJob.check([FileJob(input: records, records: out)], keeping: [records])
        var recording = try Recording(path: records)
        let session = try recording.session(id, of: records)
        if format == .mot, !session.isFollowed {
            throw PosedError(.badData, "nobody in \(records) has an id, and MOTChallenge results are of people who do")
        }
        let writer = try JSONLinesWriter(path: out)
        try writer.write(format.head)
        for entry in session.entries {
            try writer.write(format.lines(of: recording.frame(at: entry), skeleton: session.header(of: entry).skeleton))
        }
        try writer.finish()
    }
}
