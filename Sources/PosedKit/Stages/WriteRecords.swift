import Delivery
import Flow

/// Writes a line a frame, each as soon as it is known.
struct WriteRecords: Sink {
    private let encoder: RecordEncoder
    private let writer: JSONLinesWriter

    init(to writer: JSONLinesWriter, header: StreamHeader) throws {
        self.writer = writer
        encoder = RecordEncoder(header)
        try writer.write(encoder.headerLine())
    }

    func receive(_ frame: PosedFrame) throws { try writer.write(encoder.frame(frame.poses)) }

    func finish() throws { try writer.finish() }
}
