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
    private let columns: [ck_tap]

    package init(from source: (width: Int, height: Int), to size: (width: Int, height: Int)) {
        precondition(min(source.width, source.height, size.width, size.height) > 0, "a picture without pixels")
        self.source = source
        self.size = size
        columns = (0..<size.width).map { x in
            var tap = Self.tap(x, from: source.width, to: size.width)
            // Beyond the outermost centres OpenCV repeats a column's value, yet goes on weighting a row's.
            if tap.first == tap.second { (tap.first_weight, tap.second_weight) = (2048, 0) }
            return tap
        }
    }

    /// Writes the rows of the three planes at `planes`, 0 to 255 and in the pixels' order, `stride` numbers from a row to the next.
    package func callAsFunction(_ pixels: UnsafePointer<UInt8>, into planes: [UnsafeMutablePointer<Float>], stride: Int) {
        precondition(planes.count == 3, "a picture has three planes")
        let width = size.width
        parallel(size.height, by: 64) { rows in
            // Two rows resampled, `[3, width]`, and which rows of the picture they are.
            let values = UnsafeMutableRawPointer(ck_scratch(CK_OPERATION, 6 * width)).bindMemory(
                to: Int32.self, capacity: 6 * width)
            var (above, below) = ((values, row: -1), (values + 3 * width, row: -1))
            func resample(_ row: Int, into result: inout (UnsafeMutablePointer<Int32>, row: Int)) {
                guard result.row != row else { return }
                result.row = row
                kernels.resample(width, columns, pixels + row * source.width * 3, source.width, result.0)
            }
            for y in rows {
                let tap = Self.tap(y, from: source.height, to: size.height)
                if below.row == tap.first { swap(&above, &below) }
                resample(tap.first, into: &above)
                resample(tap.second, into: &below)
                for (index, plane) in planes.enumerated() {
                    kernels.blend(
                        width, above.0 + index * width, below.0 + index * width, tap.first_weight, tap.second_weight,
                        plane + y * stride)
                }
            }
        }
    }

    /// OpenCV places half-pixel centres in double, splits them in float and rounds weights to even.
    private static func tap(_ sample: Int, from length: Int, to size: Int) -> ck_tap {
        let step = 1 / (Double(size) / Double(length))
        let place = Float((Double(sample) + 0.5) * step - 0.5)
        let pixel = place.rounded(.down)
        let share = place - pixel
        return ck_tap(
            // fits: pixel lies in the picture, or just beside it
            first: min(max(Int(pixel), 0), length - 1), second: min(max(Int(pixel) + 1, 0), length - 1),
            first_weight: Int32(((1 - share) * 2048).rounded(.toNearestOrEven)),  // fits: a share of 2048
            second_weight: Int32((share * 2048).rounded(.toNearestOrEven)))  // fits: a share of 2048
    }
}
