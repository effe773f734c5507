import Delivery
import Foundation
import PoseTypes
import Records

/// Writes records to a rotating file as fast as it can until it is killed: what the tests of kill -9 kill.
///
///     RecordMill PATH ROTATE_SIZE
@main
struct RecordMill {
    static func main() throws {
        let parent = getppid()
        let arguments = CommandLine.arguments
        let file = try RotatingFile(path: arguments[1], policy: .init(rotateSize: Int(arguments[2]), keep: 1))
        let header = StreamHeader(
            stream: "mill", skeleton: .coco17, detector: nil, pose: .init(id: "none"),
            source: .init(uri: "none", width: 640, height: 480, codec: "none"), version: "0")
        let encoder = RecordEncoder(header)
        try file.header(encoder.headerLine())
        let keypoints = (0..<17).map { Keypoint(x: Float($0), y: Float($0), score: 0.5) }
        let box = BoundingBox(x: 0, y: 0, width: 1, height: 1)
        // A line of many pages, which a kill can tear, and encoded once, so that most of the time goes into writing.
        let people = Array(repeating: Person(box: box, score: 1, pose: Pose(keypoints: keypoints)), count: 100)
        let line = encoder.frame(PoseFrame(index: 0, time: .zero, people: people))
        // However late the kill comes; but nobody is left to send it once the parent has gone.
        while getppid() == parent { try file.records(line) }
    }
}
