import PoseTypes
import Records

/// Streams and people that several tests use.
package enum Example {
    package static let header = StreamHeader(
        stream: "gym \"1\"", session: "01JD9Z3T5R8Q2W4X6Y7Z9A1B3C", skeleton: .coco17,
        detector: .init(id: "person-nano", sha256: String(repeating: "0f", count: 32), precision: "bf16"),
        pose: .init(id: "vitpose-tiny", dataset: "ap10k", input: "384x288"),
        source: .init(uri: "clips/squat – façade\n.mp4", width: 544, height: 960, rotation: 90, codec: "h264", frameRate: 29.97),
        version: "0.1.0")

    /// Numbers that two decimals hold, so that a round trip gives them back.
    package static func person(x: Float = 100, score: Float = 0.9375) -> Person {
        let keypoints = (0..<17).map { Keypoint(x: x + Float($0) * 0.25, y: 50 + Float($0) * 10, score: Float($0) / 16) }
        return Person(
            box: BoundingBox(x: x, y: 40.5, width: 60.25, height: 180), score: score, pose: Pose(keypoints: keypoints))
    }

    package static func frame(people: Int, index: Int = 12) -> PoseFrame {
        PoseFrame(
            index: index, time: Timestamp(nanoseconds: 400_400_000),
            people: (0..<people).map { person(x: Float(100 * $0)) })
    }

    /// Numbers that the format holds, so that a round trip gives them back.
    package static func live(latency: Double? = 0.125) -> PoseFrame {
        var frame = frame(people: 1)
        frame.capture = Capture(
            unixNanoseconds: 1_795_347_000_250_001_000, clock: .rtcp, error: 0.0125, dropped: 3, latency: latency)
        return frame
    }

    /// A person first seen 0.25 s before `frame`, with every kind of joint.
    package static func followed(_ number: Int, x: Float = 100) -> Person {
        var person = person(x: x)
        let joints = person.pose.keypoints.enumerated().map { index, point -> SmoothedKeypoint in
            let place = SmoothedKeypoint.Place(x: point.x + 0.5, y: point.y - 0.25, sigma: 1.75)
            return index % 5 == 4 ? .missing : index % 3 == 1 ? .predicted(place) : .observed(place)
        }
        // A record holds the network's sigma where the joint was seen.
        for (index, joint) in joints.enumerated() where joint.state == "o" { person.pose.keypoints[index].sigma = 1.75 }
        person.track = Track(id: TrackID(number), firstSeen: Timestamp(nanoseconds: 150_400_000), joints: joints)
        return person
    }

    package static func followed(events: [TrackEvent] = [], revision: Int = 0) -> PoseFrame {
        var known = followed(12, x: 300)
        known.track?.joints = []
        for index in known.pose.keypoints.indices { known.pose.keypoints[index].sigma = nil }
        return PoseFrame(
            index: 12, time: Timestamp(nanoseconds: 400_400_000), people: [followed(7), person(x: 200), known], events: events,
            revision: revision)
    }
}

package func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
