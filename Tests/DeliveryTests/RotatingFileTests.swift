import Foundation
import PoseTypes
import Records
import Synchronization
import TestSupport
import Testing

@testable import Delivery

/// A folder that goes when the test is over, and a clock that the test turns.
final class Shelf {
    let folder = FileManager.default.temporaryDirectory.appending(path: "shelf-\(UUID())")
    /// 2026-11-22T11:30:00Z.
    var now: Int64 = 1_795_347_000_000_000_000

    init() { try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { folder.appending(path: "poses.jsonl").path }
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() }
    func text(_ name: String = "poses.jsonl") -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }
    func put(_ text: String, in name: String = "poses.jsonl") throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }
    /// As a restart finds it: what is there was last written by the test's clock.
    func age() throws {
        let date = Date(timeIntervalSince1970: Double(now) / 1e9)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }
    func open(_ policy: RotatingFile.Policy = .init()) throws -> RotatingFile {
        try RotatingFile(path: path, policy: policy) { [unowned self] in now }
    }
}

private let header = #"{"type":"header"}"# + "\n"

extension RecordSink {
    func header(_ text: String) throws { try header(Array(text.utf8)) }
    func records(_ text: String) throws { try records(Array(text.utf8)) }
}

@Suite struct RotatingFileTests {
    let shelf = Shelf()

    @Test func aRestartGoesOnWithANewHeader() throws {
        for run in 1...2 {
            let file = try shelf.open()
            try file.header(header)
            try file.records("\(run)\n")
            try file.finish()
        }
        #expect(shelf.text() == header + "1\n" + header + "2\n")
        #expect(shelf.names == ["poses.jsonl"])
    }

