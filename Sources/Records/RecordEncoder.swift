import Basics
import PoseTypes

/// Turns values into lines of `posed/1` (docs/records.md): one JSON object and a newline.
///
/// Written by hand because a frame of ten people holds 560 numbers with a fixed count of decimals, and leaves at frame
/// rate. A number that is not finite is written as 0, and so is the score that belongs to it: such a box or keypoint
/// says nothing. A smoothed joint with such a number is missing.
package struct RecordEncoder: Sendable {
    private let header: StreamHeader

    /// - Parameter header: that of the stream whose records follow; the `uid` of a person is made of its names.
    package init(_ header: StreamHeader) { self.header = header }

    package func headerLine() -> [UInt8] {
        var json = TextBytes(capacity: 1024)
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

    /// The line of a frame, after one for each of its events: a reader learns of a person before it sees one.
    package func frame(_ frame: PoseFrame) -> [UInt8] {
        let keypoints = frame.people.first?.pose.keypoints.count ?? 0
        var json = TextBytes(capacity: 80 + frame.events.count * 128 + frame.people.count * (160 + 46 * keypoints))
        for event in frame.events { json.track(event, uid: uid(of: event.id)) }
        json.raw(#"{"type":"frame","frame":"#)
        json.integer(frame.index)
        json.raw(#","pts_ns":"#)
        json.time(frame.time)
        if frame.revision > 0 {
            json.raw(#","rev":"#)
            json.integer(frame.revision)
        }
        if let capture = frame.capture { json.capture(capture) }
        if frame.camera != .none { json.camera(frame.camera) }
        json.raw(#","persons":"#)
        json.array(frame.people) { $0.person($1, uid: uid, at: frame.time) }
        json.raw("}\n")
        return json.bytes
    }

    package func track(_ track: TrackRecord) -> [UInt8] {
        var json = TextBytes(capacity: 128)
        json.track(TrackEvent(kind: track.event, id: track.id, time: track.time), uid: track.uid)
        return json.bytes
    }

    package func gap(_ gap: GapRecord) -> [UInt8] {
        var json = TextBytes(capacity: 128)
        json.raw(#"{"type":"gap","from_ns":"#)
        json.time(gap.from)
        json.raw(#","to_ns":"#)
        json.time(gap.to)
        json.raw(#","reason":"#)
        json.string(gap.reason)
        json.raw("}\n")
        return json.bytes
    }

    /// Tells a reader that so many records were dropped because it was too slow.
    package static func lost(records: Int) -> [UInt8] {
        var json = TextBytes(capacity: 48)
        json.raw(#"{"type":"lost","records":"#)
        json.integer(records)
        json.raw("}\n")
        return json.bytes
    }

    private func uid(of id: TrackID) -> String { id.uid(stream: header.stream, session: header.session) }
}

extension TextBytes {
    /// Nanoseconds that a reader takes.
    mutating func time(_ time: Timestamp) { integer(time.bounded.nanoseconds) }

    mutating func array<Element>(_ elements: [Element], _ append: (inout TextBytes, Element) -> Void) {
        raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(",") }
            append(&self, element)
        }
        raw("]")
    }

    /// `a` and `b` to a millionth, which is a hundredth of a pixel at 10,000.
    fileprivate mutating func camera(_ camera: CameraMotion) {
        raw(#","camera":["#)
        fixed(camera.a, scale: 1_000_000)
        for (value, scale) in [(camera.b, 1_000_000), (camera.dx, 100), (camera.dy, 100)] as [(Double, UInt64)] {
            raw(",")
            fixed(value, scale: scale)
        }
        raw("]")
    }

    fileprivate mutating func model(_ model: StreamHeader.Model) {
        raw(#"{"id":"#)
        string(model.id)
        raw(#","sha256":"#)
        optional(model.sha256)
        if let precision = model.precision {
            raw(#","precision":"#)
            string(precision)
        }
        if let dataset = model.dataset {
            raw(#","dataset":"#)
            string(dataset)
        }
        if let input = model.input {
            raw(#","input":"#)
            string(input)
        }
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

    fileprivate mutating func track(_ event: TrackEvent, uid: String) {
        raw(#"{"type":"track","event":"#)
        string(event.kind.rawValue)
        raw(#","id":"#)
        integer(event.id.number)
        raw(#","uid":"#)
        string(uid)
        raw(#","pts_ns":"#)
        time(event.time)
        raw("}\n")
    }
}
