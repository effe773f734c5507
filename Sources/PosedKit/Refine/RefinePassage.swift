import Delivery
import PoseTypes
import Records
import Tracking

/// The lines behind one header, refined: frames once and in their order, and what lay between them still between them. Only the
/// smoothed joints of frames change; keys that this version of posed does not know stay.
///
/// Frames come out when enough of what follows them is known, so lines wait for the frames before them.
struct RefinePassage {
    private var refiner: Refiner
    private var waiting: [Waiting] = []

    private enum Waiting {
        case frame([UInt8])
        case line([UInt8])
    }

    init(_ header: StreamHeader, _ settings: Refiner.Settings) {
        refiner = Refiner(skeleton: header.skeleton, settings: settings)
    }

    /// Takes a record that is no header with the line that it was read from; returns the lines that are ready.
    mutating func pass(_ record: Record, line: [UInt8]) -> [[UInt8]] {
        guard case .frame(let frame) = record else {
            waiting.append(.line(line + [UInt8(ascii: "\n")]))
            return ready([])
        }
        guard frame.revision == 0 else { return [] }
        waiting.append(.frame(line))
        return ready(refiner.refine(frame))
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
            case .frame(let line):
                guard let frame = frames.popFirst() else { break scan }
                lines.append(JointEdit(line)(frame.people.map { $0.track?.joints ?? [] }))
            }
            count += 1
        }
        waiting.removeFirst(count)
        return lines
    }
}
