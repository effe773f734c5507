import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Identities and smoothed joints, from boxes whose people are known, and `posed refine` of what comes out.
@Suite(.timeLimit(.minutes(10))) struct FollowingTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    /// A video of 20 frames in which one person stands from frame 0 to 14 and another from 5 on.
    func process(_ options: String...) async throws -> Records {
        try await workshop.makeVideo("clip.mp4")
        let boxes = (0..<20).map { frame in
            let boxes = [frame < 15 ? "[2,10,40,100]" : nil, frame >= 5 ? "[54,10,40,100]" : nil].compactMap(\.self)
            return #"{"frame":\#(frame),"boxes":[\#(boxes.joined(separator: ","))]}"#
        }
        try workshop.write(boxes.joined(separator: "\n"), to: "boxes.jsonl")
        let outcome = try await workshop.posed(
            ["process", "clip.mp4", "--boxes", "boxes.jsonl", "--out", "poses.jsonl"] + options
        ) { _ in }
        try #require(outcome.status == .exited(0), "\(outcome.messages)")
        #expect(outcome.messages.contains { $0.contains("  2 people; ") }, "\(outcome.messages)")
        // Revised frames are not counted twice: what follows the detector's part has 20 frames.
        let counts = outcome.messages.filter { $0.hasPrefix("  ") }.compactMap { $0.firstMatch(of: /ms x (\d+)/)?.1 }
        #expect(counts.dropFirst().allSatisfy { $0 == "20" }, "\(outcome.messages)")
        return try Records(try workshop.text(of: "poses.jsonl"))
    }

    /// What the schema says against a record stream of the workshop.
    func problems(in name: String) async throws -> String {
        let script = repositoryRoot.appending(path: "scripts/validate.py").path
        let result = try await run(
            .path("/usr/bin/python3"), arguments: [script, "--strict", workshop.path(name)], output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        return result.standardOutput + result.standardError
    }

    func ids(_ records: Records) -> [[Int]] { records.people.map { $0.compactMap { $0["id"] as? Int }.sorted() } }

    @Test func everybodyKeepsAnIdentityAndHasAnEnd() async throws {
        let records = try await process()
        #expect(try await problems(in: "poses.jsonl") == "")
        #expect(ids(records) == (0..<20).map { ($0 < 15 ? [1] : []) + ($0 >= 5 ? [2] : []) })
        #expect(records.tracks.map { $0["event"] as? String } == ["start", "start", "end", "end"])
        #expect(records.tracks.map { $0["id"] as? Int } == [1, 2, 1, 2])
        #expect(isClose(records.tracks.compactMap { $0["pts_ns"] as? Double }.map { $0 / 4e7 }, [0, 5, 14, 19], within: 0.01))
        let person = try #require(records.people.last?.first)
        let session = try #require(records.header["session"] as? String)
        #expect(person["uid"] as? String == "clip-\(session)-2")
        #expect(person["age_s"] as? Double == 0.56)
        #expect((person["kps"] as? [Any])?.count == 17)
        #expect((person["state"] as? String)?.count == 17)
        #expect((person["sigma"] as? [Any])?.count == 17)
        #expect(records.revisions.isEmpty)
    }

    @Test func whoeverIsForgottenComesBackAsSomebodyElse() async throws {
        try await workshop.makeVideo("clip.mp4")
        let frames = (0..<20).filter { $0 < 5 || $0 >= 15 }
        try workshop.write(
            frames.map { #"{"frame":\#($0),"boxes":[[20,10,60,100]]}"# }.joined(separator: "\n"), to: "boxes.jsonl")
        for (buffer, ids) in [("2", [1]), ("0.1", [1, 2])] {
            let outcome = try await workshop.posed(
                "process", "clip.mp4", "--boxes", "boxes.jsonl", "--out", "-", "--track-buffer", buffer)
            #expect(Set(self.ids(try Records(outcome.output)).joined()).sorted() == ids)
        }
    }

    @Test func smoothingAndRepairsObeyTheirOptions() async throws {
        func joints(_ options: String...) async throws -> [Any?] {
            let outcome = try await workshop.posed(
                ["process", "clip.mp4", "--boxes", "boxes.jsonl", "--out", "poses.jsonl"] + options
            ) { _ in }
            try #require(outcome.status == .exited(0), "\(outcome.messages)")
            if options.contains("--no-bone-gate") {
                #expect(outcome.messages.contains("  2 people; 0 joints held back"), "\(outcome.messages)")
            }
            return try Records(workshop.text(of: "poses.jsonl")).people.joined().map { $0["kps"] }
        }
        _ = try await process()
        let usual = try await joints() as NSArray
        #expect(try await joints() as NSArray == usual)
        #expect(try await joints("--min-cutoff", "0.1") as NSArray != usual)
        #expect(try await joints("--beta", "0") as NSArray != usual)
        _ = try await joints("--no-bone-gate")
    }

    @Test func withALagEveryFrameComesTwiceAndIsDrawnOnce() async throws {
        let records = try await process("--lag", "0.2", "--overlay", "poses.mp4")
        #expect(try await problems(in: "poses.jsonl") == "")
        #expect(records.numbers == Array(0..<20))
        #expect(records.revisions.compactMap { $0["frame"] as? Int } == Array(0..<20))
        #expect(try await workshop.times(of: "poses.mp4").count == 20)
        let refined = try await workshop.posed("refine", "poses.jsonl", "--out", "-")
        let once = try Records(refined.output)
        #expect(once.numbers == Array(0..<20) && once.revisions.isEmpty)
    }

    @Test(arguments: ["butterworth", "rts"]) func refinedRecordsAreRecords(method: String) async throws {
        let records = try await process()
        let outcome = try await workshop.posed("refine", "poses.jsonl", "--method", method)
        #expect(outcome.status == .exited(0))
        #expect(outcome.messages == ["poses.refined.jsonl: 20 frames, 2 people"])
        #expect(try await problems(in: "poses.refined.jsonl") == "")
        let refined = try Records(try workshop.text(of: "poses.refined.jsonl"))
        #expect(refined.header as NSDictionary == records.header as NSDictionary)
        #expect(refined.tracks as NSArray == records.tracks as NSArray)
        #expect(refined.numbers == records.numbers)
        #expect(ids(refined) == ids(records))
        func said(_ records: Records) -> [[Any?]] { records.people.joined().map { [$0["bbox"], $0["kp"]] } }
        #expect(said(refined) as NSArray == said(records) as NSArray)
    }

    /// Lines and keys of a later posed.
    @Test func whatIsUnknownIsPassedOn() async throws {
        _ = try await process()
        var lines = try workshop.text(of: "poses.jsonl")
            .replacing(#"{"bbox""#, with: #"{"mood":"glad" , "bbox""#).replacing(#"{"type""#, with: #"{"since":2,"type""#)
            .split(separator: "\n").map(String.init)
        lines.insert(#"{"type":"weather","sun":true}"#, at: 10)
        try workshop.write(lines.joined(separator: "\n") + "\n", to: "poses.jsonl")
        let outcome = try await workshop.posed("refine", "poses.jsonl", "--out", "-")
        let smoothed = /"kps":\[.*?\],"state":".*?","sigma":\[.*?\]/
        let refined = outcome.output.split(separator: "\n").map { String($0).replacing(smoothed, with: "") }
        #expect(refined == lines.map { $0.replacing(smoothed, with: "") })
    }

    @Test func theBenchmarkSaysWhatAFrameTakes() async throws {
        let outcome = try await workshop.posed("bench", "follow", "--frames", "100", "--people", "2,10")
        let rows = outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ").compactMap { Double($0) } }
        #expect(outcome.status == .exited(0) && rows.map(\.first) == [2, 10] && rows.allSatisfy { $0.count == 5 && $0[3] > 0 })
    }

    @Test(
        arguments: [
            ("process clip.mp4 --track-buffer -1", 64),
            ("process clip.mp4 --lag 0", 64),
            ("process clip.mp4 --min-cutoff 0", 64),
            ("process clip.mp4 --beta nan", 64),
            ("process clip.mp4 --trail 61", 64),
            ("refine nowhere.jsonl", 66),
            ("refine poses.jsonl --out poses.jsonl", 64),
            ("refine poses.jsonl --cutoff 0", 64),
            ("refine poses.jsonl --longest-gap 11", 64),
            ("refine poses.jsonl --method mean", 64),
            ("refine poses.jsonl --out nowhere/out.jsonl", 73),
            ("refine poses.jsonl --out /dev/full", 74),
            ("refine untracked.jsonl --out out.jsonl", 65),
            ("refine back.jsonl --out out.jsonl", 65),
            ("refine cut.jsonl --out out.jsonl", 65),
        ] as [(String, Int32)]) func whatCannotBeIsRefusedInOneLine(command: String, code: Int32) async throws
    {
        let header = String(RecordingTests.untracked.prefix { $0 != "\n" }) + "\n"
        func frame(_ index: Int) -> String {
            #"{"type":"frame","frame":\#(index),"pts_ns":\#(index),"persons":[{"bbox":[1,2,3,4],"score":1,"kp":[[1,2,1]],"#
                + #""id":1,"uid":"a-b-1","age_s":0,"kps":[null],"state":"m","sigma":[null]}]}"# + "\n"
        }
        try workshop.write(RecordingTests.untracked, to: "untracked.jsonl")
        try workshop.write(header + frame(0) + frame(1), to: "poses.jsonl")
        try workshop.write(header + frame(1) + frame(0), to: "back.jsonl")
        try workshop.write(header + frame(0) + String(frame(1).dropLast(20)), to: "cut.jsonl")
        let outcome = try await workshop.posed(command.split(separator: " ").map(String.init)) { _ in }
        #expect(outcome.status == .exited(code), "\(outcome.messages)")
        #expect(outcome.messages.count == 1 && outcome.complaints.count == 1, "\(outcome.messages)")
        #expect(!workshop.exists("out.jsonl"))
        #expect(try workshop.text(of: "poses.jsonl") == header + frame(0) + frame(1))
    }
}
