internal import CFFmpeg
import PoseTypes

/// The gate through which FFmpeg's times come in: it passes on whatever a file or a camera claims.
extension AVRational {
    /// How far from 0 a time may lie, in ticks and in nanoseconds: 73 years. Sums and differences of two such times fit into
    /// 64 bits.
    static let farthest: Int64 = 1 << 61

    static let nanosecond = AVRational(num: 1, den: 1_000_000_000)

    /// Nil where FFmpeg does not know.
    var value: Double? { num > 0 && den > 0 ? Double(num) / Double(den) : nil }

    /// `ticks` of this time base; nil where they are missing or lie too far away to be a time.
    func time(_ ticks: Int64) -> Int64? { nanoseconds(ticks) == nil ? nil : ticks }

    /// Nanoseconds of a time in this time base; nil where it is none.
    func nanoseconds(_ ticks: Int64) -> Int64? {
        guard num > 0, den > 0, ticks.magnitude <= Self.farthest.magnitude else { return nil }
        let nanoseconds = av_rescale_q(ticks, self, .nanosecond)
        return nanoseconds.magnitude <= Self.farthest.magnitude ? nanoseconds : nil
    }
}
