import Basics
import Glibc
import PoseTypes
import Synchronization

/// What FFmpeg asks while it is at work: whether its blocking calls shall end, since it is interrupted or the time allowed for one
/// is over, and which certificates to trust.
final class ReadDeadline: Sendable {
    let interrupt: Interrupt
    let certificates: Certificates
    /// Called once, while FFmpeg waits, when half of the time allowed has gone by.
    private let onSilence: @Sendable () -> Void
    /// Called whenever FFmpeg polls it: a reader that waits for the network still makes progress.
    private let onTurn: @Sendable () -> Void
    private let allowed = Atomic<Int64>(.max)
    private let began = Atomic<Int64>(0)
    private let isSilent = Atomic(false)
    private let isClosing = Atomic(false)

    init(
        _ interrupt: Interrupt, _ certificates: Certificates = Certificates(), onTurn: @escaping @Sendable () -> Void = {},
        onSilence: @escaping @Sendable () -> Void = {}
    ) {
        self.interrupt = interrupt
        self.certificates = certificates
        self.onTurn = onTurn
        self.onSilence = onSilence
    }

    /// From now on.
    func allow(seconds: Double) {
        began.store(monotonicTime(), ordering: .relaxed)
        allowed.store(Int64(saturating: seconds * 1e9), ordering: .relaxed)
        isSilent.store(false, ordering: .relaxed)
    }

    /// Runs `close`, which may say good-bye to the other end even where it was interrupted or has been silent: half a second is
    /// enough for a line that nobody has to answer.
    func allowingFarewell(_ close: () -> Void) {
        isClosing.store(true, ordering: .relaxed)
        allow(seconds: 0.5)
        close()
        allowed.store(.max, ordering: .relaxed)
        isClosing.store(false, ordering: .relaxed)
    }

    var isTimeOver: Bool { elapsed > allowed.load(ordering: .relaxed) }

    /// What FFmpeg asks, about ten times a second.
    var isOver: Bool {
        onTurn()
        if isClosing.load(ordering: .relaxed) { return isTimeOver }
        if elapsed > allowed.load(ordering: .relaxed) / 2, !isSilent.exchange(true, ordering: .relaxed) { onSilence() }
        return interrupt.isInterrupted || isTimeOver
    }

    private var elapsed: Int64 { monotonicTime() - began.load(ordering: .relaxed) }
}

/// Nanoseconds of the monotonic clock.
func monotonicTime() -> Int64 { nanoseconds(of: CLOCK_MONOTONIC) }

/// Nanoseconds since 1970, UTC.
func unixTime() -> Int64 { nanoseconds(of: CLOCK_REALTIME) }

private func nanoseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(clamping: time.tv_sec) * 1_000_000_000 + Int64(clamping: time.tv_nsec)
}

extension Interrupt {
    /// Sleeps until the monotonic clock says `time`; at most 20 ms longer than until it is interrupted.
    func sleep(until time: Int64) {
        while !isInterrupted {
            let left = time - monotonicTime()
            if left <= 0 { return }
            usleep(UInt32(clamping: min(left, 20_000_000) / 1000) + 1)
        }
    }
}
