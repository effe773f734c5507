/// Boxes with identities in the MOTChallenge format: a row a box, `frame, id, left, top, width, height, confidence, …`,
/// frames counted from 1.
package struct TrackFile: Sendable {
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

    /// Whole numbers beyond this are no frames, ids or classes.
    private static let largest = 1_000_000_000.0

    /// Reads rows that end in LF, CRLF or CR. Throws at the first that is no row, or whose frame is 0: frames count from 1.
    ///
    /// - Parameter name: what complaints call the file.
    package init(_ text: String, named name: String) throws(EvaluationError) {
        var rows: [Row] = []
        var seen: Set<[Int]> = []
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split { $0 == "," || $0.isWhitespace }
            guard !fields.isEmpty else { continue }
            let numbers = fields.compactMap { Double($0) }
            guard numbers.count == fields.count, 6...20 ~= numbers.count, numbers.allSatisfy(\.isFinite),
                let frame = Self.whole(numbers[0]), let id = Self.whole(numbers[1]),
                numbers[2..<6].allSatisfy({ abs($0) <= Self.largest })
            else {
                throw EvaluationError("\(name):\(index + 1): a row is frame, id, left, top, width, height, confidence, …")
            }
            guard frame >= 1 else {
                throw EvaluationError(
                    "\(name):\(index + 1): frame \(frame): MOTChallenge counts frames from 1; add 1 to every frame of this file")
            }
            let kind = 8...9 ~= numbers.count ? Self.whole(numbers[7]) : nil
            guard kind != nil || !(8...9 ~= numbers.count) else {
                throw EvaluationError("\(name):\(index + 1): the eighth number is a class, and \(numbers[7]) is none")
            }
            guard seen.insert([frame, id]).inserted else {
                throw EvaluationError("\(name):\(index + 1): id \(id) is in frame \(frame) already")
            }
            rows.append(
                Row(
                    frame: frame, id: id, box: Array(numbers[2..<6]), confidence: numbers.count > 6 ? numbers[6] : 1,
                    kind: kind))
        }
        self.rows = rows
    }

    private static func whole(_ number: Double) -> Int? { abs(number) <= largest ? Int(exactly: number) : nil }
}
