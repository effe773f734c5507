import Daemon
import Flow
import Foundation
import Media
import TestSupport
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings
@testable import Web

@Suite struct MetricsTests {
    @Test func histogramsAreCumulative() {
        var histogram = Histogram(bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7] { histogram.add(value) }
        var text = MetricsText()
        text.family("x_seconds", .histogram, "Help.")
        text.samples("x_seconds", ["stream": #"a"\b"# + "\n"], histogram)
        let label = #"stream="a\"\\b\n""#
        #expect(
            text.text == """
                # HELP x_seconds Help.
                # TYPE x_seconds histogram
                x_seconds_bucket{\(label),le="0.1"} 2
                x_seconds_bucket{\(label),le="1"} 3
                x_seconds_bucket{\(label),le="+Inf"} 4
                x_seconds_sum{\(label)} 7.65
                x_seconds_count{\(label)} 4

                """)
    }

    @Test func thePageHoldsEveryStream() throws {
        let board = StreamBoard()
        for name in ["one", "two"] {
            let status = StreamStatus(name: name)
            board.channel(of: name).begin(status)
            status.note { $0.frames = 7 }
            status.meters.detecting.measure {}
        }
        let text = MetricsPage(board, web: WebServer.Counts()).text
        for line in [
            #"posed_frames_total{stream="one"} 7"#, #"posed_frames_total{stream="two"} 7"#,
            #"posed_stage_seconds_count{stream="two",stage="detect"} 1"#, #"posed_build_info{version="\#(posedVersion)"} 1"#,
            #"posed_latency_seconds_bucket{stream="one",le="+Inf"} 0"#, #"posed_source_state{stream="one",state="connecting"} 1"#,
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        let resident = try #require(text.firstMatch(of: /\nprocess_resident_memory_bytes (\d+)\n/)?.1)
        #expect(try #require(Int(resident)) > 1_000_000)
        try check(text)
    }

    /// Prometheus' own tool, of Debian's package `prometheus` (`make test-deps`).
    private func check(_ text: String) throws {
        let process = makeProcess()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["promtool", "check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        input.fileHandleForWriting.closeFile()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "promtool: \(said)")
    }
}
