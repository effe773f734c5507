import PoseTypes

/// Smooths a recording with all of its past and future: outlier rejection, interpolation of gaps, and a filter that
/// delays nothing.
///
/// Works on half a minute at a time with enough on both sides that the seams do not show, so an endless recording takes no more
/// memory than a short one. Of frames that come faster than any camera's there is less at a time.
package struct Refiner: Sendable {
    package enum Method: Sendable, Equatable {
        /// A low-pass filter run forwards and backwards. `order` is that of both passes together and `cutoff` (Hz) that of each
        /// pass, as usual in biomechanics. Recordings too slow for the cutoff are left as they are.
        case butterworth(cutoff: Double, order: Int)
        /// A Kalman smoother (Rauch-Tung-Striebel), which trusts a joint as far as the network did.
        case kalman
    }

    package struct Settings: Sendable, Equatable {
        package var method = Method.butterworth(cutoff: 6, order: 4)
        /// Seconds: longer gaps of a joint stay missing.
        package var longestGap = 0.5
        package var gatesBones = true

        package init() {}
    }

    package let settings: Settings
    private let skeleton: Skeleton
    private var cleaners: [TrackID: (cleaner: PoseCleaner, lastSeen: Timestamp)] = [:]
    private var held: [Held] = []
    /// How many of `held` were given out and stay for what comes after them.
    private var given = 0

    private struct Held {
        var frame: PoseFrame
        var camera: CameraMotion
        /// What was really seen of each person's joints, and the person's size.
        var seen: [(keypoints: [Keypoint?], size: Double)]
    }

    private static let chunk = 30.0
    /// In a chunk, and on each side of it: half a minute of 300 frames a second.
    private static let maxFrames = 9000
    /// Seconds of context on each side: no filter here looks farther than 2 s.
    private var context: Double { 2 + settings.longestGap }

    package init(skeleton: Skeleton, settings: Settings = Settings()) {
        self.skeleton = skeleton
        self.settings = settings
    }

    /// Takes the next frame of a recording; gives back those that are done, in order.
    package mutating func refine(_ frame: PoseFrame) -> [PoseFrame] {
        // No camera doubles its picture between two frames: a record that says so is not followed.
        let camera = (0.5...2).contains(frame.camera.scale) ? frame.camera : .none
        if camera != .none { for id in cleaners.keys { cleaners[id]?.cleaner.follow(camera) } }
        let seen = frame.people.map { clean($0, at: frame.time) }
        held.append(Held(frame: frame, camera: camera, seen: seen))
        cleaners = cleaners.filter { frame.time - $0.value.lastSeen <= 2 }
        if frame.time - held[given].frame.time >= Self.chunk + context {
            return give(until: Timestamp(seconds: held[given].frame.time.seconds + Self.chunk))
        }
        return held.count - given >= 2 * Self.maxFrames ? give(until: held[given + Self.maxFrames].frame.time) : []
    }

    /// The frames that are left.
    package mutating func finish() -> [PoseFrame] {
        defer { (held, given, cleaners) = ([], 0, [:]) }
        return give(until: Timestamp(nanoseconds: .max))
    }

    private mutating func clean(_ person: Person, at time: Timestamp) -> (keypoints: [Keypoint?], size: Double) {
        guard let id = person.track?.id else { return ([], 0) }
        var cleaner = cleaners[id]?.cleaner ?? PoseCleaner(skeleton, box: person.box, at: time)
        let keypoints = cleaner.clean(person, at: time, gatesBones: settings.gatesBones)
        cleaners[id] = (cleaner, time)
        return (keypoints, cleaner.size)
    }

    /// For every frame the way from the first picture to its own, and back: joints are refined where the camera did not move them. Both are
    /// nothing throughout where one cannot be turned back.
    private var views: [(there: CameraMotion, back: CameraMotion)] {
        var views: [(there: CameraMotion, back: CameraMotion)] = [(.none, .none)]
        for held in held.dropFirst() {
            let there = held.camera.after(views[views.count - 1].there)
            guard let back = there.inverse, (1e-3...1e3).contains(there.scale), abs(there.dx) + abs(there.dy) < 1e7 else {
                return Array(repeating: (.none, .none), count: self.held.count)
            }
            views.append((there, back))
        }
        return views
    }

    private mutating func give(until end: Timestamp) -> [PoseFrame] {
        let done = held.indices.dropFirst(given).prefix { held[$0].frame.time < end }
        var frames = held.map(\.frame)
        let views = views
        let ids = Set(done.flatMap { frames[$0].people.compactMap(\.track?.id) })
        for id in ids {
            let places = frames.indices.compactMap { frame in
                frames[frame].people.firstIndex { $0.track?.id == id }.map { (frame: frame, person: $0) }
            }
            let start = frames[0].time
            let times = places.map { frames[$0.frame].time - start }
            let size = median(places.map { held[$0.frame].seen[$0.person].size * views[$0.frame].back.scale })
            let columns = skeleton.joints.indices.map { joint in
                let keypoints = places.map { place in
                    held[place.frame].seen[place.person].keypoints[joint]?.moved(by: views[place.frame].back)
                }
                return JointSeries(times: times, keypoints: keypoints, size: size).refined(settings)
            }
            for (row, place) in places.enumerated() {
                frames[place.frame].people[place.person].track?.joints = columns.map {
                    $0[row].moved(by: views[place.frame].there)
                }
            }
        }
        let result = Array(frames[done.startIndex..<done.endIndex])
        let near = held.firstIndex { $0.frame.time.seconds >= end.seconds - context } ?? held.count
        let keep = max(near, done.endIndex - Self.maxFrames)
        given = max(0, done.endIndex - keep)
        held.removeFirst(min(keep, done.endIndex))
        return result
    }
}
