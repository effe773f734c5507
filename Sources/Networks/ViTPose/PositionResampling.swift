import Glibc
import Kernels

/// Positions of a grid `[rows * columns, width]`, resampled for another one: bicubically (Keys's convolution with a = -0.75), corners not
/// aligned, without smoothing, beyond the border the border's. So PyTorch's `interpolate(mode="bicubic", align_corners=False)`, with which
/// MAE (`interpolate_pos_embed` of its util/pos_embed.py) and ViTPose's repository (`load_checkpoint` of its mmcv_custom/checkpoint.py) load
/// positions of another size. transformers' VitPose takes no other size than its own.
func resamplePositions(_ positions: Tensor, from old: (rows: Int, columns: Int), to new: (rows: Int, columns: Int)) -> Tensor {
    let width = positions.shape[1]
    precondition(positions.shape[0] == old.rows * old.columns, "\(positions.shape) are no positions of \(old)")
    let (down, across) = (taps(new.rows, of: old.rows), taps(new.columns, of: old.columns))
    let numbers = positions.array
    let result = Tensor([new.rows * new.columns, width])
    for (row, vertical) in down.enumerated() {
        for (column, horizontal) in across.enumerated() {
            for channel in 0..<width {
                var sum = 0.0
                for (y, share) in vertical {
                    let inRow = horizontal.reduce(0.0) {
                        $0 + $1.share * Double(numbers[(y * old.columns + $1.place) * width + channel])
                    }
                    sum += share * inRow
                }
                result.pointer[(row * new.columns + column) * width + channel] = Float(sum)
            }
        }
    }
    return result
}

/// The four places that each of `count` samples is made of, and their shares.
private func taps(_ count: Int, of length: Int) -> [[(place: Int, share: Double)]] {
    func near(_ x: Double) -> Double { (1.25 * x - 2.25) * x * x + 1 }
    func far(_ x: Double) -> Double { ((-0.75 * x + 3.75) * x - 6) * x + 3 }
    return (0..<count).map { sample in
        let place = (Double(sample) + 0.5) * Double(length) / Double(count) - 0.5
        let t = place - floor(place)
        let first = Int(floor(place)) - 1  // fits: places lie within the grid, or just beside it
        return zip(0..<4, [far(t + 1), near(t), near(1 - t), far(2 - t)]).map { (min(max(first + $0, 0), length - 1), $1) }
    }
}
