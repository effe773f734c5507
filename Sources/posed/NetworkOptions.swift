import ArgumentParser
import Models
import PoseTypes

/// The networks of a run.
struct NetworkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The pose network: a name that posed models list knows, or a folder.", valueName: "model"))
    var pose = ModelStore.defaultPose

    @Option(help: ArgumentHelp(PoseDataset.help, valueName: PoseDataset.names)) var dataset = PoseDataset.coco

    @Option(help: ArgumentHelp(CropSize.help, valueName: "HxW")) var input: CropSize?

    @Option(
        help: ArgumentHelp(
            "The detector: a name, a folder or an onnx file. (default: \(ModelStore.defaultDetector))", valueName: "model"))
    var detector: String?

    @Option(help: ArgumentHelp("What it looks for, comma-separated: names of its classes.", valueName: "names"))
    var classes = Detection.person

    @Option(help: ArgumentHelp(PrecisionChoice.help, valueName: PrecisionChoice.names)) var precision = PrecisionChoice.auto

    func validate() throws {
        if wanted.isEmpty { throw ValidationError("--classes names nothing to look for") }
    }

    private var wanted: [String] {
        classes.split(separator: ",").map { String($0.drop(while: \.isWhitespace)) }.filter { !$0.isEmpty }
    }

    var names: NetworkNames {
        var names = NetworkNames()
        (names.detector, names.pose) = (detector ?? names.detector, pose)
        (names.dataset, names.input, names.precision) = (dataset, input, precision)
        names.classes = wanted
        return names
    }
}
