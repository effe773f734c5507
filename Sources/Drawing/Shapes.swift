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

    /// Where the row `y` lies within `reach` of the line: one stretch, for what lies within reach is convex. It is that of
    /// the discs around the ends and of the rectangle between them together; `low` exceeds `high` where there is none.
    func span(at y: Float, reach: Float) -> (low: Float, high: Float) {
        var (low, high) = (Float.infinity, -Float.infinity)
        for end in [a, b] {
            let squared = reach * reach - (y - end.y) * (y - end.y)
            guard squared >= 0 else { continue }
            low = min(low, end.x - squared.squareRoot())
            high = max(high, end.x + squared.squareRoot())
        }
        // Along the line from 0 to 1, and across it within reach: each a stretch of x, where it depends on x.
        let height = y - a.y
        let along = Self.stretch(slope: dx * inverse, offset: height * dy * inverse, from: 0, to: 1)
        let scale = inverse.squareRoot()
        let across = Self.stretch(slope: -dy * scale, offset: height * dx * scale, from: -reach, to: reach)
        let (from, to) = (max(along.low, across.low), min(along.high, across.high))
        if inverse > 0, from <= to {
            low = min(low, a.x + from)
            high = max(high, a.x + to)
        }
        return (low, high)
    }

    /// The x for which `slope * x + offset` lies between two bounds.
    private static func stretch(slope: Float, offset: Float, from: Float, to: Float) -> (low: Float, high: Float) {
        guard abs(slope) > 1e-9 else {
            return from <= offset && offset <= to ? (-.infinity, .infinity) : (.infinity, -.infinity)
        }
        let (one, other) = ((from - offset) / slope, (to - offset) / slope)
        return (min(one, other), max(one, other))
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
