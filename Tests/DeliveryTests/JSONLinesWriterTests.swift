import Foundation
import Testing

@testable import Delivery

@Suite struct JSONLinesWriterTests {
    let path = FileManager.default.temporaryDirectory.appending(path: "writer-\(UUID()).jsonl").path

    @Test func aLineIsInTheFileAtOnce() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = try JSONLinesWriter(path: path)
        try writer.write(Array("one\n".utf8))
        #expect(FileManager.default.contents(atPath: path) == Data("one\n".utf8))
        try writer.write(Array("two\n".utf8))
        try writer.finish()
        #expect(FileManager.default.contents(atPath: path) == Data("one\ntwo\n".utf8))
    }

    @Test func anOutputThatCannotBeMadeIsNamed() {
        let error = DeliveryError.cannotOpen(path: "/nowhere/out.jsonl", code: ENOENT)
        #expect(throws: error) { try JSONLinesWriter(path: "/nowhere/out.jsonl") }
        #expect(error.description == "cannot open /nowhere/out.jsonl for writing: No such file or directory")
    }

    @Test func aFullDiskIsAnError() throws {
        let writer = try JSONLinesWriter(path: "/dev/full")
        #expect(throws: DeliveryError.diskFull(path: "/dev/full")) { try writer.write(Array("one\n".utf8)) }
    }

    @Test func aReaderThatGoesAwayIsAnError() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let writer = JSONLinesWriter(descriptor: ends[1], name: "pipe", owned: true)
        #expect(throws: DeliveryError.readerGone(path: "pipe")) { try writer.write(Array("one\n".utf8)) }
    }
}
