import FoundationEssentials
import PoseTypes

/// Boxes from another detector: JSON lines `{"frame":12,"boxes":[[x,y,width,height],…]}`.
///
/// A line may name what is in its boxes: `"classes":["person","dog"]`. `frame` counts as in the records. A frame without a line has
/// nobody in it. Other keys of a line are ignored.
package struct BoxesFile: Sendable {
    private var frames: [Int: [Detection]] = [:]

    package init(path: String) throws(PosedError) {
        try self.init(Data(inputFile: path), name: path)
    }

    init(_ data: Data, name: String) throws(PosedError) {
        let decoder = JSONDecoder()
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
            func refuse(_ problem: String) -> PosedError { PosedError(.badData, "\(name):\(index + 1): \(problem)") }
            guard let entry = try? decoder.decode(Line.self, from: line) else {
                throw refuse(#"not a line of the form {"frame":0,"boxes":[[x,y,width,height]]}"#)
            }
            guard entry.frame >= 0 else { throw refuse("frames count from 0, and this one is \(entry.frame)") }
            guard frames[entry.frame] == nil else { throw refuse("frame \(entry.frame) has a line already") }
            let classes = entry.classes ?? entry.boxes.map { _ in Detection.person }
            guard classes.count == entry.boxes.count else { throw refuse("classes has a name for each of boxes") }
            frames[entry.frame] = try zip(entry.boxes, classes).map { numbers, category throws(PosedError) in
                guard numbers.count == 4 else { throw refuse("a box has 4 numbers, not \(numbers.count)") }
                guard numbers.allSatisfy(\.isFinite), numbers[2] > 0, numbers[3] > 0 else {
                    throw refuse("a box is [x,y,width,height] with a width and a height above 0, not \(numbers)")
                }
                let box = BoundingBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
                return Detection(box: box, score: 1, category: category)
            }
        }
    }

    /// The boxes of a frame as detections that are certain.
    package func detections(in frame: Int) -> [Detection] { frames[frame] ?? [] }

    private struct Line: Decodable {
        let frame: Int
        let boxes: [[Float]]
        let classes: [String]?
    }
}
