import FoundationEssentials

/// What `preprocessor_config.json` of a Hugging Face folder says about the network's input; a key it lacks has the default of
/// transformers' `RTDetrImageProcessor`.
struct RTDETRPreprocessing: Decodable, Equatable {
    struct Size: Decodable, Equatable {
        let height: Int
        let width: Int
    }

    var size = Size(height: 640, width: 640)
    var rescaleFactor: Double? = 1 / 255
    var mean: [Float] = [0, 0, 0]
    var deviation: [Float] = [1, 1, 1]

    init() {}

    init(contentsOf file: URL) throws(NetworkError) {
        self = try decodeJSON(Self.self, from: file)
        guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
            throw NetworkError("\(file.path): image_mean and image_std need three values each, the latter above zero")
        }
        guard levels.allSatisfy(\.isFinite) else {
            throw NetworkError("\(file.path): rescale_factor, image_mean and image_std make no numbers of a picture's levels")
        }
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        if try keys.decodeIfPresent(Bool.self, forKey: .doResize) == false
            || keys.decodeIfPresent(Bool.self, forKey: .doPad) == true
        {
            throw NetworkError("do_resize switched off, or do_pad switched on, is not supported")
        }
        if let filter = try keys.decodeIfPresent(Int.self, forKey: .resample), filter != Self.bilinear {
            throw NetworkError("resample is \(filter); only \(Self.bilinear) (bilinear) is supported")
        }
        size = try keys.decodeIfPresent(Size.self, forKey: .size) ?? size
        rescaleFactor = try keys.decodeIfPresent(Double.self, forKey: .rescaleFactor) ?? rescaleFactor
        if try keys.decodeIfPresent(Bool.self, forKey: .doRescale) == false { rescaleFactor = nil }
        if try keys.decodeIfPresent(Bool.self, forKey: .doNormalize) == true {
            mean = try keys.decodeIfPresent([Float].self, forKey: .mean) ?? [0.485, 0.456, 0.406]
            deviation = try keys.decodeIfPresent([Float].self, forKey: .deviation) ?? [0.229, 0.224, 0.225]
        }
    }

    /// What the network sees of every 8-bit value: `[3, 256]`.
    var levels: [Float] { pixelLevels(rescaledBy: rescaleFactor, mean: mean, deviation: deviation) }

    /// Pillow's number of the filter.
    private static let bilinear = 2

    private enum CodingKeys: String, CodingKey {
        case size, resample
        case rescaleFactor = "rescale_factor"
        case doResize = "do_resize"
        case doRescale = "do_rescale"
        case doNormalize = "do_normalize"
        case doPad = "do_pad"
        case mean = "image_mean"
        case deviation = "image_std"
    }
}
