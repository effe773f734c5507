import Basics
internal import CFFmpeg

/// The size of a picture, before and after it is made upright.
struct FrameGeometry: Equatable {
    struct Size: Equatable, CustomStringConvertible {
        var width: Int
        var height: Int
        var description: String { "\(width)x\(height)" }
    }

    /// As stored.
    let stored: Size
    /// With square pixels, not yet turned.
    let square: Size
    let orientation: Orientation

    /// A sample aspect ratio that makes no usable picture, or one of more than `maxPixels`, is taken for 1.
    init(
        _ frame: borrowing Frame, sampleAspectRatio: Double, orientation: Orientation,
        maxPixels: Int = OpenOptions.maxPixelsOfFiles
    ) {
        stored = Size(width: frame.width, height: frame.height)
        let width = Int(saturating: (Double(stored.width) * min(max(sampleAspectRatio, 0.001), 1000)).rounded())
        square =
            (16...16384).contains(width) && width * stored.height <= maxPixels
            ? Size(width: width, height: stored.height) : stored
        self.orientation = orientation
    }

    var uprightSize: Size {
        orientation.quarters % 2 == 0 ? square : Size(width: square.height, height: square.width)
    }
}
