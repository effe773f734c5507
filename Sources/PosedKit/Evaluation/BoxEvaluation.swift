import Evaluation
import Models
import Networks

/// COCO box AP of a person detector or of a results file: `posed eval boxes`.
package struct BoxEvaluation: Sendable {
    package var files: EvaluationFiles
    /// A name of the model store, a folder or a file.
    package var detector = ModelStore.defaultDetector

    package var precision = PrecisionChoice.auto

    package init(files: EvaluationFiles) { self.files = files }

    /// - Returns: whether every picture could be used.
    package func run(say: (String) -> Void, complain: @escaping (String) -> Void) throws -> Bool {
        let dataset = try files.dataset()
        let results = try files.collect(pictures: dataset.pictures.count, complain: complain) { images, progress, problem in
            let store = try ModelStore()
            let detector = try loadDetector(
                store.location(of: detector, .detector), precision: store.precision(precision, for: detector))
            return try BoxCollection(of: dataset) { try detector.people(in: $0, threshold: BoxCollection.threshold) }
                .run(folder: images, progress: progress, problem: problem)
        }
        guard dataset.annotations != nil else { return results.isComplete }
        let evaluation = try COCOEvaluation(of: results.records, against: dataset, task: .boxes)
        say(
            evaluation.report(of: [
                files.score ?? detector, "\(dataset.pictures.count) pictures", "\(evaluation.personMatches.count) persons",
            ]))
        return results.isComplete
    }
}
