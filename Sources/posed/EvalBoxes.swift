import ArgumentParser
import Daemon
import Models
import PosedKit

struct EvalBoxes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boxes", abstract: "COCO box AP and AR of persons, of a detector or of a results file.",
        discussion: """
            Prints the twelve figures as pycocotools does, then one line that holds them all.

            A picture that cannot be used is named, its persons count as missed, and the exit code is 65.
            """)

    @OptionGroup var evaluation: EvaluationOptions

    @Option(
        help: ArgumentHelp(
            "The detector: a name that posed models list knows, a folder or an onnx file.", valueName: "model"))
    var detector = ModelStore.defaultDetector

    @Option(help: ArgumentHelp(PrecisionChoice.help, valueName: PrecisionChoice.names)) var precision = PrecisionChoice.auto

    func run() throws {
        var job = BoxEvaluation(files: evaluation.files)
        (job.detector, job.precision) = (detector, precision)
        let isComplete = try job.run(say: { print($0) }, complain: { complain($0) })
        if !isComplete { throw ExitCode(ExitStatus.badData) }
    }
}
