import Delivery
import Flow
import PoseTypes
import Records

/// Writes a line a frame, each as soon as it is known.
struct WriteRecords: Sink {
    private let encoder: RecordEncoder
    private let writer: JSONLinesWriter
    private let latency: FrameLatency
    private var tracks: OpenTracks

    init(to writer: JSONLinesWriter, header: StreamHeader, latency: FrameLatency = FrameLatency()) throws {
        self.writer = writer
        self.latency = latency
        tracks = OpenTracks(of: header)
        encoder = RecordEncoder(header)
        try writer.write(encoder.headerLine())
    }

    mutating func receive(_ frame: FrameWithPoses) throws {
        try writer.write(encoder.frame(frame.poses))
        latency.end(frame.poses.index)
        tracks.note(frame.poses)
    }

    func finish() throws {
        for track in tracks.endings { try writer.write(encoder.track(track)) }
        try writer.finish()
    }
}
