import Basics
import FoundationEssentials
import Kernels

/// A YOLOX as its files describe it: the network, and what the letterbox and the decoding need to know.
struct YOLOXModel {
    let network: YOLOX
    let input: InputShape
    /// As many as the network has.
    let classes: [String]

    /// A folder with `config.json` and `model.safetensors`, or an `.onnx` file of the official release.
    init(contentsOf location: URL, precision: Precision = .fp32) throws(NetworkError) {
        self =
            try isFolder(location.path)
            ? Self(folder: location, precision: precision) : Self(onnx: location, precision: precision)
        let (width, height) = (input.width, input.height)
        guard width > 0, height > 0, width % 32 == 0, height % 32 == 0, max(width, height) <= 4096 else {
            throw NetworkError("\(location.path): an input of \(width)x\(height) is not made of cells of 32x32, up to 4096x4096")
        }
        // The first map is the largest; the cells' rows come next.
        let floats = max(width * height / 4 * network.configuration.width, width * height / 48 * (5 + network.classes))
        guard floats <= 1 << 27 else {
            throw NetworkError(
                "\(location.path): an input of \(width)x\(height) would take \(4 * floats >> 20) MiB for one map; "
                    + "posed takes 512 MiB at most")
        }
    }

    /// With 80 classes, COCO's; others have only numbers.
    init(onnx file: URL, precision: Precision = .fp32) throws(NetworkError) {
        let stored = try ONNXConvolutions(file)
        do { network = try YOLOX(convolutions: stored.convolutions, precision: precision) } catch {
            throw NetworkError("\(file.path): \(error)")
        }
        input = InputShape(width: stored.inputWidth, height: stored.inputHeight, followsPicture: false)
        classes =
            network.classes == cocoClasses.count ? cocoClasses : (0..<network.classes).map { $0 == 0 ? "person" : "class \($0)" }
    }

    /// Tensors of the official checkpoints' names, and the classes and the input's size beside them.
    init(folder: URL, precision: Precision = .fp32) throws(NetworkError) {
        let file = folder.appending(path: "config.json")
        let configuration = try decodeJSON(Configuration.self, from: file)
        guard configuration.inputSize.count == 2 else { throw NetworkError("\(file.path): input_size is not [height, width]") }
        input = InputShape(
            width: configuration.inputSize[1], height: configuration.inputSize[0],
            followsPicture: configuration.followsPicture ?? false)
        guard !configuration.classes.isEmpty else { throw NetworkError("\(file.path): names no classes") }
        classes = configuration.classes
        guard configuration.batchNormEpsilon >= 0, configuration.batchNormEpsilon <= 1 else {
            throw NetworkError("\(file.path): batch_norm_eps is \(configuration.batchNormEpsilon); posed takes 0 to 1")
        }
        var source = try NamedConvolutions(
            folder.appending(path: "model.safetensors"), batchNormEpsilon: configuration.batchNormEpsilon,
            precision: precision)
        let shape = source.configuration(classes: configuration.classes.count)
        guard shape.width > 0 else { throw NetworkError("\(folder.path): model.safetensors lacks YOLOX's stem") }
        if let complaint = shape.beyondLimits { throw NetworkError("\(folder.path): \(complaint)") }
        network = try YOLOX(configuration: shape, source: &source)
        try source.verifyAllUsed()
    }

    /// What the folder's `config.json` adds to the parameters.
    private struct Configuration: Decodable {
        let classes: [String]
        /// Height and width.
        let inputSize: [Int]
        /// Whether `inputSize` names an area only, to be filled in the picture's shape.
        let followsPicture: Bool?
        let batchNormEpsilon: Float

        enum CodingKeys: String, CodingKey {
            case classes
            case inputSize = "input_size"
            case followsPicture = "input_follows_picture"
            case batchNormEpsilon = "batch_norm_eps"
        }
    }
}
