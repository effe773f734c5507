import Basics
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

    @Test func aLineThatDoesNotFitIsCutOff() throws {
        // A sealed file in memory takes no more than a page: the second line fits in part.
        // The names that Glibc's module does not export: MFD_ALLOW_SEALING, F_ADD_SEALS, F_SEAL_GROW.
        typealias MemoryFile = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
        let descriptor = unsafeBitCast(try #require(dlsym(nil, "memfd_create")), to: MemoryFile.self)("sealed", 2)
        #expect(ftruncate(descriptor, 4096) == 0)
        #expect(fcntl(descriptor, 1033, 4) == 0)
        let writer = JSONLinesWriter(descriptor: descriptor, name: "sealed", owned: true)
        try writer.write([UInt8](repeating: 97, count: 3000) + [10])
        #expect(throws: DeliveryError.self) { try writer.write([UInt8](repeating: 98, count: 3000) + [10]) }
        #expect(lseek(descriptor, 0, SEEK_END) == 3001)
    }
}
