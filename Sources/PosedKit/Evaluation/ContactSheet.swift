import Basics
import Delivery
import Drawing
import Evaluation
import Media
import PoseTypes

/// The persons with the lowest OKS, side by side: the annotation on the left, the most similar result on the right.
/// Labels show the picture's id and the OKS in percent.
struct ContactSheet {
    private static let panel = (width: 300, height: 400)
    private static let columns = 4
    private static let gap = 6
    private let matches: [COCOEvaluation.GroundTruthMatch]
    private let pictures: [Int: COCODataset.Picture]
    private let painter: OverlayPainter

    init(_ matches: [COCOEvaluation.GroundTruthMatch], worst count: Int, of dataset: COCODataset) {
        self.matches = Array(matches.sorted { $0.similarity < $1.similarity }.prefix(count))
        pictures = Dictionary(dataset.pictures.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        painter = OverlayPainter(skeleton: .coco17, keypointThreshold: 0.05)
    }

    /// Nil where there is nobody to show.
    func draw(folder: String) throws(MediaError) -> Image? {
        guard !matches.isEmpty else { return nil }
        let (width, height, gap) = (Self.panel.width, Self.panel.height, Self.gap)
        let columns = min(Self.columns, matches.count)
        let rows = (matches.count + columns - 1) / columns
        var sheet = Image(
            width: columns * (2 * width + 2 * gap) + gap, height: rows * (height + gap) + gap, grey: 255)
        for (index, match) in matches.enumerated() {
            guard let picture = pictures[match.person.pictureID] else { continue }
            let image = try Picture.read(path: "\(folder)/\(picture.fileName)")
            let x = gap + index % columns * (2 * width + 2 * gap)
            let y = gap + index / columns * (height + gap)
            let crop = Crop(around: match.person.box, width: width, height: height)
            var left = crop.cut(image)
            var right = left
            let (person, score) = (match.person, Float(match.similarity))
            paint(person.keypoints.map(Float.init), score: .nan, of: person, crop, into: &left)
            if let result = match.result?.keypoints {
                paint(result.map(Float.init), score: score, of: person, crop, into: &right)
            }
            sheet.place(left, x: x, y: y)
            sheet.place(right, x: x + width, y: y)
        }
        return sheet
    }

    private func paint(
        _ keypoints: [Float], score: Float, of person: COCODataset.Annotation, _ crop: Crop, into panel: inout Image
    ) {
        let points = stride(from: 0, to: keypoints.count, by: 3).map { place in
            Keypoint(
                x: (keypoints[place] - crop.x) * crop.scale, y: (keypoints[place + 1] - crop.y) * crop.scale,
                score: min(1, keypoints[place + 2]))
        }
        let box = person.box.map(Float.init)
        let scaled = BoundingBox(
            x: (box[0] - crop.x) * crop.scale, y: (box[1] - crop.y) * crop.scale, width: box[2] * crop.scale,
            height: box[3] * crop.scale)
        let track = Track(id: TrackID(person.pictureID), firstSeen: .zero)
        painter.paint([Person(box: scaled, score: score, pose: Pose(keypoints: points), track: track)], into: &panel)
    }
}

/// The part of a picture about a person's box, enlarged or reduced to a panel.
private struct Crop {
    let x: Float
    let y: Float
    /// Panel pixels a picture pixel.
    let scale: Float
    let width: Int
    let height: Int

    init(around box: [Double], width: Int, height: Int) {
        let extent = 1.4 * max(Float(box[3]), Float(box[2]) * Float(height) / Float(width), 1)
        scale = Float(height) / extent
        x = Float(box[0] + box[2] / 2) - Float(width) / scale / 2
        y = Float(box[1] + box[3] / 2) - extent / 2
        self.width = width
        self.height = height
    }

    /// Bilinear; grey outside the picture.
    func cut(_ image: Image) -> Image {
        var panel = Image(width: width, height: height, grey: 128)
        for row in 0..<height {
            for column in 0..<width {
                let (u, v) = (x + Float(column) / scale, y + Float(row) / scale)
                guard u >= 0, v >= 0, u <= Float(image.width - 1), v <= Float(image.height - 1) else { continue }
                let (left, top) = (min(Int(saturating: u), image.width - 2), min(Int(saturating: v), image.height - 2))
                let (across, down) = (u - Float(left), v - Float(top))
                for channel in 0..<3 {
                    func pixel(_ x: Int, _ y: Int) -> Float { Float(image.pixels[(y * image.width + x) * 3 + channel]) }
                    let upper = pixel(left, top) * (1 - across) + pixel(left + 1, top) * across
                    let lower = pixel(left, top + 1) * (1 - across) + pixel(left + 1, top + 1) * across
                    panel.pixels[(row * width + column) * 3 + channel] = UInt8(
                        saturating: upper * (1 - down) + lower * down + 0.5)
                }
            }
        }
        return panel
    }
}

extension Image {
    /// Puts a picture that fits into this one.
    fileprivate mutating func place(_ other: Image, x: Int, y: Int) {
        for row in 0..<other.height {
            let target = ((y + row) * width + x) * 3
            pixels.replaceSubrange(
                target..<target + other.width * 3,
                with: other.pixels[row * other.width * 3..<(row + 1) * other.width * 3])
        }
    }
}
