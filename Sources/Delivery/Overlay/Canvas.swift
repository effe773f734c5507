import PoseTypes

/// A colour of the overlay, 8 bits a channel.
struct Color: Sendable, Equatable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    /// From `0xRRGGBB`.
    init(_ rgb: UInt32) {
        red = UInt8(rgb >> 16 & 255)
        green = UInt8(rgb >> 8 & 255)
        blue = UInt8(rgb & 255)
    }
}

struct Point: Sendable, Equatable {
    var x: Float
    var y: Float
}

/// Anti-aliased shapes, drawn straight into RGB pixels.
///
/// Each shape is a signed distance (negative inside); a pixel is covered by 1/2 where its centre lies on the edge, as
/// by a box filter one pixel wide. Only pixels that a shape can reach are looked at, what lies outside the picture is
/// cut off, and a shape with a coordinate that is not finite is not drawn.
struct Canvas {
    let pixels: UnsafeMutablePointer<UInt8>
    let width: Int
    let height: Int

    /// A line with round ends; a disc where both ends are the same. Nothing is drawn within `hollow` of the line, so a
    /// casing does not darken what it encloses.
    func line(from a: Point, to b: Point, radius: Float, hollow: Float = -1, color: Color, opacity: Float) {
        guard (a.x + a.y + b.x + b.y + radius).isFinite else { return }
        let reach = radius + 0.5
        let hole = hollow + 0.5
        let segment = Segment(a, b)
        for y in rows(min(a.y, b.y) - reach, max(a.y, b.y) + reach) {
            let (low, high) = segment.span(at: Float(y), reach: reach)
            let row = pixels + y * width * 3
            for x in columns(low, high) {
                let squared = segment.squaredDistance(Float(x), Float(y))
                guard squared < reach * reach else { continue }
                let distance = squared.squareRoot()
                let coverage = min(1, reach - distance) - min(1, max(0, hole - distance))
                blend(row + 3 * x, color, opacity * coverage)
            }
        }
    }

    /// Lines with round ends that are covered once where they overlap: a letter.
    func strokes(_ segments: [Segment], radius: Float, color: Color, opacity: Float) {
        let reach = radius + 0.5
        guard let first = segments.first else { return }
        var (left, right, top, bottom) = (first.a.x, first.a.x, first.a.y, first.a.y)
        for segment in segments {
            guard segment.isFinite else { return }
            left = min(left, segment.a.x, segment.b.x)
            right = max(right, segment.a.x, segment.b.x)
            top = min(top, segment.a.y, segment.b.y)
            bottom = max(bottom, segment.a.y, segment.b.y)
        }
        for y in rows(top - reach, bottom + reach) {
            let row = pixels + y * width * 3
            for x in columns(left - reach, right + reach) {
                var squared = reach * reach
                for segment in segments { squared = min(squared, segment.squaredDistance(Float(x), Float(y))) }
                blend(row + 3 * x, color, opacity * min(1, reach - squared.squareRoot()))
            }
        }
    }

    /// A filled rectangle with round corners.
    func plate(_ box: BoundingBox, corner: Float, color: Color, opacity: Float) {
        guard let shape = RoundedBox(box, corner: corner) else { return }
        for y in rows(box.y - 0.5, box.maxY + 0.5) {
            let row = pixels + y * width * 3
            for x in columns(box.x - 0.5, box.maxX + 0.5) {
                blend(row + 3 * x, color, opacity * min(1, 0.5 - shape.distance(Float(x), Float(y))))
            }
        }
    }

    /// The outline of a rectangle with round corners; of each side only what lies within `arm` of a corner.
    func frame(_ box: BoundingBox, corner: Float, arm: Float = .infinity, thickness: Float, color: Color, opacity: Float) {
        guard let shape = RoundedBox(box, corner: corner) else { return }
        let reach = thickness / 2 + 0.5
        func draw(_ y: Int, _ columns: Range<Int>) {
            let row = pixels + y * width * 3
            for x in columns {
                blend(row + 3 * x, color, opacity * min(1, reach - abs(shape.distance(Float(x), Float(y)))))
            }
        }
        let across = min(arm, box.width / 2)
        for y in rows(box.y - reach, box.maxY + reach) {
            let depth = min(Float(y) - box.y, box.maxY - Float(y))
            guard depth <= arm else { continue }
            // Along the top and the bottom the whole arm, elsewhere only what the sides and the corners can reach.
            let inner = depth <= reach ? across : min(depth <= corner ? corner : reach, across)
            let left = columns(box.x - reach, box.x + inner)
            draw(y, left)
            let right = columns(box.maxX - inner, box.maxX + reach)
            draw(y, max(left.upperBound, right.lowerBound)..<max(left.upperBound, right.upperBound))
        }
    }

    private func rows(_ low: Float, _ high: Float) -> Range<Int> { Self.clip(low, high, to: height) }
    private func columns(_ low: Float, _ high: Float) -> Range<Int> { Self.clip(low, high, to: width) }

    /// The pixels whose centres lie between `low` and `high`.
    private static func clip(_ low: Float, _ high: Float, to count: Int) -> Range<Int> {
        let limit = Float(count)
        let first = Int(min(max(low.rounded(.up), 0), limit))
        let last = Int(min(max(high.rounded(.down) + 1, 0), limit))
        return first..<max(first, last)
    }

    @inline(__always)
    private func blend(_ pixel: UnsafeMutablePointer<UInt8>, _ color: Color, _ coverage: Float) {
        guard coverage > 0 else { return }
        let share = Int32(coverage * 256)
        pixel[0] = Self.mix(pixel[0], color.red, share)
        pixel[1] = Self.mix(pixel[1], color.green, share)
        pixel[2] = Self.mix(pixel[2], color.blue, share)
    }

    @inline(__always)
    private static func mix(_ below: UInt8, _ above: UInt8, _ share: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: Int32(below) + ((Int32(above) - Int32(below)) * share + 128) >> 8)
    }
}
