import ArgumentParser
import Daemon
import Models
import PoseTypes
import PosedKit
import Settings

struct EvalCOCO: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coco", abstract: "COCO keypoint AP and AR of a pose network, or of a results file.",
        discussion: """
            Prints the ten figures as pycocotools does, then one line that holds them all. Scores are those of the official \
            ViTPose evaluation: the box's score times the mean score of the joints above 0.2; of poses that lie on one \
            another (OKS above 0.9) the best is kept.

            Where the annotation file has no annotations (a test set), --results is all that is made.

            A picture that cannot be used is named, its persons count as missed, and the exit code is 65.
            """)

    @OptionGroup var evaluation: EvaluationOptions

    @Option(
        help: ArgumentHelp(
            "Whose boxes are cropped: gt (the annotated ones), detected, or those of a COCO file of detections.",
            valueName: "gt|detected|file"))
    var boxes = "gt"

    @Flag(help: "See every crop in the mirror, too, and average: twice the time for a little more accuracy.")
    var flip = false

    @Option(help: ArgumentHelp("The pose network: a name that posed models list knows, or a folder.", valueName: "model"))
    var pose = ModelStore.defaultPose

    @Option(help: ArgumentHelp(PoseDataset.help, valueName: PoseDataset.names)) var dataset = PoseDataset.coco
    @Option(help: ArgumentHelp(CropSize.help, valueName: "HxW")) var input: CropSize?

    @Option(help: ArgumentHelp("The detector: a name, a folder or an onnx file.", valueName: "model"))
    var detector = ModelStore.defaultDetector

    @Option(help: ArgumentHelp(PrecisionChoice.help, valueName: PrecisionChoice.names)) var precision = PrecisionChoice.auto

    @Option(
        help: ArgumentHelp(
            "Draw the persons that were met worst into this png or jpg: annotation left, result right.", valueName: "file"))
    var sheet: String?

    @Option(help: ArgumentHelp("How many persons the sheet shows.", valueName: "n"))
    var worst = 24

    func validate() throws {
        guard worst >= 1 else { throw ValidationError("--worst is 1 or more") }
        guard sheet == nil || evaluation.images != nil else { throw ValidationError("--sheet needs --images") }
    }

    func run() throws {
        var job = PoseEvaluation(files: evaluation.files)
        (job.boxes, job.flip, job.pose, job.detector) = (.init(boxes), flip, pose, detector)
        (job.sheet, job.worst, job.dataset, job.input, job.precision) = (sheet, worst, dataset, input, precision)
        let isComplete = try job.run(say: { print($0) }, complain: { complain($0) })
        if !isComplete { throw ExitCode(ExitStatus.badData) }
    }
}
