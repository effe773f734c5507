import FoundationEssentials

/// What `preprocessor_config.json` of a Hugging Face folder says about the network's input; a key it lacks has the default of
/// transformers' `VitPoseImageProcessor`. Three keys are ours: `decode` and `affine`, for networks that were trained with older codes, and
/// `sigma`, for networks whose errors were measured.
struct CropPreprocessing: Decodable, Equatable {
    var input = NetworkInput(height: 256, width: 192, isNormalized: true)
    var refinement = HeatmapDecoding.Refinement.dark
    var affine = PersonCrop.Affine.udp
    var sigma: SigmaCalibration?

    init() {}

    init(contentsOf file: URL) throws(NetworkError) {
        self = try decodeJSON(Self.self, from: file)
        let size = input.size
        guard size.width >= 16, size.height >= 16, size.width <= 4096, size.height <= 4096 else {
            throw NetworkError("\(file.path): an input of \(size.width)x\(size.height) cannot be")
        }
        try input.check(in: file)
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try Self.refuse(keys)
        try input.take(from: decoder)
        refinement = try Self.choice(.decode, in: keys) ?? refinement
        affine = try Self.choice(.affine, in: keys) ?? affine
        sigma = try keys.decodeIfPresent(SigmaCalibration.self, forKey: .sigma)
    }

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
        case decode, affine, sigma
        case doAffineTransform = "do_affine_transform"
        case normalizeFactor = "normalize_factor"
    }
}
