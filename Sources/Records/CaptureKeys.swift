import Basics
import PoseTypes

/// What a live frame has more: `t`, `clock`, `clock_err_ms`, `dropped` and `lat_ms`.
struct CaptureKeys: Decodable {
    let time: String?
    let clock: String?
    let error: Double?
    let dropped: Int?
    let latency: Double?

    enum CodingKeys: String, CodingKey {
        case clock, dropped
        case time = "t"
        case error = "clock_err_ms"
        case latency = "lat_ms"
    }

    /// Nil for a frame of a file. `t` is known to the microsecond, the others to the microsecond as well.
    func value() throws -> Capture? {
        guard let time else { return nil }
        guard let nanoseconds = UTC.nanoseconds(of: time) else {
            throw FormatProblem(description: "t is \(time), and has to read like 2026-11-22T11:30:00.250000Z")
        }
        guard let clock, let clock = Capture.Clock(rawValue: clock), let error, error >= 0, let dropped, dropped >= 0 else {
            throw FormatProblem(
                description: "t comes with clock (container, rtcp or arrival), clock_err_ms and dropped, both 0 or more")
        }
        return Capture(
            unixNanoseconds: nanoseconds, clock: clock, error: error / 1000, dropped: dropped, latency: latency.map { $0 / 1000 })
    }
}

extension TextBytes {
    mutating func capture(_ capture: Capture) {
        raw(#","t":""#)
        append(UTC.text(capture.unixNanoseconds))
        raw(#"","clock":""#)
        append(capture.clock.rawValue)
        raw(#"","clock_err_ms":"#)
        fixed(max(0, capture.error) * 1000, scale: 1000)
        raw(#","dropped":"#)
        integer(max(0, capture.dropped))
        if let latency = capture.latency {
            raw(#","lat_ms":"#)
            fixed(latency * 1000, scale: 1000)
        }
    }
}
