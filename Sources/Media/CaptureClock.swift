import PoseTypes

/// Tells when a live picture was taken, from when its packets arrived and what the camera says of its clock.
///
///     stream time + (sender report - stream time)       where the camera reports, and its clock agrees with ours to 10 s
///     stream time + least (arrival - stream time)       otherwise: the least of the last half to whole minute
///
/// The least difference is that of the packet that waited least, so a picture that was held up on its way is dated from when it
/// was taken. What even that packet took (the camera's encoder and the network) cannot be seen from here: it is taken to be
/// at most `minLatency`.
struct CaptureClock {
    /// Seconds that the fastest packet may have taken.
    static let minLatency = 0.25
    /// Servers send what they have kept of the running group of pictures at first: before this many seconds the
    /// least difference may be off by that.
    static let settling = 2.0
    /// Seconds that pictures of a playlist (HLS) may have waited: usually three segments of up to ten seconds.
    static let playlistLatency = 30.0
    /// Nanoseconds that a picture may have been on its way. What claims to be older has a time that is wrong.
    private static let longestAge: Int64 = 60_000_000_000
    private static let window: Int64 = 30_000_000_000
    private static let jump: Int64 = 5_000_000_000

    private var leasts: (now: Int64, before: Int64) = (.max, .max)
    private var began: (connection: Int64, window: Int64)?
    private var last: Int64?
    /// The sender's nanoseconds since 1970 at stream time 0.
    private var sender: Int64?

    /// The capture of a picture that arrives now, without a time of its own.
    static var arrival: Capture { Capture(unixNanoseconds: unixTime(), clock: .arrival, error: minLatency) }

    /// Takes in a packet: its stream time, when it came (`monotonicTime`), and what the camera's clock said (`unixTime`).
    mutating func note(_ time: Int64, arrival: Int64, sender: Int64?) {
        // Times that leap say nothing of the way: the stream began anew.
        if let last, abs(time - last) > Self.jump { (leasts, self.sender) = ((.max, .max), nil) }
        last = time
        if began == nil { began = (arrival, arrival) }
        if arrival - began!.window > Self.window {
            leasts = (.max, leasts.now)
            began!.window = arrival
        }
        leasts.now = min(leasts.now, arrival - time)
        if let sender { self.sender = sender - time }
    }

    /// When the picture of stream time `time` was taken: never in the future, and never longer ago than `longestAge`.
    func capture(of time: Int64, monotonic: Int64 = monotonicTime(), unix: Int64 = unixTime()) -> Capture {
        let least = min(leasts.now, leasts.before)
        let age = least == .max ? 0 : min(max(monotonic - (time + least), 0), Self.longestAge)
        let arrival = unix - age
        if let sender {
            // The camera's clock is at most `delay` slow, and at most `minLatency - delay` fast. Its word may be anything.
            let delay = Double(arrival - time) / 1e9 - Double(sender) / 1e9
            if (-1...10).contains(delay) {
                return Capture(
                    unixNanoseconds: time + sender, clock: .rtcp, error: max(delay, Self.minLatency - delay))
            }
        }
        let isSettled = began.map { Double(monotonic - $0.connection) / 1e9 > Self.settling } ?? false
        return Capture(unixNanoseconds: arrival, clock: .arrival, error: isSettled ? Self.minLatency : Self.settling)
    }
}
