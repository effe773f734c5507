import Flow
import Media
import PoseTypes
import PosedKit
import Settings
import Synchronization

/// The newest picture of a stream, small and a few times a second, for whoever watches. While nobody does, nothing is encoded.
final class Preview: Sendable {
    struct Shot: Sendable {
        /// The `frame` and `pts_ns` of the records that belong to it.
        let frame: Int
        let time: Timestamp
        let jpeg: [UInt8]
    }

    private struct State {
        var watchers: [Int: @Sendable () -> Void] = [:]
        var admitted = 0
        var shots = 0
        var latest: Shot?
        var lastShot = ContinuousClock.now - .seconds(1)
        var isOver = false
    }

    static let interval = Duration.milliseconds(100)
    private let state = Mutex(State())

    var watchers: Int { state.withLock { $0.watchers.count } }

    /// Whether a picture that is taken now would be looked at. Who asks and is told so takes it.
    func isWanted(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard !state.watchers.isEmpty, now - state.lastShot >= Self.interval else { return false }
            state.lastShot = now
            return true
        }
    }

    func show(_ shot: Shot) {
        change { state in
            state.shots += 1
            state.latest = shot
        }
    }

    func end() { change { $0.isOver = true } }

    /// - Parameter onReady: called for every new picture, on the pipeline's thread.
    func watch(onReady: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.admitted += 1
            state.watchers[state.admitted] = onReady
            return state.admitted
        }
    }

    func leave(_ watcher: Int) {
        state.withLock { state in
            state.watchers[watcher] = nil
            if state.watchers.isEmpty { state.latest = nil }  // an old picture would be shown first
        }
    }

    /// The newest picture, if it is another one than `number`, and its own number.
    func shot(after number: Int) -> (shot: Shot, number: Int)? {
        state.withLock { state in state.shots > number ? state.latest.map { ($0, state.shots) } : nil }
    }

    var isOver: Bool { state.withLock { $0.isOver } }

    private func change(_ body: (inout State) -> Void) {
        let watchers = state.withLock { state in
            body(&state)
            return state.watchers.values
        }
        for wake in watchers { wake() }
    }
}

/// Encodes pictures for those who watch.
struct ShowPreview: Sink {
    private let preview: Preview
    private let encoder = PictureEncoder(longestSide: 640)

    init(_ preview: Preview) { self.preview = preview }

    func receive(_ item: StreamItem) throws {
        guard let image = item.frame.image, preview.isWanted(at: .now) else { return }
        // A picture that cannot be encoded is nobody's loss but the watchers'.
        guard let jpeg = try? encoder.jpeg(of: image) else { return }
        preview.show(Preview.Shot(frame: item.frame.poses.index, time: item.frame.poses.time, jpeg: jpeg))
    }
}
