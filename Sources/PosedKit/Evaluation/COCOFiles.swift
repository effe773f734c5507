import Basics
import Evaluation
import FoundationEssentials
import PoseTypes

extension COCODataset {
    /// Reads an annotation file.
    static func read(path: String) throws(PosedError) -> COCODataset {
        let dataset: COCODataset = try decode(path, as: "COCO annotations")
        guard !dataset.pictures.isEmpty else { throw PosedError(.badData, "\(path) names no pictures") }
        return dataset
    }
}

extension [COCOResult] {
    /// Reads a results file: poses, or the boxes of a detector.
    static func read(path: String) throws(PosedError) -> [COCOResult] {
        try decode(path, as: "COCO results")
    }

    /// Writes a results file, a record a line, whole or not at all. Every number reads back as the same value.
    func write(path: String) throws(PosedError) {
        let text = "[" + map(\.json).joined(separator: ",\n") + "]\n"
        do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
            throw PosedError(.cannotCreate, "cannot write \(path): \(reason(of: error))")
        }
    }
}

extension COCOResult {
    fileprivate var json: String {
        func list(_ values: [Double]) -> String { "[" + values.map(short).joined(separator: ",") + "]" }
        return "{\"image_id\":\(pictureID),\"category_id\":\(categoryID),"
            + (box.map { "\"bbox\":\(list($0))," } ?? "") + (keypoints.map { "\"keypoints\":\(list($0))," } ?? "")
            + "\"score\":\(short(score))}"
    }
}

private func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? "\(Int(saturating: value))" : "\(value)"
}

private func decode<Value: Decodable>(_ path: String, as kind: String) throws(PosedError) -> Value {
    let data = try Data(inputFile: path)
    do { return try JSONDecoder().decode(Value.self, from: data) } catch {
        throw PosedError(.badData, "\(path) is not a file of \(kind): \(explain(error))")
    }
}
