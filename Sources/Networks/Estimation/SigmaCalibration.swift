import PoseTypes

/// What a heatmap's spread says about how far off joints are, held against people's own marks: one factor and one floor for each keypoint.
///
/// It belongs to a network's weights (weights/training/calibrate_sigma.py finds it), so it is the key `sigma` of its
/// `preprocessor_config.json`. Without it, the spread is taken as it is.
struct SigmaCalibration: Decodable, Equatable {
    let factor: [Float]
    /// In heights of the crop: what stays of a joint that the network is quite sure of, above all that people mark it elsewhere.
    let floor: [Float]

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        factor = try keys.decode([Float].self, forKey: .factor)
        floor = try keys.decode([Float].self, forKey: .floor)
        guard factor.count == floor.count, factor.allSatisfy({ 0 < $0 && $0 <= 100 }), floor.allSatisfy({ 0 <= $0 && $0 <= 1 })
        else {
            throw NetworkError("sigma holds a factor above 0, at most 100, and a floor from 0 to 1 for each keypoint")
        }
    }

    /// One standard deviation in pixels of the picture, of a joint whose heatmap says `spread`.
    func sigma(_ spread: Float, of joint: Int, crop: PersonCrop) -> Float {
        let (scaled, least) = (factor[joint] * spread, floor[joint] * crop.y.extent)
        return (scaled * scaled + least * least).squareRoot()
    }

    private enum CodingKeys: CodingKey { case factor, floor }
}
