import FoundationEssentials

/// What `preprocessor_config.json` of a Hugging Face folder says that transformers' image processors have in common: the input's size, and
/// what the network sees of a picture's levels.
struct NetworkInput: Equatable {
    struct Size: Decodable, Equatable {
        let height: Int
        let width: Int
    }

    var size: Size
    /// Whether levels are normalised.
    private var isNormalized: Bool
    private var rescaleFactor = 1.0 / 255
    /// ImageNet's.
    private var mean: [Float] = [0.485, 0.456, 0.406]
    private var deviation: [Float] = [0.229, 0.224, 0.225]

    /// What a processor does where a file says nothing.
    init(height: Int, width: Int, isNormalized: Bool) {
        size = Size(height: height, width: width)
        self.isNormalized = isNormalized
    }

    /// Takes what stands in a file.
    mutating func take(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        size = try keys.decodeIfPresent(Size.self, forKey: .size) ?? size
        rescaleFactor = try keys.decodeIfPresent(Double.self, forKey: .rescaleFactor) ?? rescaleFactor
        if try keys.decodeIfPresent(Bool.self, forKey: .doRescale) == false { rescaleFactor = 1 }
        mean = try keys.decodeIfPresent([Float].self, forKey: .mean) ?? mean
        deviation = try keys.decodeIfPresent([Float].self, forKey: .deviation) ?? deviation
        isNormalized = try keys.decodeIfPresent(Bool.self, forKey: .doNormalize) ?? isNormalized
    }

    /// Throws where the levels are no numbers.
    func check(in file: URL) throws(NetworkError) {
        guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
            throw NetworkError("\(file.path): image_mean and image_std need three values each, the latter above zero")
        }
        guard levels.allSatisfy(\.isFinite) else {
            throw NetworkError("\(file.path): rescale_factor, image_mean and image_std make no numbers of a picture's levels")
        }
    }

    /// What the network sees of every 8-bit value of each channel, `[3, 256]`: rescaled in double, then normalised in fp32, as
    /// transformers does it.
    var levels: [Float] {
        zip(mean, deviation).flatMap { mean, deviation in
            (0..<256).map { level in
                let rescaled = Float(Double(level) * rescaleFactor)
                return isNormalized ? (rescaled - mean) / deviation : rescaled
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case size
        case rescaleFactor = "rescale_factor"
        case doRescale = "do_rescale"
        case doNormalize = "do_normalize"
        case mean = "image_mean"
        case deviation = "image_std"
    }
}
