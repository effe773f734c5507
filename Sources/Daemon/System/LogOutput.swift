import Basics
import Delivery
import Dispatch
import FoundationEssentials
import Glibc
import Logging
import Settings
import Synchronization

/// Where everything that is logged comes together: one line at a time, and the same event of the same pipeline at most once
/// a second, and less often the longer it goes on, with a count.
package final class LogOutput: Sendable {
    private struct State {
        var limiter: RepeatLimiter<LogLine.Event, LogLine>
    }

    private let format: LogFormat
    private let descriptor: Int32
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "posed.log")

    /// Standard error, in the format that fits its reader.
    package convenience init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(format: .fitting(environment), descriptor: STDERR_FILENO)
    }

    init(format: LogFormat, descriptor: Int32, interval: Duration = .seconds(1)) {
        self.format = format
        self.descriptor = descriptor
        state = Mutex(State(limiter: RepeatLimiter(shortest: interval)))
    }

    /// Has every logger of the process write here.
    package func install(level: Logger.Level = .info) {
        LoggingSystem.bootstrap { _ in LogHandlerToOutput(self, level: level) }
    }

    /// Writes what was held back: the last thing before the process ends.
    package func flush() {
        let now = ContinuousClock.now
        for (line, count) in state.withLock({ $0.limiter.rest(at: now) }) { write(line, count: count) }
    }

    func log(_ line: LogLine) {
        let now = ContinuousClock.now
        switch state.withLock({ $0.limiter.judge(line.event, line, at: now) }) {
        case .pass: write(line, count: 1)
        case .hold(let until):
            let (seconds, attoseconds) = now.duration(to: until).components
            let wait = Double(seconds) + Double(attoseconds) / 1e18
            queue.asyncAfter(deadline: .now() + wait) { @Sendable [weak self] in self?.writeHeld(line.event) }
        case .count: break
        }
    }

    private func writeHeld(_ event: LogLine.Event) {
        let now = ContinuousClock.now
        guard let (line, count) = state.withLock({ $0.limiter.due(event, at: now) }) else { return }
        write(line, count: count)
    }

    /// One `write(2)`: lines of several threads do not mix. What cannot be written is dropped.
    private func write(_ line: LogLine, count: Int) {
        var line = line
        line.repeated = count
        let bytes = line.bytes(format)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}

/// What swift-log hands a logger's lines to.
struct LogHandlerToOutput: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let output: LogOutput

    init(_ output: LogOutput, level: Logger.Level) {
        self.output = output
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadataProvider?.get() ?? [:]
        all.merge(metadata) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        output.log(LogLine(event, metadata: all, time: UTC.now()))
    }
}
