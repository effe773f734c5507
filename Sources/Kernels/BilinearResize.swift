internal import CKernels
import Glibc

/// Resizes pictures of three bytes a pixel bilinearly, as OpenCV does pictures of 8 bits (INTER_LINEAR), bit for bit: with its weights of
/// 11 bits and its truncations. A plain bilinear one is a level off in every eighth value, which moves a small network's boxes by half
/// a pixel.
package struct BilinearResize {
    /// Width and height of what comes out.
    package let size: (width: Int, height: Int)
    /// Those of the picture.
    package let source: (width: Int, height: Int)
    /// Of each column the first and the second pixel, then their weights: `[4, width]`.
    private let columns: [Int32]

    package init(from source: (width: Int, height: Int), to size: (width: Int, height: Int)) {
        precondition(min(source.width, source.height, size.width, size.height) > 0, "a picture without pixels")
        self.source = source
        self.size = size
        let taps = (0..<size.width).map { x in
            var tap = Tap(x, from: source.width, to: size.width)
            // Beyond the outermost centres OpenCV repeats a column's value, yet goes on weighting a row's.
            if tap.first == tap.second { (tap.firstWeight, tap.secondWeight) = (2048, 0) }
            return tap
        }
        columns = taps.map(\.first) + taps.map(\.second) + taps.map(\.firstWeight) + taps.map(\.secondWeight)
    }

    /// Writes the rows of the three planes at `planes`, 0 to 255 and in the pixels' order, `stride` numbers from a row to the next.
    package func callAsFunction(_ pixels: UnsafePointer<UInt8>, into planes: [UnsafeMutablePointer<Float>], stride: Int) {
        precondition(planes.count == 3, "a picture has three planes")
        let width = size.width
        parallel(size.height, by: 64) { rows in
            let noRow: Int32 = -1
            // Two rows resampled, `[3, width]`, and which rows of the picture they are.
            let values = UnsafeMutableRawPointer(ck_scratch(CK_OPERATION, 6 * width)).bindMemory(
                to: Int32.self, capacity: 6 * width)
            var (above, below) = ((values, row: noRow), (values + 3 * width, row: noRow))
            func resample(_ row: Int32, into result: inout (UnsafeMutablePointer<Int32>, row: Int32)) {
                guard result.row != row else { return }
                result.row = row
                withColumns {
                    kernels.resample(width, $0, pixels + Int(clamping: row) * source.width * 3, source.width, result.0)
                }
            }
            for y in rows {
                let tap = Tap(y, from: source.height, to: size.height)
                if below.row == tap.first { swap(&above, &below) }
                resample(tap.first, into: &above)
                resample(tap.second, into: &below)
                for (index, plane) in planes.enumerated() {
                    kernels.blend(
                        width, above.0 + index * width, below.0 + index * width, tap.firstWeight, tap.secondWeight,
                        plane + y * stride)
                }
            }
        }
    }

    private func withColumns(_ body: (ck_taps) -> Void) {
        columns.withUnsafeBufferPointer {
            let (columns, width) = ($0.baseAddress!, size.width)
            body(
                ck_taps(
                    first: columns, second: columns + width, first_weight: columns + 2 * width, second_weight: columns + 3 * width
                ))
        }
    }
}

/// The two pixels of a line that a sample lies between, and their weights, which sum to 2048.
private struct Tap {
    let first: Int32
    let second: Int32
    var firstWeight: Int32
    var secondWeight: Int32

    /// OpenCV places half-pixel centres in double, splits them in float and rounds weights to even.
    init(_ sample: Int, from length: Int, to size: Int) {
        let step = 1 / (Double(size) / Double(length))
        let place = Float((Double(sample) + 0.5) * step - 0.5)
        let pixel = place.rounded(.down)
        let share = place - pixel
        first = Int32(min(max(Int(pixel), 0), length - 1))  // fits: pixel lies in the picture, or just beside it
        second = Int32(min(max(Int(pixel) + 1, 0), length - 1))  // fits: likewise
        firstWeight = Int32(((1 - share) * 2048).rounded(.toNearestOrEven))  // fits: a share of 2048
        secondWeight = Int32((share * 2048).rounded(.toNearestOrEven))  // fits: a share of 2048
    }
}
