import Delivery
import PoseTypes
import Tracking

/// The records behind one header, refined: frames once and in their order, and what lay between them still between them.
///
/// Frames come out when enough of what follows them is known, so lines wait for the frames before them.
struct RefinePassage {
    private let encoder: RecordEncoder
    private var refiner: Refiner
    private var waiting: [Waiting] = []

    private enum Waiting {
        case frame
        case line([UInt8])
    }

    init(_ header: StreamHeader, _ settings: Refiner.Settings) {
        encoder = RecordEncoder(header)
        refiner = Refiner(skeleton: header.skeleton, settings: settings)
    }

    /// Takes a record that is no header; returns the lines that are ready.
    mutating func pass(_ record: Record) -> [[UInt8]] {
        switch record {
        case .frame(let frame):
            guard frame.revision == 0 else { return [] }
            waiting.append(.frame)
            return ready(refiner.refine(frame))
        case .track(let track): waiting.append(.line(encoder.track(track)))
        case .gap(let gap): waiting.append(.line(encoder.gap(gap)))
        case .lost(let records): waiting.append(.line(RecordEncoder.lost(records: records)))
        case .unknown(_, let line): waiting.append(.line(line + [UInt8(ascii: "\n")]))
        case .header: preconditionFailure("a header begins another passage")
        }
        return ready([])
    }

    mutating func finish() -> [[UInt8]] { ready(refiner.finish()) }

    /// The lines up to the first frame that still waits.
    private mutating func ready(_ frames: [PoseFrame]) -> [[UInt8]] {
        var frames = frames[...]
        var lines: [[UInt8]] = []
        var count = 0
        scan: for item in waiting {
            switch item {
            case .line(let line): lines.append(line)
            case .frame:
                guard let frame = frames.popFirst() else { break scan }
                lines.append(encoder.frame(frame))
            }
            count += 1
        }
        waiting.removeFirst(count)
        return lines
    }
}
