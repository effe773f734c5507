import Basics
import Delivery
import Evaluation
import FoundationEssentials

/// The files of an evaluation over COCO annotations.
package struct EvaluationFiles: Sendable {
    package var annotations: String
    /// The folder of the pictures.
    package var images: String?
    /// Where the results are kept.
    package var results: String?
    /// Results that are scored as they are; no network runs.
    package var score: String?

    package init(annotations: String, images: String? = nil, results: String? = nil, score: String? = nil) {
        self.annotations = annotations
        self.images = images
        self.results = results
        self.score = score
    }

    /// Reads the annotations, and refuses what would only fail once the work is done.
    func dataset(alsoWriting other: String? = nil) throws(PosedError) -> COCODataset {
        for output in [results, other].compactMap(\.self) {
            let folder = URL(filePath: output).deletingLastPathComponent().path
            guard FileManager.default.isWritableFile(atPath: folder) else {
                throw PosedError(.cannotCreate, "cannot write \(output): \(folder) is no folder that can be written to")
            }
        }
        let dataset = try COCODataset.read(path: annotations)
        guard dataset.annotations != nil || (results != nil && score == nil) else {
            throw PosedError(
                .usage, "\(annotations) has no annotations to score by: name a file for the results with --results")
        }
        return dataset
    }

    /// The results to be scored: those of `score`, or else those that `run` makes of the pictures, kept where asked for.
    /// - Returns: also whether every picture could be used.
    func collect(
        pictures: Int, complain: @escaping (String) -> Void,
        run: (_ images: String, _ progress: (Int) -> Void, _ problem: (String) -> Void) throws -> [COCOResult]
    ) throws -> (records: [COCOResult], isComplete: Bool) {
        if let score { return (try [COCOResult].read(path: score), true) }
        guard let images else { throw PosedError(.usage, "name the folder of the pictures with --images") }
        var bar = ProgressBar(label: "eval", total: pictures)
        var isComplete = true
        defer { bar.clear() }
        let records = try run(images, { bar.update($0) }) { problem in
            bar.clear()
            complain(problem)
            isComplete = false
        }
        if let results { try records.write(path: results) }
        return (records, isComplete)
    }
}

extension COCOEvaluation {
    /// The figures as pycocotools prints them, then all in one line with what was measured.
    func report(of what: [String]) -> String {
        let short = figures.map { "\($0.name) \(decimals($0.value, 4))" }.joined(separator: "  ")
        return figures.map(\.line).joined(separator: "\n") + "\n\(short)  (\(what.joined(separator: ", ")))"
    }
}
