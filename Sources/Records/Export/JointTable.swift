import PoseTypes

/// CSV (RFC 4180, with bare newlines) in long form: a row for each joint of each person of each frame. What is not known
/// is empty.
package enum JointTable {
    package static let head = Array("frame,pts_s,person,id,joint,x,y,score,x_smooth,y_smooth,sigma,state\n".utf8)

    package static func lines(of frame: PoseFrame, skeleton: Skeleton) -> [UInt8] {
        var row = TextBytes(capacity: frame.people.count * skeleton.joints.count * 96)
        for (index, person) in frame.people.enumerated() {
            let smoothed = person.track?.joints ?? []
            for (joint, point) in person.pose.keypoints.enumerated() where joint < skeleton.joints.count {
                row.integer(frame.index)
                row.raw(",")
                row.seconds(frame.time)
                row.raw(",")
                row.integer(index)
                row.raw(",")
                if let id = person.track?.id { row.integer(id.number) }
                row.raw(",")
                row.field(skeleton.joints[joint])
                row.raw(",")
                row.pixels(point.x)
                row.raw(",")
                row.pixels(point.y)
                row.raw(",")
                row.score(point.score)
                row.raw(",")
                row.smoothed(smoothed.indices.contains(joint) ? smoothed[joint] : nil)
                row.raw("\n")
            }
        }
        return row.bytes
    }
}

extension TextBytes {
    fileprivate mutating func smoothed(_ joint: SmoothedKeypoint?) {
        if let place = joint?.place {
            pixels(place.x)
            raw(",")
            pixels(place.y)
            raw(",")
            pixels(place.sigma)
            raw(",")
        } else {
            raw(",,,")
        }
        switch joint {
        case .observed: raw("observed")
        case .predicted: raw("predicted")
        case .missing: raw("missing")
        case nil: break
        }
    }

    /// All nine decimals, so that no time is rounded.
    fileprivate mutating func seconds(_ time: Timestamp) {
        let (whole, fraction) = time.nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        if time.nanoseconds < 0 { raw("-") }
        integer(whole)
        raw(".")
        let digits = String(fraction)
        for _ in digits.count..<9 { raw("0") }
        append(digits)
    }

    /// In quotes where RFC 4180 wants them.
    fileprivate mutating func field(_ text: String) {
        guard text.utf8.contains(where: { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }) else {
            append(text)
            return
        }
        raw("\"")
        append(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))
        raw("\"")
    }
}
