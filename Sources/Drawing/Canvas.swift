import Basics
import PoseTypes

/// A colour of the overlay, 8 bits a channel.
struct Color: Sendable, Equatable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    /// From `0xRRGGBB`.
    init(_ rgb: UInt32) {
        red = UInt8(truncatingIfNeeded: rgb >> 16)
        green = UInt8(truncatingIfNeeded: rgb >> 8)
        blue = UInt8(truncatingIfNeeded: rgb)
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

    /// A line with round ends, a disc where both ends are the same; around it a dark casing, so that it stands out from
    /// any background and from the lines below.
    func line(
        from a: Point, to b: Point, radius: Float, color: Color, opacity: Float, casing: Float = 0, casingOpacity: Float = 0
    ) {
        guard (a.x + a.y + b.x + b.y + radius + casing).isFinite else { return }
        let segment = Segment(a, b)
        let (core, edge, reach) = (max(0, radius - 0.5), radius + 0.5, radius + casing + 0.5)
        for y in rows(min(a.y, b.y) - reach, max(a.y, b.y) + reach) {
            let row = pixels + y * width * 3
            func edges(_ columns: Range<Int>) {
                for x in columns {
                    let distance = segment.squaredDistance(Float(x), Float(y)).squareRoot()
                    let inner = min(1, max(0, edge - distance))
                    let ring = min(1, max(0, reach - distance)) - inner
                    // fits: shares lie in 0...1
                    mix(row + 3 * x, color, Int32(256 * opacity * inner), Palette.ink, Int32(256 * casingOpacity * ring))
                }
            }
            let all = segment.span(at: Float(y), reach: reach)
            let whole = segment.span(at: Float(y), reach: core)
            let (outer, inner) = (columns(all.low, all.high), columns(whole.low, whole.high))
            guard !inner.isEmpty else {
                edges(outer)
                continue
            }
            edges(outer.lowerBound..<max(outer.lowerBound, inner.lowerBound))
            for x in inner { mix(row + 3 * x, color, Int32(256 * opacity), color, 0) }  // fits: shares lie in 0...1
            edges(inner.upperBound..<max(outer.upperBound, inner.upperBound))
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

    func rows(_ low: Float, _ high: Float) -> Range<Int> { Self.clip(low, high, to: height) }
    func columns(_ low: Float, _ high: Float) -> Range<Int> { Self.clip(low, high, to: width) }

    /// The pixels whose centres lie between `low` and `high`.
    private static func clip(_ low: Float, _ high: Float, to count: Int) -> Range<Int> {
        let limit = Float(count)
        let first = Int(saturating: min(max(low.rounded(.up), 0), limit))
        let last = Int(saturating: min(max(high.rounded(.down) + 1, 0), limit))
        return first..<max(first, last)
    }

    @inline(__always)
    func blend(_ pixel: UnsafeMutablePointer<UInt8>, _ color: Color, _ coverage: Float) {
        guard coverage > 0 else { return }
        mix(pixel, color, Int32(256 * coverage), color, 0)  // fits: shares lie in 0...1
    }

    /// Lays two colours over a pixel, each with its share of 256.
    @inline(__always)
    private func mix(_ pixel: UnsafeMutablePointer<UInt8>, _ one: Color, _ share: Int32, _ other: Color, _ rest: Int32) {
        func channel(_ below: UInt8, _ one: UInt8, _ other: UInt8) -> UInt8 {
            let below = Int32(clamping: below)
            let change = (Int32(clamping: one) &- below) &* share &+ (Int32(clamping: other) &- below) &* rest &+ 128
            return UInt8(truncatingIfNeeded: below &+ change >> 8)
        }
        pixel[0] = channel(pixel[0], one.red, other.red)
        pixel[1] = channel(pixel[1], one.green, other.green)
        pixel[2] = channel(pixel[2], one.blue, other.blue)
    }
}
