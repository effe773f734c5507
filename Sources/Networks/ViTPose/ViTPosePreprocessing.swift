import FoundationEssentials

/// What `preprocessor_config.json` of a Hugging Face folder says about the network's input; a key it lacks has the default of
/// transformers' `VitPoseImageProcessor`. Two keys are ours, `decode` and `affine`, for networks that were trained with older codes.
struct ViTPosePreprocessing: Decodable, Equatable {
    struct Size: Decodable, Equatable {
        let height: Int
        let width: Int
    }

    var size = Size(height: 256, width: 192)
    var rescaleFactor: Double? = 1 / 255
    var mean: [Float] = [0.485, 0.456, 0.406]
    var deviation: [Float] = [0.229, 0.224, 0.225]

    var refinement = HeatmapDecoding.Refinement.dark
    var affine = PersonCrop.Affine.udp

    init() {}

    init(contentsOf file: URL) throws(NetworkError) {
        self = try decodeJSON(Self.self, from: file)
        guard size.width >= 16, size.height >= 16, size.width <= 4096, size.height <= 4096 else {
            throw NetworkError("\(file.path): an input of \(size.width)x\(size.height) cannot be")
        }
        guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
            throw NetworkError("\(file.path): image_mean and image_std need three values each, the latter above zero")
        }
        guard levels.allSatisfy(\.isFinite) else {
            throw NetworkError("\(file.path): rescale_factor, image_mean and image_std make no numbers of a picture's levels")
        }
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try Self.refuse(keys)
        size = try keys.decodeIfPresent(Size.self, forKey: .size) ?? size
        rescaleFactor = try keys.decodeIfPresent(Double.self, forKey: .rescaleFactor) ?? rescaleFactor
        if try keys.decodeIfPresent(Bool.self, forKey: .doRescale) == false { rescaleFactor = nil }
        mean = try keys.decodeIfPresent([Float].self, forKey: .mean) ?? mean
        deviation = try keys.decodeIfPresent([Float].self, forKey: .deviation) ?? deviation
        if try keys.decodeIfPresent(Bool.self, forKey: .doNormalize) == false {
            mean = [0, 0, 0]
            deviation = [1, 1, 1]
        }
        refinement = try Self.choice(.decode, in: keys) ?? refinement
        affine = try Self.choice(.affine, in: keys) ?? affine
    }

    /// What the network sees of every 8-bit value: `[3, 256]`.
    var levels: [Float] { pixelLevels(rescaledBy: rescaleFactor, mean: mean, deviation: deviation) }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: CodingKeys, in keys: KeyedDecodingContainer<CodingKeys>
    ) throws -> Choice? {
        guard let word = try keys.decodeIfPresent(String.self, forKey: key) else { return nil }
        if let choice = Choice(rawValue: word) { return choice }
        let known = Choice.allCases.map(\.rawValue).joined(separator: " or ")
        throw NetworkError("\(key.rawValue) is not one that posed knows: it is \(known)")
    }

    /// What no published network does, and would make other crops than ours.
    private static func refuse(_ keys: KeyedDecodingContainer<CodingKeys>) throws {
        if try keys.decodeIfPresent(Bool.self, forKey: .doAffineTransform) == false {
            throw NetworkError("do_affine_transform is switched off, which is not supported")
        }
        if let factor = try keys.decodeIfPresent(Double.self, forKey: .normalizeFactor), factor != 200 {
            throw NetworkError("normalize_factor is \(factor); only 200 is supported")
        }
    }

    private enum CodingKeys: String, CodingKey {
        case size, decode, affine
        case rescaleFactor = "rescale_factor"
        case doAffineTransform = "do_affine_transform"
        case normalizeFactor = "normalize_factor"
        case doRescale = "do_rescale"
        case doNormalize = "do_normalize"
        case mean = "image_mean"
        case deviation = "image_std"
    }
}
