import Basics
import Glibc
import PoseTypes

/// A line on the terminal that says how far a job is, at what rate, and how long it still takes.
///
///     squat.mp4  ━━━━━━━━━━╸─────────   52%  167/322  31.4 fps  0:05 left
///
/// It writes to standard error and only where that is a terminal; redrawn at most ten times a second.
package struct ProgressBar {
    /// What is counted.
    package enum Unit {
        case frames
        /// Bytes, shown in millions.
        case bytes

        fileprivate var name: String { self == .frames ? "frames" : "MB" }
        fileprivate var rate: String { self == .frames ? "fps" : "MB/s" }
        fileprivate var size: Int { self == .frames ? 1 : 1_000_000 }
    }

    private let label: String
    private let unit: Unit
    private let total: Int?
    private let width: Int
    private let write: ((String) -> Void)?
    private let start: ContinuousClock.Instant
    private var lastDrawn: ContinuousClock.Instant?
    private var done = 0

    /// - Parameter total: how many there will be, as far as the container tells; nil if unknown.
    package init(label: String, total: Int?, of unit: Unit = .frames) {
        var size = winsize()
        let columns = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? Int(clamping: size.ws_col) : 0
        let smart = isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } != "dumb"
        let write: (String) -> Void = { text in
            let bytes = Array(text.utf8)
            _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
        }
        self.init(
            label: label, total: total, of: unit, width: columns > 0 ? columns : 80, start: .now, write: smart ? write : nil)
    }

    init(
        label: String, total: Int?, of unit: Unit = .frames, width: Int, start: ContinuousClock.Instant,
        write: ((String) -> Void)?
    ) {
        self.label = label
        self.unit = unit
        self.total = total
        self.width = width
        self.start = start
        self.write = write
    }

    /// Tells that so many frames are finished, or bytes.
    package mutating func update(_ done: Int) { update(done, at: .now) }

    /// Takes the line away, so that something else can be printed; the next update draws it again.
    package mutating func clear() {
        guard lastDrawn != nil else { return }
        lastDrawn = nil
        write?("\r\u{1B}[K")
    }

    mutating func update(_ done: Int, at now: ContinuousClock.Instant) {
        self.done = done
        guard let write else { return }
        if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
        lastDrawn = now
        write("\r" + text(after: (now - start) / .seconds(1)) + "\u{1B}[K")
    }

    /// The line after so many seconds, no wider than the terminal.
    package func text(after seconds: Double) -> String {
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let speed = "\(fixed(rate / Double(unit.size))) \(unit.rate)"
        let count = done / unit.size
        guard let total, total > 0 else { return fit("\(label)  \(count) \(unit.name)  \(speed)") }
        // Containers guess: a file may hold more frames than it said.
        let share = min(1, Double(done) / Double(total))
        let left = rate > 0 ? "  \(duration(Double(max(0, total - done)) / rate)) left" : ""
        let percent = String(Int(saturating: share * 100))
        let padding = String(repeating: " ", count: 3 - percent.count)
        let tail = "\(padding)\(percent)%  \(count)/\(total / unit.size)  \(speed)\(left)"
        let room = min(30, width - label.count - tail.count - 5)
        return room < 8 ? fit("\(label)  \(tail)") : "\(label)  \(bar(share, width: room))  \(tail)"
    }

    private func bar(_ share: Double, width: Int) -> String {
        let halves = Int(saturating: share * Double(2 * width))
        let full = String(repeating: "━", count: halves / 2)
        let half = halves % 2 == 1 ? "╸" : ""
        return full + half + String(repeating: "─", count: width - full.count - half.count)
    }

    private func fit(_ text: String) -> String { String(text.prefix(max(1, width - 1))) }
}

private func fixed(_ value: Double) -> String {
    let tenths = Int(saturating: (min(value, 1e9) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
}

/// `0:05`, `12:40`, `1:02:03`.
private func duration(_ seconds: Double) -> String {
    let whole = Int(saturating: min(seconds, 1e9).rounded(.up))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
}
