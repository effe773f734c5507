/// What a network sees of every 8-bit value of each channel, `[channels, 256]`: rescaled in double, then normalised in fp32, as transformers'
/// image processors do it.
func pixelLevels(rescaledBy factor: Double?, mean: [Float], deviation: [Float]) -> [Float] {
    zip(mean, deviation).flatMap { mean, deviation in
        (0..<256).map { (Float(Double($0) * (factor ?? 1)) - mean) / deviation }
    }
}
