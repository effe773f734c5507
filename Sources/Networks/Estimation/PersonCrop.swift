import PoseTypes

/// The part of the picture that becomes one input of a pose network: the person's box, widened or heightened to the
/// input's proportions about its centre and enlarged by 1.25.
///
/// The arithmetic follows transformers' `box_to_center_and_scale`, `get_warp_matrix` and `transform_preds` down to its single-precision
/// roundings: a crop whose edge falls on the picture's edge is black there or not by the last bit.
struct PersonCrop: Sendable, Equatable {
    /// How samples lie on the rectangle that a crop, or a heatmap, shows. A network wants the one that it was trained with.
    enum Affine: String, Sendable, CaseIterable {
        /// The first and the last sample lie on its edges (unbiased data processing, arXiv 1911.07524).
        case udp
        /// Each sample lies at the beginning of its share of the rectangle: `get_affine_transform` and `transform_preds` of the code that
        /// COCO's top-down networks began with (arXiv 1804.06208).
        case classic
    }

    let x: Axis
    let y: Axis

    static let padding: Float = 1.25

    /// Nil if the box has no area, or its numbers leave the range of `Float`.
    init?(_ box: BoundingBox, inputWidth: Int, inputHeight: Int, affine: Affine = .udp) {
        guard box.width > 0, box.height > 0 else { return nil }
        let aspect = Double(inputWidth) / Double(inputHeight)
        var width = Double(box.width)
        var height = Double(box.height)
        let (centreX, centreY) = (Float(Double(box.x) + width * 0.5), Float(Double(box.y) + height * 0.5))
        if width > aspect * height { height = width / aspect } else { width = height * aspect }
        x = Axis(centre: centreX, extent: Axis.padded(width), count: inputWidth, affine)
        y = Axis(centre: centreY, extent: Axis.padded(height), count: inputHeight, affine)
        guard x.isUsable, y.isUsable else { return nil }
    }

    /// A place in a heatmap of the given size, in the picture.
    func place(_ column: Float, _ row: Float, width: Int, height: Int) -> (x: Float, y: Float) {
        (x.place(column, of: width), y.place(row, of: height))
    }

    /// One direction of the crop.
    struct Axis: Sendable, Equatable {
        let centre: Float
        /// What the crop shows, in pixels of the picture.
        let extent: Float
        let affine: Affine
        /// Sample i of the network's input lies at `i * step + start`.
        let step: Double
        let start: Double

        init(centre: Float, extent: Float, count: Int, _ affine: Affine) {
            (self.centre, self.extent, self.affine) = (centre, extent, affine)
            if affine == .classic {
                (step, start) = (Double(extent) / Double(count), Double(centre) - 0.5 * Double(extent))
                return
            }
            let scale = Double(count - 1) / Double(extent)
            let shift = Float(scale * Double(-0.5 * (centre * 2) + 0.5 * extent))
            step = 1 / Double(Float(scale))
            start = -(Double(shift) * step)
        }

        var isUsable: Bool { extent > 0 && extent.isFinite && step > 0 && step.isFinite && start.isFinite }

        /// Divides and multiplies by 200 as the reference does, for the rounding.
        static func padded(_ length: Double) -> Float { Float(length / 200) * PersonCrop.padding * 200 }

        func place(_ sample: Float, of count: Int) -> Float { sample * pixel(of: count) + centre - extent * 0.5 }

        /// From one of `count` samples to the next, in pixels of the picture.
        func pixel(of count: Int) -> Float { extent / Float(affine == .udp ? count - 1 : count) }
    }
}

extension CropSampler.Axis {
    /// The source pixels of a crop along one axis. As in scipy's `affine_transform` of order 1 and mode `constant`, a sample
    /// outside the centres of the first and last pixel is black; nothing fades out across the edge.
    mutating func cover(_ crop: PersonCrop.Axis, of length: Int) {
        let last = Double(length - 1)
        var start = 0
        var end = 0
        for i in 0..<count {
            let place = Double(i) * crop.step + crop.start
            if place < 0 { start = i + 1 }
            guard place >= 0, place <= last else { continue }
            let pixel = Int(place)  // fits: place lies within the picture
            first[i] = pixel
            second[i] = min(pixel + 1, length - 1)
            weight[i] = Float(place - Double(pixel))
            end = i + 1
        }
        covered = start < end ? start..<end : 0..<0
    }
}
