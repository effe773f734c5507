import Basics
import Foundation
import PoseTypes
import Synchronization
import TestSupport
import Testing

@testable import Media

/// Reads a live source on a thread of its own and keeps what came, and when.
final class LiveWatcher: Sendable {
    struct Seen {
        var index: Int
        var time: Timestamp
        var connection: Int
        var moment: ContinuousClock.Instant
        var size: Int
        var capture: Capture
        var isWhole: Bool
    }

    struct Log {
        var pictures: [Seen] = []
        var events: [(moment: ContinuousClock.Instant, event: LiveEvent)] = []
        var error: MediaError?
    }

    let interrupt = Interrupt()
    private let log = Mutex(Log())
    private let isDone = Atomic(false)
    private let reader: Mutex<LiveMonitor?> = Mutex(nil)

    /// `whole`: the hashes of all pictures that may come; nil to look at none.
    init(_ address: String, _ options: LiveOptions = LiveOptions(), whole: Set<Int>? = nil) {
        let handles = Handle.Count.current
        let thread = Thread { [self] in
            Handle.Count.$current.withValue(handles) { run(address, options, whole) }
            isDone.store(true, ordering: .releasing)
        }
        thread.start()
    }

    private func run(_ address: String, _ options: LiveOptions, _ whole: Set<Int>?) {
        do throws(MediaError) {
            let reader = try LiveReader(address: Secret(address), options: options, interrupt: interrupt) { [self] event in
                log.withLock { $0.events.append((.now, event)) }
            }
            self.reader.withLock { $0 = reader.monitor }
            while let picture = try reader.next() {
                let isWhole = try whole?.contains(picture.image().fingerprint) ?? true
                let seen = Seen(
                    index: picture.index, time: picture.time, connection: picture.connection, moment: .now,
                    size: picture.info.width, capture: picture.capture, isWhole: isWhole)
                log.withLock { $0.pictures.append(seen) }
            }
        } catch {
            log.withLock { $0.error = error }
        }
    }

    var pictures: [Seen] { log.withLock { $0.pictures } }
    var events: [(moment: ContinuousClock.Instant, event: LiveEvent)] { log.withLock { $0.events } }
    /// Why connections were lost, or could not be made.
    var failures: [String] {
        events.compactMap { if case .lost(let reason, _) = $0.event { reason } else { nil } }
    }
    var error: MediaError? { log.withLock { $0.error } }
    var status: LiveStatus { reader.withLock { $0?.status } ?? LiveStatus() }

    /// Waits until `condition` holds, at most so many seconds.
    func wait(_ seconds: Double = 30, until condition: (LiveWatcher) -> Bool) -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if condition(self) { return true }
            usleep(10_000)
        }
        return condition(self)
    }

    /// Ends the thread; false where it does not end within two seconds.
    func stop() -> Bool {
        interrupt.interrupt()
        return wait(2) { $0.isDone.load(ordering: .acquiring) }
    }

    /// Seconds from `moment`, or from the last try to connect after it, to the next picture; of `connection` or a later one.
    func recovery(from moment: ContinuousClock.Instant, connection: Int = 0) -> Double? {
        guard let picture = pictures.first(where: { $0.moment > moment && $0.connection >= connection }) else { return nil }
        let tries = events.filter { $0.event == .connecting && $0.moment < picture.moment }
        return max(tries.last?.moment ?? moment, moment).duration(to: picture.moment) / .seconds(1)
    }
}

extension Image {
    var fingerprint: Int {
        var hasher = Hasher()
        hasher.combine(width)
        pixels.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}

/// The fingerprints of all pictures of a clip.
func fingerprints(_ path: String) throws -> Set<Int> {
    Set(try VideoReader(path: path).rest().map(\.image.fingerprint))
}

/// How many threads this process has, and how many network sockets beside those of servers of its own, which other suites have.
func resources() throws -> (threads: Int, sockets: Int) {
    let sockets = try InternetSocket.all()
    let served = Set(sockets.filter(\.isListening).map(\.port))
    let own = sockets.count { !served.contains($0.port) && !($0.peer.map(served.contains) ?? false) }
    return (try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count, own)
}
