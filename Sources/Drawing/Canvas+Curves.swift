/// Rings and tapering lines.
extension Canvas {
    /// A point of a line whose width and strength change along it.
    struct TaperPoint {
        var place: Point
        var radius: Float
        var opacity: Float
    }

    /// A circle; `thickness` lies half inside and half outside of `radius`.
    func ring(around middle: Point, radius: Float, thickness: Float, color: Color, opacity: Float) {
        let reach = radius + thickness / 2 + 0.5
        guard (middle.x + middle.y + reach).isFinite else { return }
        for y in rows(middle.y - reach, middle.y + reach) {
            let row = pixels + y * width * 3
            for x in columns(middle.x - reach, middle.x + reach) {
                let (dx, dy) = (Float(x) - middle.x, Float(y) - middle.y)
                let distance = abs((dx * dx + dy * dy).squareRoot() - radius)
                blend(row + 3 * x, color, opacity * min(1, thickness / 2 + 0.5 - distance))
            }
        }
    }

    /// A line through points that has no darker spots where its pieces meet or cross: each pixel takes the strongest.
    func taper(_ points: [TaperPoint], color: Color) {
        guard points.allSatisfy({ ($0.place.x + $0.place.y + $0.radius + $0.opacity).isFinite }) else { return }
        let reach = (points.map(\.radius).max() ?? 0) + 0.5
        let (x, y) = (points.map(\.place.x), points.map(\.place.y))
        guard let left = x.min(), let right = x.max(), let top = y.min(), let bottom = y.max() else { return }
        let area = (x: columns(left - reach, right + reach), y: rows(top - reach, bottom + reach))
        guard !area.x.isEmpty, !area.y.isEmpty else { return }
        var coverage = [Float](repeating: 0, count: area.x.count * area.y.count)
        for (a, b) in zip(points, points.dropFirst()) {
            let segment = Segment(a.place, b.place)
            let (edge, opacity) = ((a.radius + b.radius) / 2 + 0.5, (a.opacity + b.opacity) / 2)
            for y in rows(min(a.place.y, b.place.y) - edge, max(a.place.y, b.place.y) + edge).clamped(to: area.y) {
                let span = segment.span(at: Float(y), reach: edge)
                let row = (y - area.y.lowerBound) * area.x.count - area.x.lowerBound
                for x in columns(span.low, span.high).clamped(to: area.x) {
                    let distance = segment.squaredDistance(Float(x), Float(y)).squareRoot()
                    coverage[row + x] = max(coverage[row + x], opacity * min(1, edge - distance))
                }
            }
        }
        for y in area.y {
            let row = pixels + y * width * 3
            let start = (y - area.y.lowerBound) * area.x.count - area.x.lowerBound
            for x in area.x { blend(row + 3 * x, color, coverage[start + x]) }
        }
    }
}
