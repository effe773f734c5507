import FoundationEssentials

/// What `preprocessor_config.json` of a Hugging Face folder says about the network's input; a key it lacks has the default of
/// transformers' `RTDetrImageProcessor`.
struct RTDETRPreprocessing: Decodable, Equatable {
    var input = NetworkInput(height: 640, width: 640, isNormalized: false)

    init() {}

    init(contentsOf file: URL) throws(NetworkError) {
        self = try decodeJSON(Self.self, from: file)
        try input.check(in: file)
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
        try input.take(from: decoder)
    }

    /// Pillow's number of the filter.
    private static let bilinear = 2

    private enum CodingKeys: String, CodingKey {
        case resample
        case doResize = "do_resize"
        case doPad = "do_pad"
    }
}
