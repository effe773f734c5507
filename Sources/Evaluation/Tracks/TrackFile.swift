import PoseTypes

/// Boxes with identities in the MOTChallenge format: a row a box, `frame, id, left, top, width, height, confidence, …`,
/// frames counted from 1.
public struct TrackFile: Sendable {
    struct Row {
        let frame: Int
        let id: Int
        /// `[left, top, width, height]`
        let box: [Double]
        /// In ground truth 0 means: not to be evaluated.
        let confidence: Double
        /// 1 is a pedestrian. Nil where the file has no classes: results, and ground truth of 2015, whose ten columns end
        /// in a place in the world (8 and 9 columns: class, visibility).
        let kind: Int?
    }

    let rows: [Row]

    /// - Parameter name: what complaints call the file.
    public init(_ text: String, named name: String) throws(EvaluationError) {
        var rows: [Row] = []
        var seen: Set<[Int]> = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let fields = line.split { $0 == "," || $0.isWhitespace }
            guard !fields.isEmpty else { continue }
            let numbers = fields.compactMap { Double($0) }
            guard numbers.count == fields.count, numbers.count >= 6, numbers.allSatisfy(\.isFinite),
                let frame = Int(exactly: numbers[0]), let id = Int(exactly: numbers[1])
            else {
                throw EvaluationError("\(name):\(index + 1): a row is frame, id, left, top, width, height, confidence, …")
            }
            guard seen.insert([frame, id]).inserted else {
                throw EvaluationError("\(name):\(index + 1): id \(id) is in frame \(frame) already")
            }
            rows.append(
                Row(
                    frame: frame, id: id, box: Array(numbers[2..<6]), confidence: numbers.count > 6 ? numbers[6] : 1,
                    kind: 8...9 ~= numbers.count ? Int(saturating: numbers[7]) : nil))
        }
        self.rows = rows
    }
}
