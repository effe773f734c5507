import PoseTypes

/// Where people count, and where they do not.
///
/// A person stands where the middle of their box's lower edge is: feet are on the ground, whose parts a user draws over
/// the picture, while the rest of the body may be anywhere before it.
package struct Regions: Sendable, Equatable {
    /// A corner, in shares of the upright picture: 0, 0 is its upper left corner and 1, 1 the lower right one.
    package struct Point: Sendable, Equatable {
        package var x: Double
        package var y: Double

        package init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// Three corners or more; the last one is joined to the first.
    package typealias Polygon = [Point]

    /// Where people count; everywhere if empty.
    package var include: [Polygon] = []
    /// Where they do not, also inside `include`.
    package var exclude: [Polygon] = []

    package init() {}

    /// Whether a person with this box, in pixels of a frame of this size, counts. Feet below the frame's edge stand on it.
    package func contains(_ box: BoundingBox, in size: (width: Int, height: Int)) -> Bool {
        if include.isEmpty, exclude.isEmpty { return true }
        let foot = Point(
            x: min(max(Double(box.x + box.width / 2) / Double(size.width), 0), 1),
            y: min(max(Double(box.maxY) / Double(size.height), 0), 1))
        func isIn(_ polygon: Polygon) -> Bool { polygon.surrounds(foot) }
        return (include.isEmpty || include.contains(where: isIn)) && !exclude.contains(where: isIn)
    }
}

extension Regions.Polygon {
    /// By the number of edges that a ray to the right crosses (even-odd rule); points on an edge are inside.
    package func surrounds(_ point: Element) -> Bool {
        var isInside = false
        guard var a = last else { return false }
        for b in self {
            let (across, down) = (b.x - a.x, b.y - a.y)
            let side = across * (point.y - a.y) - down * (point.x - a.x)
            if side == 0, (Swift.min(a.x, b.x)...Swift.max(a.x, b.x)).contains(point.x),
                (Swift.min(a.y, b.y)...Swift.max(a.y, b.y)).contains(point.y)
            {
                return true
            }
            if (a.y > point.y) != (b.y > point.y), (side > 0) == (down > 0) { isInside.toggle() }
            a = b
        }
        return isInside
    }
}
