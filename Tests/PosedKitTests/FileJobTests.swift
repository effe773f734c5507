import Foundation
import Testing

@testable import PosedKit

/// Every path lies in a folder of its own.
@Suite final class FileJobTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID())").path
    let manager = FileManager.default

    init() throws {
        try manager.createDirectory(atPath: folder + "/there", withIntermediateDirectories: true)
        for name in ["a.mp4", "b.mp4", "there/a.mp4"] { try Data().write(to: URL(filePath: "\(folder)/\(name)")) }
    }

    deinit { try? manager.removeItem(atPath: folder) }

    func plan(
        _ inputs: [String], out: String? = nil, overlay: String? = nil, keeping: [String] = []
    ) throws -> [FileJob] {
        let all = try FileJob.plan(
            inputs: inputs.map { "\(folder)/\($0)" }, out: out.map { $0 == "-" ? $0 : "\(folder)/\($0)" },
            overlay: overlay.map { "\(folder)/\($0)" }, keeping: keeping.map { "\(folder)/\($0)" })
        let prefix = folder + "/"
        return all.map { job in
            var job = job
            job.input.trimPrefix(prefix)
            job.records.trimPrefix(prefix)
            switch job.overlay {
            case .file(let path)?: job.overlay = .file(String(path.dropFirst(prefix.count)))
            case .folder(let path)?: job.overlay = .folder(String(path.dropFirst(prefix.count)))
            case nil: break
            }
            return job
        }
    }

    @Test func recordsLieBesideTheirInput() throws {
        #expect(try plan(["a.mp4"]) == [FileJob(input: "a.mp4", records: "a.mp4.poses.jsonl")])
        #expect(try plan(["there/"]) == [FileJob(input: "there/", records: "there.poses.jsonl")])
        #expect(try plan(["a.mp4", "there/a.mp4"]).map(\.records) == ["a.mp4.poses.jsonl", "there/a.mp4.poses.jsonl"])
    }

    @Test func aFileIsNamed() throws {
        let job = FileJob(input: "a.mp4", records: "x.jsonl", overlay: .file("x.mp4"))
        #expect(try plan(["a.mp4"], out: "x.jsonl", overlay: "x.mp4") == [job])
        #expect(try plan(["a.mp4"], out: "-").map(\.records) == ["-"])
    }

    @Test func aFolderHoldsTheResultsOfAllInputs() throws {
        let jobs = try plan(["a.mp4", "b.mp4"], out: "there", overlay: "new/deep")
        #expect(jobs.map(\.records) == ["there/a.mp4.poses.jsonl", "there/b.mp4.poses.jsonl"])
        #expect(jobs.map(\.overlay) == [.folder("new/deep"), .folder("new/deep")])
        #expect(try jobs[0].overlayPath(isPicture: false) == "new/deep/a.mp4.overlay.mp4")
        #expect(try jobs[0].overlayPath(isPicture: true) == "new/deep/a.mp4.overlay.png")
        #expect(manager.fileExists(atPath: folder + "/new/deep"))
    }

    @Test func aSlashMakesAFolderOfOneResult() throws {
        #expect(try plan(["a.mp4"], out: "new/").map(\.records) == ["new/a.mp4.poses.jsonl"])
        #expect(manager.fileExists(atPath: folder + "/new"))
    }

    @Test func anOverlayIsNamedLikeWhatItIs() throws {
        let video = FileJob(input: "a.mp4", records: "-", overlay: .file("x.png"))
        #expect(throws: PosedError.self) { try video.overlayPath(isPicture: false) }
        #expect(try video.overlayPath(isPicture: true) == "x.png")
    }

    func refuses(_ message: String, _ body: () throws -> [FileJob]) {
        let error = #expect(throws: PosedError.self) { try body() }
        #expect(error?.kind == .usage)
        #expect(error?.description.replacing(folder + "/", with: "") == message)
    }

    @Test func severalInputsNeedAFolder() {
        refuses("the records of several inputs do not fit on standard output: name a folder with --out") {
            try plan(["a.mp4", "b.mp4"], out: "-")
        }
        refuses("--out b.mp4 is one file for several inputs: name a folder") { try plan(["a.mp4", "b.mp4"], out: "b.mp4") }
        refuses("--overlay x.mp4 is one file for several inputs: name a folder") {
            try plan(["a.mp4", "b.mp4"], overlay: "x.mp4")
        }
    }

    @Test func noTwoResultsGoToOnePlace() {
        refuses("two results would go to there/a.mp4.poses.jsonl: process them apart, or rename an input") {
            try plan(["a.mp4", "there/a.mp4"], out: "there")
        }
        refuses("two results would go to a.mp4.poses.jsonl: process them apart, or rename an input") {
            try plan(["a.mp4", "a.mp4"])
        }
        refuses("two results would go to there/../x.mp4: process them apart, or rename an input") {
            try plan(["a.mp4"], out: "x.mp4", overlay: "there/../x.mp4")
        }
    }

    @Test func noInputIsOverwritten() throws {
        refuses("a.mp4 is an input: it would be overwritten") { try plan(["a.mp4"], overlay: "a.mp4") }
        refuses("b.mp4 is an input: it would be overwritten") { try plan(["a.mp4"], out: "b.mp4", keeping: ["b.mp4"]) }
        try manager.linkItem(atPath: folder + "/a.mp4", toPath: folder + "/hard.mp4")
        try manager.createSymbolicLink(atPath: folder + "/soft.mp4", withDestinationPath: "a.mp4")
        refuses("hard.mp4 is an input: it would be overwritten") { try plan(["a.mp4"], overlay: "hard.mp4") }
        refuses("soft.mp4 is an input: it would be overwritten") { try plan(["a.mp4"], overlay: "soft.mp4") }
    }

    @Test func devicesTakeAnyNumberOfResults() throws {
        let jobs = try FileJob.plan(inputs: ["a.mp4"], out: "/dev/null", overlay: nil, keeping: ["/dev/null"])
        #expect(jobs.map(\.records) == ["/dev/null"])
    }

    @Test func theRecordsOfAnAddressNeedAName() throws {
        refuses("http://host/a.mp4 is an address: name a file for its records with --out") {
            try FileJob.plan(inputs: ["http://host/a.mp4"], out: nil, overlay: nil)
        }
    }

    @Test func aFolderThatCannotBeMadeIsNoUsageError() {
        let error = #expect(throws: PosedError.self) { try plan(["a.mp4"], out: "b.mp4/x/") }
        #expect(error?.kind == .cannotCreate)
    }
}
