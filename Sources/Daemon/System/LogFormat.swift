import Glibc
import Settings

/// How a line of the log looks.
enum LogFormat: Sendable {
    /// For people: `2026-11-22T11:30:00.250Z warning gym1: no pictures (seconds=5.0)`.
    case plain
    /// For machines: an object with `t`, `level`, `message` and the metadata.
    case json
    /// The same for journald, which takes the priority from the `<4>` before it.
    case journal

    /// The format that fits the reader of `descriptor`: systemd says in `JOURNAL_STREAM` which descriptor leads to its journal, and
    /// with `INVOCATION_ID` that it started the process.
    static func fitting(_ environment: [String: String], descriptor: Int32 = STDERR_FILENO) -> LogFormat {
        var status = stat()
        if let stream = environment["JOURNAL_STREAM"], fstat(descriptor, &status) == 0,
            stream == "\(status.st_dev):\(status.st_ino)"
        {
            return .journal
        }
        return environment["INVOCATION_ID"] == nil || isatty(descriptor) == 1 ? .plain : .json
    }
}
