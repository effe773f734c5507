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
/// with its counterpart, as transformers' `flip_back`; without the shift of older codes, which unbiased crops do not need.
///
/// `heatmaps` is `[2 * crops, joints, height, width]`; the result is its first half.
func averageFlipped(_ heatmaps: Tensor, crops: Int, mirror: [Int]) {
    let (height, width) = (heatmaps.shape[2], heatmaps.shape[3])
    let area = height * width
    for crop in 0..<crops {
        for (joint, counterpart) in mirror.enumerated() {
            let plain = heatmaps.pointer + (crop * mirror.count + joint) * area
            let flipped = heatmaps.pointer + ((crops + crop) * mirror.count + counterpart) * area
            for row in 0..<height {
                for column in 0..<width {
                    let index = row * width + column
                    plain[index] = (plain[index] + flipped[row * width + width - 1 - column]) * 0.5
                }
            }
        }
    }
}
