import PoseTypes

/// Where one person's joints are over a recording: what formats that know persons but no frames are made of.
package struct TrackPath: Sendable {
    package let id: TrackID
    /// The frames that show the person: their place in the recording from 0, and their times, rising.
    package private(set) var frames: [(index: Int, time: Timestamp)] = []
    /// For each of those the joints, smoothed where they were recorded so; nil for one that is missing.
    package private(set) var joints: [[Keypoint?]] = []

    package init(_ id: TrackID) { self.id = id }

    package mutating func add(_ person: Person, frame: Int, at time: Timestamp) {
        frames.append((frame, time))
        joints.append(person.pose.keypoints.indices.map { person.exported($0) })
    }

    /// A joint at any time: on the straight line between the two sightings around it, where those are at most half a second apart; nil
    /// where it is missing.
    func joint(_ joint: Int, at time: Double) -> Keypoint? {
        let next = frames.partitioningIndex { $0.time.seconds >= time - 1e-6 }
        guard next < frames.count else { return nil }
        let later = joints[next][joint]
        guard next > 0, frames[next].time.seconds > time + 1e-6 else {
            return frames[next].time.seconds <= time + 1e-6 ? later : nil
        }
        let (from, to) = (frames[next - 1].time.seconds, frames[next].time.seconds)
        guard to - from <= 0.5, let earlier = joints[next - 1][joint], let later else { return nil }
        let share = Float((time - from) / (to - from))
        return Keypoint(
            x: earlier.x + share * (later.x - earlier.x), y: earlier.y + share * (later.y - earlier.y),
            score: min(earlier.score, later.score))
    }
}

extension Array {
    /// The first index from which on the elements are as asked; they are in order.
    fileprivate func partitioningIndex(where isLate: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if isLate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
