/// A rectangle: its top left corner and its extent.
package struct BoundingBox: Sendable, Hashable {
    package var x: Float
    package var y: Float
    package var width: Float
    package var height: Float

    package init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    package var maxX: Float { x + width }
    package var maxY: Float { y + height }
    package var area: Float { max(0, width) * max(0, height) }

    /// Intersection over union, 0 for boxes without area.
    package func iou(_ other: BoundingBox) -> Float {
        let across = min(maxX, other.maxX) - max(x, other.x)
        let down = min(maxY, other.maxY) - max(y, other.y)
        guard across > 0, down > 0 else { return 0 }
        let shared = across * down
        return shared / (area + other.area - shared)
    }
}
