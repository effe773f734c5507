import PoseTypes
@testable import Records
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite struct ExportTests {
    static let skeleton = Skeleton(
        name: "odd", joints: ["nose", "a \"big\",\ntoe"], bones: [], mirror: [0, 1], sigmas: [])

    static func frame(time: Int64 = 1_040_000_001) -> PoseFrame {
        let pose = Pose(keypoints: [Keypoint(x: 1.5, y: -2, score: 0.9), Keypoint(x: 30, y: 40.25, score: 0.0625)])
        let box = BoundingBox(x: 0, y: 10.25, width: 20, height: 30.5)
        let joints = [SmoothedKeypoint.predicted(SmoothedKeypoint.Place(x: 1, y: 2, sigma: 3)), .missing]
        let track = Track(id: TrackID(7), firstSeen: .zero, joints: joints)
        return PoseFrame(
            index: 26, time: Timestamp(nanoseconds: time),
            people: [
                Person(box: box, score: 0.75, pose: pose, track: track), Person(box: box, score: 0.5, pose: pose),
                Person(box: box, score: 0.25, pose: pose, track: Track(id: TrackID(12), firstSeen: .zero)),
            ])
    }

    /// As motchallenge.net/instructions has it; read with motmetrics 1.4's `io.loadtxt` and TrackEval when this was written.
    @Test func motResultsCountFromOneAndKnowOnlyWhoIsFollowed() {
        #expect(
            text(MOTResults.lines(of: Self.frame())) == """
                27,7,1.00,11.25,20.00,30.50,0.7500,-1,-1,-1
                27,12,1.00,11.25,20.00,30.50,0.2500,-1,-1,-1

                """)
    }

    @Test func theTableHasARowForEachJoint() {
        #expect(
            text(JointTable.head + JointTable.lines(of: Self.frame(), skeleton: Self.skeleton)) == """
                frame,pts_s,person,id,joint,x,y,score,x_smooth,y_smooth,sigma,state
                26,1.040000001,0,7,nose,1.50,-2.00,0.9000,1.00,2.00,3.00,predicted
                26,1.040000001,0,7,"a ""big"",
                toe",30.00,40.25,0.0625,,,,missing
                26,1.040000001,1,,nose,1.50,-2.00,0.9000,,,,
                26,1.040000001,1,,"a ""big"",
                toe",30.00,40.25,0.0625,,,,
                26,1.040000001,2,12,nose,1.50,-2.00,0.9000,,,,
                26,1.040000001,2,12,"a ""big"",
                toe",30.00,40.25,0.0625,,,,

                """)
    }

    @Test func pythonReadsTheTable() async throws {
        let script = """
            from csv import DictReader
            from sys import stdin
            for row in DictReader(stdin):
                assert None not in row and None not in row.values()
                print(row["id"], len(row["joint"]), float(row["pts_s"]), row["state"])
            """
        let table = JointTable.head + JointTable.lines(of: Self.frame(time: -5_000_000), skeleton: Self.skeleton)
        let result = try await run(
            .path("/usr/bin/python3"), arguments: ["-c", script], input: .array(table), output: .string(limit: 4096),
            error: .string(limit: 4096))
        #expect(result.standardError == "")
        #expect(
            result.standardOutput.split(separator: "\n") == [
                "7 4 -0.005 predicted", "7 12 -0.005 missing", " 4 -0.005 ", " 12 -0.005 ", "12 4 -0.005 ", "12 12 -0.005 ",
            ])
    }
}
