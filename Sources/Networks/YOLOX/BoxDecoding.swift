import Glibc
import PoseTypes

/// Turns a YOLOX head's output into boxes: the cells of each stride, row by row, each with its box's centre
/// relative to the cell and the logarithm of its size, both in strides (arXiv 2107.08430; `decode_outputs` of YOLOX).
struct BoxDecoding {
    let width: Int
    let height: Int

    /// `outputs` is `[cells, 5 + classes]`: x, y, log width, log height, objectness, then the classes; objectness and classes
    /// have been through the sigmoid. Boxes come in the pixels of the picture before it was resized by `factor`.
    func boxes(
        in outputs: UnsafeBufferPointer<Float>, of wanted: [Int], classes: [String], threshold: Float, factor: Double
    ) -> [Detection] {
        let values = 5 + classes.count
        let scale = Float(1 / factor)
        var detections: [Detection] = []
        var cell = outputs.baseAddress!
        for stride in YOLOX.strides {
            let unit = Float(stride) * scale
            for row in 0..<height / stride {
                for column in 0..<width / stride {
                    defer { cell += values }
                    var (category, best) = (0, -Float.infinity)
                    for index in wanted where cell[5 + index] > best { (category, best) = (index, cell[5 + index]) }
                    let score = cell[4] * best
                    guard score >= threshold else { continue }
                    let size = (x: exp(cell[2]) * unit, y: exp(cell[3]) * unit)
                    let centre = (x: (cell[0] + Float(column)) * unit, y: (cell[1] + Float(row)) * unit)
                    let box = BoundingBox(x: centre.x - size.x / 2, y: centre.y - size.y / 2, width: size.x, height: size.y)
                    // A network that overflows says nothing; area is 0 where a side is.
                    guard box.area > 0, box.area.isFinite, box.x.isFinite, box.y.isFinite else { continue }
                    detections.append(Detection(box: box, score: score, category: classes[category]))
                }
            }
        }
        return detections
    }

    /// The number of rows `boxes` expects.
    var cells: Int { YOLOX.strides.reduce(0) { $0 + (height / $1) * (width / $1) } }
}
