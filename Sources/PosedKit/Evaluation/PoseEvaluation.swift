import Evaluation
import Media
import Models
import Networks
import PoseTypes

/// COCO keypoint AP of a pose network or of a results file: `posed eval coco`.
package struct PoseEvaluation: Sendable {
    /// Whose boxes are cropped.
    package enum Boxes: Sendable, Equatable {
        /// The annotated persons'.
        case annotated
        case detected
        /// Those of a COCO results file of detections.
        case file(String)

        /// `gt`, `detected`, or a path.
        package init(_ word: String) {
            switch word {
            case "gt": self = .annotated
            case "detected": self = .detected
            default: self = .file(word)
            }
        }
    }

    package var files: EvaluationFiles
    package var boxes = Boxes.annotated
    package var flip = false
    /// A name of the model store, a folder or a file.
    package var pose = ModelStore.defaultPose
    package var detector = ModelStore.defaultDetector
    /// Where the persons that were met worst are drawn, and how many.
    package var sheet: String?
    package var worst = 24

    package var dataset = PoseDataset.coco
    package var input: CropSize?
    package var precision = PrecisionChoice.auto

    package init(files: EvaluationFiles) { self.files = files }

    /// - Returns: whether every picture could be used.
    package func run(say: (String) -> Void, complain: @escaping (String) -> Void) throws -> Bool {
        let dataset = try files.dataset(alsoWriting: sheet)
        let collection = files.score == nil ? try collection(of: dataset) : nil
        let results = try files.collect(pictures: collection?.pictures.count ?? 0, complain: complain) {
            try collection?.run(folder: $0, progress: $1, problem: $2) ?? []
        }
        guard dataset.annotations != nil else { return results.isComplete }
        let evaluation = try COCOEvaluation(of: results.records, against: dataset, task: .keypoints)
        say(evaluation.report(of: [subject, "\(dataset.pictures.count) pictures", "\(evaluation.personMatches.count) persons"]))
        if let sheet, let images = files.images {
            let drawn = try ContactSheet(evaluation.personMatches, worst: worst, of: dataset).draw(folder: images)
            if let drawn { try Picture.write(drawn, path: sheet) }
        }
        return results.isComplete
    }

    private func collection(of dataset: COCODataset) throws -> PoseCollection {
        let models = try ModelStore()
        let source: PoseCollection.Boxes
        var finder: (any ObjectDetector)?
        switch boxes {
        case .annotated: source = .annotated
        case .file(let path): source = .given(try [COCOResult].read(path: path))
        case .detected:
            source = .detected
            finder = try loadDetector(
                models.location(of: detector, .detector), precision: models.precision(precision, for: detector))
        }
        let estimator = try loadEstimator(
            models.location(of: pose, .pose),
            EstimatorOptions(
                dataset: self.dataset, input: input, precision: models.precision(precision, for: pose), flip: flip))
        return try PoseCollection(of: dataset, boxes: source, estimator: estimator, detector: finder)
    }

    /// What was measured, in a few words.
    private var subject: String {
        if let score = files.score { return score }
        let boxes =
            switch boxes {
            case .annotated: "annotated boxes"
            case .detected: "boxes of \(detector)"
            case .file(let path): "boxes of \(path)"
            }
        return "\(pose)\(flip ? " with flip" : ""), \(boxes)"
    }
}
