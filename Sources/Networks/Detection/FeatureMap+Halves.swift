import Kernels

// Maps that two layers write half each, and one reads as one.
extension FeatureMap {
    var firstHalf: FeatureMap { channels(0..<channels / 2) }
    var secondHalf: FeatureMap { channels(channels / 2..<channels) }
}
