import Basics
/// The lines of `COCOeval.summarize`: what each averages, in pycocotools' order.
struct SummaryRow: Sendable {
    let name: String
    var range = "all"
    /// Nil: the mean over all thresholds.
    var threshold: Double?
    /// How many results of a picture count.
    var limit: Int

    private var isPrecision: Bool { name.hasPrefix("AP") }

    static let keypoints = ["AP", "AR"].flatMap { kind in
        [
            SummaryRow(name: kind, limit: 20),
            SummaryRow(name: "\(kind)50", threshold: 0.5, limit: 20),
            SummaryRow(name: "\(kind)75", threshold: 0.75, limit: 20),
            SummaryRow(name: "\(kind)m", range: "medium", limit: 20),
            SummaryRow(name: "\(kind)l", range: "large", limit: 20),
        ]
    }

    static let boxes = [
        SummaryRow(name: "AP", limit: 100),
        SummaryRow(name: "AP50", threshold: 0.5, limit: 100),
        SummaryRow(name: "AP75", threshold: 0.75, limit: 100),
        SummaryRow(name: "APs", range: "small", limit: 100),
        SummaryRow(name: "APm", range: "medium", limit: 100),
        SummaryRow(name: "APl", range: "large", limit: 100),
        SummaryRow(name: "AR1", limit: 1),
        SummaryRow(name: "AR10", limit: 10),
        SummaryRow(name: "AR100", limit: 100),
        SummaryRow(name: "ARs", range: "small", limit: 100),
        SummaryRow(name: "ARm", range: "medium", limit: 100),
        SummaryRow(name: "ARl", range: "large", limit: 100),
    ]

    /// The mean of what the curve has at this row's thresholds; -1 without a curve.
    func figure(from curve: PrecisionRecall, thresholds: [Double]) -> COCOEvaluation.Figure {
        let chosen = curve.recall.indices.filter { threshold == nil || thresholds[$0] == threshold }
        let values = isPrecision ? chosen.flatMap { curve.precision[$0] } : chosen.map { curve.recall[$0] }
        let value = values.isEmpty ? -1 : values.reduce(0, +) / Double(values.count)
        let overlap = threshold.map { decimals($0, 2) } ?? "0.50:0.95"
        let line =
            " " + (isPrecision ? "Average Precision" : "Average Recall").padded(to: 18) + (isPrecision ? " (AP)" : " (AR)")
            + " @[ IoU=" + overlap.padded(to: 9) + " | area=" + range.led(to: 6) + " | maxDets=" + "\(limit)".led(to: 3)
            + " ] = " + decimals(value, 3)
        return COCOEvaluation.Figure(name: name, value: value, line: line)
    }
}
