import PoseTypes

/// A straight line between two points.
struct Segment: Sendable {
    let a: Point
    let b: Point
    private let dx: Float
    private let dy: Float
    /// 1 over the squared length, 0 for a point.
    private let inverse: Float

    init(_ a: Point, _ b: Point) {
        self.a = a
        self.b = b
        dx = b.x - a.x
        dy = b.y - a.y
        let squared = dx * dx + dy * dy
        inverse = squared > 0 ? 1 / squared : 0
    }

    var isFinite: Bool { (a.x + a.y + b.x + b.y).isFinite }

    @inline(__always)
    func squaredDistance(_ x: Float, _ y: Float) -> Float {
        let (px, py) = (x - a.x, y - a.y)
        let along = min(1, max(0, (px * dx + py * dy) * inverse))
        let (ex, ey) = (px - along * dx, py - along * dy)
        return ex * ex + ey * ey
    }

    /// Where a row can lie within `reach` of the line: only points of the line that are themselves within `reach` of the
    /// row's height count.
    func span(at y: Float, reach: Float) -> (low: Float, high: Float) {
        var (from, to): (Float, Float) = (0, 1)
        if abs(dy) > 1e-6 {
            let (one, other) = ((y - reach - a.y) / dy, (y + reach - a.y) / dy)
            from = min(1, max(0, min(one, other)))
            to = min(1, max(0, max(one, other)))
        }
        let (start, end) = (a.x + from * dx, a.x + to * dx)
        return (min(start, end) - reach, max(start, end) + reach)
    }
}

/// A rectangle with round corners.
struct RoundedBox {
    private let middle: Point
    private let half: Point
    private let corner: Float

    /// Nil for a box without area or with a coordinate that is not finite.
    init?(_ box: BoundingBox, corner: Float) {
        guard box.width > 0, box.height > 0, (box.maxX + box.maxY).isFinite else { return nil }
        self.corner = min(max(0, corner), box.width / 2, box.height / 2)
        middle = Point(x: box.x + box.width / 2, y: box.y + box.height / 2)
        half = Point(x: box.width / 2 - self.corner, y: box.height / 2 - self.corner)
    }

    /// Negative inside (Quilez, "2D distance functions": rounded box).
    @inline(__always)
    func distance(_ x: Float, _ y: Float) -> Float {
        let (dx, dy) = (abs(x - middle.x) - half.x, abs(y - middle.y) - half.y)
        let (ox, oy) = (max(dx, 0), max(dy, 0))
        return (ox * ox + oy * oy).squareRoot() + min(max(dx, dy), 0) - corner
    }
}
