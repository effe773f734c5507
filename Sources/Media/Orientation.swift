internal import CFFmpeg
import Basics
import Glibc

/// How a stored picture is made upright: mirrored left to right where asked, then turned.
struct Orientation: Equatable {
    var isMirrored = false
    /// Clockwise quarter turns, 0 to 3.
    var quarters = 0

    static let upright = Orientation()

    init(isMirrored: Bool = false, quarters: Int = 0) {
        self.isMirrored = isMirrored
        self.quarters = quarters
    }

    /// From a display matrix, which takes the stored point (x, y) to (ax + cy, bx + dy): its rows are (a, b, u), (c, d, v),
    /// (x, y, w) (ISO 14496-12, 8.3.2). A negative determinant mirrors; the turn is that of the y axis, which mirroring left
    /// to right leaves alone. Other angles become the nearest quarter turn.
    init(displayMatrix m: UnsafePointer<Int32>?) {
        guard let m else { return }
        let (a, b, c, d) = (Double(m[0]), Double(m[1]), Double(m[3]), Double(m[4]))
        isMirrored = a * d - b * c < 0
        quarters = (Int(saturating: (atan2(-c, d) / (.pi / 2)).rounded()) + 4) % 4
    }

    /// Writes a stored picture (RGB, rows `stride` bytes apart) upright into `output`, without padding.
    func apply(_ input: UnsafePointer<UInt8>, _ size: FrameGeometry.Size, stride: Int, to output: UnsafeMutablePointer<UInt8>) {
        let (width, height) = (size.width, size.height)
        if self == .upright {
            for row in 0..<height { (output + row * width * 3).update(from: input + row * stride, count: width * 3) }
            return
        }
        /// Where the byte of the upright pixel (x, y) is stored.
        func source(_ x: Int, _ y: Int) -> Int {
            let (column, row) =
                switch quarters {
                case 0: (x, y)
                case 1: (y, height - 1 - x)
                case 2: (width - 1 - x, height - 1 - y)
                default: (width - 1 - y, x)
                }
            return row * stride + (isMirrored ? width - 1 - column : column) * 3
        }
        let (across, down) = quarters % 2 == 0 ? (width, height) : (height, width)
        let (origin, right, below) = (source(0, 0), source(1, 0) - source(0, 0), source(0, 1) - source(0, 0))
        // In tiles, so that the rows read down a column of the stored picture stay in the cache.
        let tile = 32
        for top in Swift.stride(from: 0, to: down, by: tile) {
            for left in Swift.stride(from: 0, to: across, by: tile) {
                for y in top..<min(top + tile, down) {
                    var from = input + origin + y * below + left * right
                    var to = output + (y * across + left) * 3
                    for _ in left..<min(left + tile, across) {
                        to[0] = from[0]
                        to[1] = from[1]
                        to[2] = from[2]
                        from += right
                        to += 3
                    }
                }
            }
        }
    }
}
