import Basics
internal import CFFmpeg
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
    /// The address of the `AVFormatContext` whose bytes are counted, which only the thread that reads looks at; 0 for none.
    private let context = Atomic<UInt>(0)
    /// How many bytes had come when the packet was begun that is read now.
    private let mark = Atomic<Int64>(0)
    private let hasTooMuch = Atomic(false)

    /// The most that a live source may send for one packet, 64 MiB: pictures of its largest size take less.
    static let mostBytes: Int64 = 64 << 20

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

    /// Counts the bytes that come for a packet from now on, until `forget`.
    func watch(_ context: UnsafeMutablePointer<AVFormatContext>) {
        self.context.store(UInt(bitPattern: context), ordering: .relaxed)
        beginPacket()
    }

    /// Before `context` is freed, or after; another one may be watched by then.
    func forget(_ context: UnsafeMutablePointer<AVFormatContext>) {
        _ = self.context.compareExchange(expected: UInt(bitPattern: context), desired: 0, ordering: .relaxed)
    }

    func beginPacket() {
        mark.store(bytes, ordering: .relaxed)
        hasTooMuch.store(false, ordering: .relaxed)
    }

    /// What is said of `isTooMuch`.
    static let excess = "sent more than \(mostBytes >> 20) MiB for one picture"

    /// A packet was longer than one may be. FFmpeg takes the length that the sender claims, and memory as it comes.
    var isTooMuch: Bool { hasTooMuch.load(ordering: .relaxed) }

    private var bytes: Int64 {
        let context = UnsafeMutablePointer<AVFormatContext>(bitPattern: context.load(ordering: .relaxed))
        return context?.pointee.pb?.pointee.bytes_read ?? 0
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
        if bytes - mark.load(ordering: .relaxed) > Self.mostBytes { hasTooMuch.store(true, ordering: .relaxed) }
        return interrupt.isInterrupted || isTimeOver || isTooMuch
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
