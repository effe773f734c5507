import Foundation
import PoseTypes
@testable import Records
import TestSupport
import Testing

@Suite struct JointEditTests {
    static let moved = (0..<17).map {
        $0 == 3 ? SmoothedKeypoint.missing : .observed(SmoothedKeypoint.Place(x: Float($0), y: -1, sigma: 0.5))
    }

    func edited(_ line: String, _ joints: [[SmoothedKeypoint]]) -> String { text(JointEdit(Array(line.utf8))(joints)) }

    @Test func onlyTheJointsOfThoseWhoHaveSomeChange() throws {
        let encoder = RecordEncoder(Example.header)
        let frame = Example.followed()
        let line = encoder.frame(frame).dropLast()
        var expected = frame
        expected.people[0].track?.joints = Self.moved
        expected.people[2].track?.joints = Self.moved
        // Also where there were none before.
        #expect(edited(text(Array(line)), [Self.moved, [], Self.moved]) == text(encoder.frame(expected)))
        #expect(edited(text(Array(line)), [[], [], []]) == text(encoder.frame(frame)))
    }

    @Test func whatNobodyHereKnowsStaysToTheByte() {
        let joints: [SmoothedKeypoint] = [.predicted(SmoothedKeypoint.Place(x: 1, y: 2, sigma: 3))]
        let line = { (kps: String, state: String, sigma: String, late: String) in
            #"{ "type" :"frame", "mood":{"kps":[1,{"state":"]}"}]},"persons":[ {"said":"\"kps\":[\\", "kps" : "# + kps
                + #","x":[null,true,-1e9], "state":"# + state + #" ,"sigma":"# + sigma + #","n":12}, {"kp":[],"a":7"# + late
                + #" } ],"persons2":[{"kps":0}]}"#
        }
        #expect(
            edited(line("[null]", #""m""#, "[ null ]", ""), [joints, []])
                == line("[[1.00,2.00]]", #""p""#, "[3.00]", "") + "\n")
        let late = #" ,"kps":[[1.00,2.00]],"state":"p","sigma":[3.00]"#
        #expect(edited(line("[null]", #""m""#, "[]", ""), [[], joints]).contains(late.dropFirst()))
    }
}
