import Kernels

/// Turns pictures `[…, height, width]` left to right, in place.
func mirror(_ pictures: Tensor) {
    let width = pictures.shape[pictures.shape.count - 1]
    for row in 0..<pictures.count / width {
        var samples = UnsafeMutableBufferPointer(start: pictures.pointer + row * width, count: width)
        samples.reverse()
    }
}

/// Averages the heatmaps of `crops` crops with those of their mirror pictures, which follow them: turned back, and each joint
/// with its counterpart, as transformers' `flip_back`. Crops that are not unbiased are a sample off in the mirror, and older codes move
/// them back: `shift` is 1 for those. What comes from beyond the edge is the edge's.
///
/// `heatmaps` is `[2 * crops, joints, height, width]`; the result is its first half.
func averageFlipped(_ heatmaps: Tensor, crops: Int, mirror: [Int], shift: Int = 0) {
    let (height, width) = (heatmaps.shape[2], heatmaps.shape[3])
    let area = height * width
    for crop in 0..<crops {
        for (joint, counterpart) in mirror.enumerated() {
            let plain = heatmaps.pointer + (crop * mirror.count + joint) * area
            let flipped = heatmaps.pointer + ((crops + crop) * mirror.count + counterpart) * area
            for row in 0..<height {
                for column in 0..<width {
                    let index = row * width + column
                    plain[index] = (plain[index] + flipped[row * width + min(width - 1, width - 1 - column + shift)]) * 0.5
                }
            }
        }
    }
}
