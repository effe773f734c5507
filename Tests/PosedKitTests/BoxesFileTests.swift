import Foundation
import PoseTypes
import Testing

@testable import PosedKit

@Suite struct BoxesFileTests {
    @Test func framesHaveTheirBoxes() throws {
        let text = """
            {"frame":2,"boxes":[[1,2,3,4],[5.5,-6,7,8]]}\r

            {"boxes":[],"frame":0,"note":"nobody"}
            {"frame":3,"boxes":[[1,2,3,4],[1,2,3,4]],"classes":["dog","person"]}
            """
        let boxes = try BoxesFile(Data(text.utf8), name: "boxes.jsonl")
        #expect(boxes.detections(in: 0) == [])
        #expect(boxes.detections(in: 1) == [])
        #expect(boxes.detections(in: 3).map(\.category) == ["dog", "person"])
        #expect(
            boxes.detections(in: 2) == [
                Detection(box: BoundingBox(x: 1, y: 2, width: 3, height: 4), score: 1),
                Detection(box: BoundingBox(x: 5.5, y: -6, width: 7, height: 8), score: 1),
            ])
    }

    @Test(arguments: [
        (#"{"frame":1}"#, #"not a line of the form {"frame":0,"boxes":[[x,y,width,height]]}"#),
        (#"{"frame":1,"boxes":[[1,2,3,4]"#, #"not a line of the form {"frame":0,"boxes":[[x,y,width,height]]}"#),
        (#"{"frame":1.5,"boxes":[]}"#, #"not a line of the form {"frame":0,"boxes":[[x,y,width,height]]}"#),
        (#"{"frame":1,"boxes":[[1,2,1e99,4]]}"#, #"not a line of the form {"frame":0,"boxes":[[x,y,width,height]]}"#),
        (#"{"frame":-1,"boxes":[]}"#, "frames count from 0, and this one is -1"),
        (#"{"frame":0,"boxes":[]}"#, "frame 0 has a line already"),
        (#"{"frame":1,"boxes":[[1,2,3,4]],"classes":[]}"#, "classes has a name for each of boxes"),
        (#"{"frame":1,"boxes":[[1,2,3]]}"#, "a box has 4 numbers, not 3"),
        (
            #"{"frame":1,"boxes":[[1,2,3,0]]}"#,
            "a box is [x,y,width,height] with a width and a height above 0, not [1.0, 2.0, 3.0, 0.0]"
        ),
    ])
    func aBadLineIsNamed(line: String, problem: String) {
        let text = #"{"frame":0,"boxes":[]}"# + "\n" + line + "\n"
        #expect(throws: PosedError(.badData, "boxes.jsonl:2: \(problem)")) {
            try BoxesFile(Data(text.utf8), name: "boxes.jsonl")
        }
    }

    @Test func anAbsentFileIsNamed() {
        #expect(throws: PosedError(.missingInput, "cannot read /nowhere/boxes.jsonl: No such file or directory")) {
            try BoxesFile(path: "/nowhere/boxes.jsonl")
        }
    }
}
