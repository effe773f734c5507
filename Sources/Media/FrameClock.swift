internal import CFFmpeg
import Basics
import PoseTypes

/// Turns a stream's times into strictly increasing times since its start.
struct FrameClock {
    private(set) var repairs = 0
    /// The stream's start in its time base.
    private var origin: Int64?
    private var last: Int64?
    private let timeBase: AVRational
    private let period: Int64

    init(timeBase: AVRational, origin: Int64?, frameRate: Double?) {
        self.timeBase = timeBase
        self.origin = origin.flatMap { timeBase.time($0) }
        period = Int64(saturating: min(max(1e9 / (frameRate ?? Input.folderRate), 1), 1e10))
    }

    /// The time of the next frame, whose stream says `time`.
    ///
    /// A missing time is one frame after the last, as is one farther from the start than a time can be. So is one that lies more than a second back: the stream began anew. A
    /// smaller step back is followed by half a frame only, so that the clock of the stream catches up.
    mutating func next(_ time: Int64?) -> Timestamp {
        // A first frame before the stream's start is the start.
        if last == nil { origin = min(origin ?? time ?? 0, time ?? origin ?? 0) }
        let own = time.flatMap { nanoseconds($0) }
        guard let last else {
            self.last = own ?? 0
            return Timestamp(nanoseconds: own ?? 0)
        }
        var next = own ?? last + period
        if own == nil || next <= last {
            repairs += 1
            next = last + (own.map { last - $0 < 1_000_000_000 } ?? false ? max(period / 2, 1) : period)
        }
        self.last = next
        return Timestamp(nanoseconds: next)
    }

    /// Since the stream's start; nil where that is no time.
    private func nanoseconds(_ time: Int64) -> Int64? { timeBase.nanoseconds(time - (origin ?? 0)) }
}