    @Test func aFullFileMakesWay() throws {
        let file = try shelf.open(.init(rotateSize: 30))
        try file.header(header)
        for number in 1...5 {
            try file.records("record \(number)\n")
            shelf.now += 250_000_000
        }
        #expect(
            shelf.names == [
                "poses-20261122T113000250Z.jsonl", "poses-20261122T113000500Z.jsonl", "poses-20261122T113000750Z.jsonl",
                "poses-20261122T113001000Z.jsonl", "poses.jsonl",
            ])
        #expect(shelf.text(shelf.names[1]) == header + "record 2\n")
        #expect(shelf.text() == header + "record 5\n")
    }

    @Test func namesAreNeverTakenTwice() throws {
        let file = try shelf.open(.init(rotateSize: 1))
        try file.header(header)
        for number in 1...3 { try file.records("\(number)\n") }
        #expect(shelf.names.dropLast() == ["poses-20261122T113000000Z.jsonl", "poses-20261122T113000001Z.jsonl"])
    }

    @Test func anOldFileMakesWayOnTheHour() throws {
        let file = try shelf.open(.init(rotateAge: 3600))
        try file.header(header)
        try file.records("half past\n")
        shelf.now += 1_799_000_000_000
        try file.records("a second to twelve\n")
        shelf.now += 1_000_000_000
        try file.records("twelve\n")
        #expect(shelf.names == ["poses-20261122T120000000Z.jsonl", "poses.jsonl"])
        #expect(shelf.text(shelf.names[0]) == header + "half past\na second to twelve\n")
        #expect(shelf.text() == header + "twelve\n")
    }

    @Test func aRestartDoesNotForgetTheAge() throws {
        for minutes in [0, 20, 20] {
            shelf.now += Int64(minutes) * 60_000_000_000
            let file = try shelf.open(.init(rotateAge: 3600))
            try file.header(header)
            try file.records("\(minutes)\n")
            try file.finish()
            try shelf.age()
        }
        #expect(shelf.names == ["poses-20261122T121000000Z.jsonl", "poses.jsonl"])
        #expect(shelf.text(shelf.names[0]) == header + "0\n" + header + "20\n")
    }

    @Test func onlyTheNewestAreKeptAndNothingElseIsTouched() throws {
        let others = ["poses-notes.jsonl", "poses-20261122T113000000Z.csv", "hands-20261122T113000000Z.jsonl"]
        for name in others { try shelf.put("", in: name) }
        let file = try shelf.open(.init(rotateSize: 1, keep: 2))
        try file.header(header)
        for number in 1...6 { try file.records("\(number)\n") }
        #expect(shelf.names.filter { !others.contains($0) }.map { shelf.text($0) } == [4, 5, 6].map { header + "\($0)\n" })
        #expect(Set(others).isSubset(of: shelf.names))
    }

    @Test func aHeaderThatChangesIsInTheMiddleAndInTheNextFile() throws {
        let other = #"{"type":"header","width":2}"# + "\n"
        let file = try shelf.open(.init(rotateSize: 50))
        try file.header(header)
        try file.records("1\n")
        try file.header(other)
        try file.records("2 and so on\n")
        #expect(shelf.names.map { shelf.text($0) } == [header + "1\n" + other, other + "2 and so on\n"])
    }

    /// Wherever a killed process left the file, every line of it parses after a restart.
    @Test func aTornLineIsCutOffWhereverItIsTorn() throws {
        let encoder = RecordEncoder(Example.header)
        let whole = encoder.headerLine() + encoder.frame(Example.live()) + encoder.frame(Example.frame(people: 0))
        let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
        for count in stride(from: 1, through: whole.count, by: 7) {
            try shelf.put(text(Array(whole.prefix(count))))
            let file = try shelf.open()
            try file.header(encoder.headerLine())
            try file.records(encoder.frame(Example.frame(people: 1)))
            try file.finish()
            var reader = try RecordReader(path: shelf.path)
            var records = 0
            while try reader.next() != nil { records += 1 }
            #expect(records == ends.count { $0 < count } + 2, "torn after \(count) bytes")
        }
    }

    @Test func aLongTornLineIsCutOffToo() throws {
        try shelf.put(header + String(repeating: "x", count: 200_000))
        try shelf.open().finish()
        #expect(shelf.text() == header)
    }

    @Test func whatIsNoFileOfRecordsIsLeftAlone() throws {
        try shelf.put("dear diary\n")
        let error = DeliveryError.occupied(path: shelf.path, by: "no file of records")
        #expect(throws: error) { try shelf.open() }
        #expect(shelf.text() == "dear diary\n")
        #expect(throws: DeliveryError.occupied(path: "/dev/null", by: "no regular file")) { try RotatingFile(path: "/dev/null") }
        #expect(error.description == "cannot open \(shelf.path) for writing: it is no file of records, which is left alone")
    }

    @Test func twoDoNotWriteOneFile() throws {
        let file = try shelf.open(.init(rotateSize: 1))
        try file.header(header)
        for number in 1...3 {
            #expect(throws: DeliveryError.inUse(path: shelf.path)) { try shelf.open() }
            try file.records("\(number)\n")
        }
        try file.finish()
        try shelf.open().finish()
    }

    @Test func aFileThatSomebodyTookAwayIsBegunAnew() throws {
        let file = try shelf.open()
        try file.header(header)
        try file.records("1\n")
        try FileManager.default.moveItem(atPath: shelf.path, toPath: shelf.path + ".1")
        try file.records("2\n")
        #expect(shelf.names.map { shelf.text($0) } == [header + "2\n", header + "1\n"])
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() {
        #expect(throws: DeliveryError.cannotOpen(path: "/nowhere/a.jsonl", code: ENOENT)) {
            try RotatingFile(path: "/nowhere/a.jsonl")
        }
    }

    @Test(arguments: [("a/poses.jsonl", "a", "poses-T.jsonl"), ("/poses", "/", "poses-T"), (".hidden", ".", ".hidden-T")])
    func rotatedNamesKeepTheEnding(path: String, folder: String, name: String) {
        let stamp = "20261122T113000000Z"
        let names = RotatedNames(of: path)
        #expect(names.folder == folder)
        #expect(names.next(at: shelf.now) == "\(folder)/" + name.replacing("T", with: stamp))
    }
}
