import Basics
import Foundation

import TestSupport
import Testing

@testable import Delivery
@testable import Records

/// Waits up to ten seconds for something that happens on another queue.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<1000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

@Suite(.serialized, .ownThread) struct RecordSocketTests {
    let path = "/tmp/posed-\(UUID().uuidString.prefix(8)).sock"

    /// Those of the server with this path, the one that listens included.
    func openSockets() -> Int {
        let lines = (try? String(contentsOf: URL(filePath: "/proc/net/unix"), encoding: .utf8)) ?? ""
        return lines.split(separator: "\n").count { $0.hasSuffix(" " + path) }
    }

    @Test func everyReaderGetsTheHeaderFirst() async throws {
        let socket = try RecordSocket(path: path)
        let early = try SocketReader(path)
        #expect(await eventually { socket.readers == 1 })
        try socket.header("h\n")
        try socket.records("1\n")
        #expect(early.read(until: "1\n") == "h\n1\n")
        let late = try SocketReader(path)
        #expect(late.read(until: "h\n") == "h\n")
        try socket.records("2\n")
        #expect(early.read(until: "2\n") == "2\n")
        #expect(late.read(until: "2\n") == "2\n")
        socket.finish()
        #expect(early.read() == "" && late.read() == "")
    }

    @Test func aSlowReaderIsToldWhatItLostAndHarmsNobody() throws {
        let socket = try RecordSocket(path: path, capacity: 4)
        try socket.header("h\n")
        let slow = try SocketReader(path)
        let quick = try SocketReader(path)
        #expect(slow.read(until: "h\n") == "h\n" && quick.read(until: "h\n") == "h\n")
        for number in 1...5000 {
            let line = "\(number)" + String(repeating: ".", count: 1000) + "\n"
            try socket.records(line)
            #expect(quick.read(until: "\n") == line)
        }
        try socket.records("end\n")
        let lines = slow.read(until: "end\n").split(separator: "\n")
        let lost = lines.compactMap { line -> Int? in
            guard line.hasPrefix("{") else { return nil }
            guard
                case .lost(let records)? = try? JSONDecoder().decode(RecordLine.self, from: Data(line.utf8)).record(line: Data())
            else { return nil }
            return records
        }
        print("a reader that did not read 5001 records was told of \(lost) lost ones")
        // What it got and what it lost is what was sent, in order.
        #expect(lost.count >= 1 && lost.reduce(0, +) + lines.count - lost.count == 5001)
        let numbers = lines.compactMap { Int($0.prefix { $0.isNumber }) }
        #expect(numbers == numbers.sorted() && numbers.last == 5000)
        socket.finish()
    }

    @Test func readersThatGoAreForgottenWithTheirDescriptors() async throws {
        let socket = try RecordSocket(path: path)
        try socket.header("h\n")
        for _ in 0..<200 {
            let reader = try SocketReader(path)
            #expect(reader.read(until: "h\n") == "h\n")
            try socket.records("1\n")
        }
        #expect(await eventually { socket.readers == 0 && openSockets() == 1 })
        socket.finish()
    }

    @Test func aReaderMayCloseItsHalfAndReadOn() async throws {
        let socket = try RecordSocket(path: path)
        try socket.header("h\n")
        let reader = try SocketReader(path)
        reader.closeHalf()
        #expect(reader.read(until: "h\n") == "h\n")
        try socket.records("1\n")
        #expect(reader.read(until: "1\n") == "1\n")
        #expect(socket.readers == 1)
        socket.finish()
    }

    @Test func whatReadersSayIsPassedOver() throws {
        let socket = try RecordSocket(path: path)
        try socket.header("h\n")
        let reader = try SocketReader(path)
        let noise = [UInt8](repeating: 65, count: 100_000)
        #expect(reader.send(noise) == noise.count)
        #expect(reader.read(until: "h\n") == "h\n")
        socket.finish()
    }

    @Test func oneReaderTooManyIsTurnedAway() throws {
        let socket = try RecordSocket(path: path, limit: 2)
        try socket.header("h\n")
        let readers = try (0..<3).map { _ in try SocketReader(path) }
        #expect(readers.map { $0.read(until: "h\n") } == ["h\n", "h\n", ""])
        socket.finish()
    }

    @Test func theEndIsSentBeforeItIsTheEnd() throws {
        let socket = try RecordSocket(path: path, capacity: 5000)
        try socket.header("h\n")
        let reader = try SocketReader(path)
        #expect(reader.read(until: "h\n") == "h\n")
        let line = String(repeating: "x", count: 999) + "\n"
        for _ in 0..<2000 { try socket.records(line) }
        let done = DispatchSemaphore(value: 0)
        DispatchQueue(label: "finish").async { @Sendable [socket = Unchecked(value: socket)] in
            socket.value.finish()
            done.signal()
        }
        #expect(reader.read().utf8.count == 2_000_000)
        done.wait()
    }

    @Test func ownerAndGroupMayRead() throws {
        let socket = try RecordSocket(path: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o660)
        socket.finish()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aStaleSocketIsReplacedAndALiveOneIsNot() throws {
        let stale = try UnixSocket(listeningAt: path)
        #expect(throws: DeliveryError.inUse(path: path)) { try RecordSocket(path: path) }
        _ = consume stale
        #expect(FileManager.default.fileExists(atPath: path))
        let socket = try RecordSocket(path: path)
        try socket.header("h\n")
        #expect(try SocketReader(path).read(until: "h\n") == "h\n")
        socket.finish()
    }

    @Test func aFileInTheWayIsLeftAlone() throws {
        try Data("dear diary".utf8).write(to: URL(filePath: path))
        defer { unlink(path) }
        #expect(throws: DeliveryError.occupied(path: path, by: "no socket")) { try RecordSocket(path: path) }
        #expect(FileManager.default.contents(atPath: path) == Data("dear diary".utf8))
    }

    @Test func aPathThatCannotBeIsNamed() {
        let long = "/tmp/" + String(repeating: "x", count: 103)
        #expect(throws: DeliveryError.cannotOpen(path: long, code: ENAMETOOLONG)) { try RecordSocket(path: long) }
        #expect(throws: DeliveryError.cannotOpen(path: "/nowhere/a", code: ENOENT)) { try RecordSocket(path: "/nowhere/a") }
    }
}

// @unchecked Sendable because the test lets one thread at a time at it.
private struct Unchecked<Value>: @unchecked Sendable { let value: Value }
