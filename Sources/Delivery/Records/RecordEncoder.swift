public import PoseTypes

/// Turns values into lines of `posed/1` (docs/records.md): one JSON object and a newline.
///
/// Written by hand because a frame of ten people holds 560 numbers with a fixed count of decimals, and leaves at frame
/// rate. A number that is not finite is written as 0, and so is the score that belongs to it: such a box or keypoint
/// says nothing.
public struct RecordEncoder: Sendable {
    public init() {}

    public func header(_ header: StreamHeader) -> [UInt8] {
        var json = JSONBytes(capacity: 1024)
        json.raw(#"{"type":"header","format":"posed/1","stream":"#)
        json.string(header.stream)
        json.raw(#","session":"#)
        json.string(header.session)
        json.raw(#","layout":"#)
        json.string(header.skeleton.name)
        json.raw(#","keypoints":"#)
        json.array(header.skeleton.joints) { $0.string($1) }
        json.raw(#","edges":"#)
        json.array(header.skeleton.bones) { $0.array($1) { $0.integer($1) } }
        json.raw(#","models":{"#)
        if let detector = header.detector {
            json.raw(#""detector":"#)
            json.model(detector)
            json.raw(",")
        }
        json.raw(#""pose":"#)
        json.model(header.pose)
        json.raw(#"},"source":"#)
        json.source(header.source)
        json.raw(#","posed":"#)
        json.string(header.version)
        json.raw("}\n")
        return json.bytes
    }

    public func frame(_ frame: PoseFrame) -> [UInt8] {
        let keypoints = frame.people.first?.pose.keypoints.count ?? 0
        var json = JSONBytes(capacity: 80 + frame.people.count * (80 + 26 * keypoints))
        json.raw(#"{"type":"frame","frame":"#)
        json.integer(frame.index)
        json.raw(#","pts_ns":"#)
        json.integer(frame.time.nanoseconds)
        json.raw(#","persons":"#)
        json.array(frame.people) { $0.person($1) }
        json.raw("}\n")
        return json.bytes
    }

    public func track(_ track: TrackRecord) -> [UInt8] {
        var json = JSONBytes(capacity: 128)
        json.raw(#"{"type":"track","event":"#)
        json.string(track.event.rawValue)
        json.raw(#","id":"#)
        json.integer(track.id.number)
        json.raw(#","uid":"#)
        json.string(track.uid)
        json.raw(#","pts_ns":"#)
        json.integer(track.time.nanoseconds)
        json.raw("}\n")
        return json.bytes
    }

    public func gap(_ gap: GapRecord) -> [UInt8] {
        var json = JSONBytes(capacity: 128)
        json.raw(#"{"type":"gap","from_ns":"#)
        json.integer(gap.from.nanoseconds)
        json.raw(#","to_ns":"#)
        json.integer(gap.to.nanoseconds)
        json.raw(#","reason":"#)
        json.string(gap.reason)
        json.raw("}\n")
        return json.bytes
    }
}

extension JSONBytes {
    fileprivate mutating func array<Element>(_ elements: [Element], _ append: (inout JSONBytes, Element) -> Void) {
        raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(",") }
            append(&self, element)
        }
        raw("]")
    }

    fileprivate mutating func model(_ model: StreamHeader.Model) {
        raw(#"{"id":"#)
        string(model.id)
        raw(#","sha256":"#)
        optional(model.sha256)
        raw("}")
    }

    fileprivate mutating func source(_ source: StreamHeader.Source) {
        raw(#"{"uri":"#)
        string(source.uri)
        raw(#","width":"#)
        integer(source.width)
        raw(#","height":"#)
        integer(source.height)
        raw(#","rotation":"#)
        integer(source.rotation)
        raw(#","codec":"#)
        string(source.codec)
        raw(#","frame_rate":"#)
        frameRate(source.frameRate)
        raw("}")
    }

    private mutating func frameRate(_ rate: Double?) {
        if let rate, rate.isFinite, rate > 0 { fixed(rate, scale: 1000) } else { raw("null") }
    }

    fileprivate mutating func person(_ person: Person) {
        let box = person.box
        raw(#"{"bbox":["#)
        for (index, value) in [box.x, box.y, box.width, box.height].enumerated() {
            if index > 0 { raw(",") }
            pixels(value)
        }
        raw(#"],"score":"#)
        score((box.x + box.y + box.width + box.height).isFinite ? person.score : 0)
        raw(#","kp":"#)
        array(person.pose.keypoints) { $0.keypoint($1) }
        raw("}")
    }

    private mutating func keypoint(_ point: Keypoint) {
        let known = point.x.isFinite && point.y.isFinite && point.score.isFinite
        raw("[")
        pixels(known ? point.x : 0)
        raw(",")
        pixels(known ? point.y : 0)
        raw(",")
        score(known ? point.score : 0)
        raw("]")
    }
}
