import Delivery
import Flow
import PoseTypes

/// Writes a line a frame, each as soon as it is known.
///
/// Whoever's start is in the file has an end in it, also where the file ends early.
struct WriteRecords: Sink {
    private let encoder: RecordEncoder
    private let writer: JSONLinesWriter
    private let header: StreamHeader
    /// When those who have not ended were last seen.
    private var present: [TrackID: Timestamp] = [:]

    init(to writer: JSONLinesWriter, header: StreamHeader) throws {
        self.writer = writer
        self.header = header
        encoder = RecordEncoder(header)
        try writer.write(encoder.headerLine())
    }

    mutating func receive(_ frame: PosedFrame) throws {
        let poses = frame.poses
        try writer.write(encoder.frame(poses))
        guard poses.revision == 0 else { return }
        for id in poses.people.compactMap(\.track?.id) { present[id] = poses.time }
        for event in poses.events where event.kind == .end { present[event.id] = nil }
    }

    func finish() throws {
        for (id, time) in present.sorted(by: { $0.key < $1.key }) {
            let uid = id.uid(stream: header.stream, session: header.session)
            try writer.write(encoder.track(TrackRecord(event: .end, id: id, uid: uid, time: time)))
        }
        try writer.finish()
    }
}
