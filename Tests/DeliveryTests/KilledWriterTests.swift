import Foundation
import Records
import Subprocess
import SystemPackage
import TestSupport
import Testing

@testable import Delivery

@Suite struct KilledWriterTests {
    /// Built with the tests, beside their bundle.
    static let mill = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "RecordMill").path

    /// SIGKILL at ten moments while records are written as fast as can be, and the file makes way every 500 kB.
    @Test func whatASIGKILLLeavesIsWholeButForTheLastLine() async throws {
        let shelf = Shelf()
        var torn = 0
        for round in 1...10 {
            let result = try await run(
                .path(FilePath(Self.mill)), arguments: [shelf.path, "500000"], input: .none, output: .discarded,
                error: .string(limit: 1000)
            ) { execution in
                try await Task.sleep(for: .milliseconds(60 + 7 * round))
                try execution.send(signal: .kill)
            }
            #expect(result.terminationStatus == .signaled(9), "\(result.standardError)")
            // One more where the kill came before the deletion of the oldest; the next rotation makes up for it.
            #expect(shelf.names.count <= 3)
            for name in shelf.names {
                let lines = shelf.text(name).split(separator: "\n", omittingEmptySubsequences: false)
                // What follows the last newline is nothing, or the torn line of the file that was being written.
                if let last = lines.last, !last.isEmpty {
                    #expect(name == "poses.jsonl")
                    torn += 1
                }
                var reader = RecordReader(bytes: Array(lines.dropLast().joined(separator: "\n").utf8), name: name)
                while try reader.next() != nil {}
            }
        }
        try RotatingFile(path: shelf.path).finish()
        var reader = try RecordReader(path: shelf.path)
        while try reader.next() != nil {}
        print("10 kills left \(torn) torn lines")
    }
}
