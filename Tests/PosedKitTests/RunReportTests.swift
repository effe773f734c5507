import Flow
import Testing

@testable import PosedKit

@Suite struct RunReportTests {
    func statistics(
        _ name: String, role: StageStatistics.Role = .stage, items: Int, milliseconds: Int
    ) -> StageStatistics {
        var statistics = StageStatistics(name: name, role: role)
        statistics.items = items
        statistics.busy = .milliseconds(milliseconds)
        return statistics
    }

    @Test func theSummaryHasALineForEveryStageThatRan() {
        let report = RunReport(
            job: FileJob(input: "squat.mp4", records: "-"), opening: statistics("open", items: 1, milliseconds: 50),
            pipeline: [
                statistics("decode", role: .source, items: 322, milliseconds: 1000),
                statistics("track people", items: 322, milliseconds: 8000),
                statistics("write", role: .sink, items: 320, milliseconds: 16),
            ],
            parts: [statistics("detect", items: 0, milliseconds: 0), statistics("estimate", items: 322, milliseconds: 7000)],
            decoding: Decode.Report(), wall: 10)
        #expect(report.frames == 320)
        #expect(
            report.description == """
                squat.mp4: 320 frames in 10.0 s: 32.0 fps
                  open         50.00 ms x 1         0 %
                  decode        3.11 ms x 322      10 %
                  estimate     21.74 ms x 322      70 %
                  write         0.05 ms x 320       0 %
                """)
    }
}
