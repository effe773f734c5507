import ArgumentParser
import PosedKit

struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure networks and results against annotations, as the field does.",
        subcommands: [EvalCOCO.self, EvalBoxes.self, EvalTrack.self])
}

/// What every evaluation over COCO annotations is given.
struct EvaluationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A COCO annotation file.", valueName: "file"))
    var annotations: String

    @Option(help: ArgumentHelp("The folder of its pictures.", valueName: "dir"))
    var images: String?

    @Option(help: ArgumentHelp("Keep the results in this file, in COCO's format.", valueName: "file"))
    var results: String?

    @Option(help: ArgumentHelp("Score this results file; no network runs.", valueName: "file"))
    var score: String?

    func validate() throws {
        guard images != nil || score != nil else {
            throw ValidationError("name the pictures with --images, or a results file with --score")
        }
        guard score == nil || results == nil else {
            throw ValidationError("--results would only copy the file of --score: give one of them")
        }
    }

    var files: EvaluationFiles {
        EvaluationFiles(annotations: annotations, images: images, results: results, score: score)
    }
}
