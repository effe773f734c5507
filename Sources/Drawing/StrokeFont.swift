/// A small typeface made of strokes, so that it is sharp at every size: digits, capitals and what labels need.
///
/// Glyphs are drawn on a grid of 4 by 6 (x to the right, y down, capitals from 0 to 6). A stroke lists its points as
/// pairs of digits. One that begins with `~` is the quadratic B-spline of its points, beginning and ending at the first
/// and the last; `o` closes it. A point given twice is a corner.
enum StrokeFont {
    /// The height of capitals and digits, in grid units.
    static let capHeight: Float = 6
    private static let spacing: Float = 2.2
    private static let space: Float = 1.6

    struct Glyph {
        let segments: [Segment]
        let width: Float
    }

    /// Lower case is drawn as capitals, what has no glyph as a space.
    static func glyph(_ character: Character) -> Glyph? {
        glyphs[character] ?? glyphs[Character(character.uppercased())]
    }

    /// In grid units, without the room after the last glyph.
    static func width(of text: String) -> Float {
        max(0, text.reduce(-spacing) { $0 + (glyph($1)?.width ?? space) + spacing })
    }

    /// The strokes of a text whose capitals begin at `origin` and are `height` tall, one list a glyph.
    static func strokes(of text: String, at origin: Point, height: Float) -> [[Segment]] {
        let scale = height / capHeight
        var x = origin.x
        var result: [[Segment]] = []
        for character in text {
            let glyph = glyph(character)
            if let glyph {
                func place(_ point: Point) -> Point { Point(x: x + point.x * scale, y: origin.y + point.y * scale) }
                result.append(glyph.segments.map { Segment(place($0.a), place($0.b)) })
            }
            x += ((glyph?.width ?? space) + spacing) * scale
        }
        return result
    }

    private static let outlines: [Character: String] = [
        "0": "o00404606", "1": "112026", "2": "~01004043060646", "3": "~01004043232343460605", "4": "36300444",
        "5": "~40000003031242460605", "6": "~4140000646420204", "7": "004016", "8": "o00404303 o03434606",
        "9": "~0506464000044442", "A": "062046 1434", "B": "0006 ~001040431303 ~031343461606", "C": "~414000064645",
        "D": "0006 ~001040461606", "E": "40000646 0333", "F": "400006 0333", "G": "~4140000646434323",
        "H": "0006 4046 0343", "I": "0006", "J": "~4044460604", "K": "0006 4004 2246", "L": "000646",
        "M": "0600244046", "N": "06004640", "O": "o00404606", "P": "0006 ~001040431303", "Q": "o00404606 3446",
        "R": "0006 ~001040431303 2346", "S": "~4140000343460605", "T": "0040 2026", "U": "~000406464440", "V": "002640",
        "W": "0016223640", "X": "0046 4006", "Y": "002340 2326", "Z": "00400646", "%": "5006 o00202202 o34545636",
        "-": "0333", "+": "0343 2125", ".": "0606", ":": "0202 0505", "/": "4006", "#": "0242 0444 1006 4036",
    ]

    private static let glyphs = outlines.mapValues { outline in
        let segments = outline.split(separator: " ").flatMap(flatten)
        return Glyph(segments: segments, width: segments.reduce(0) { max($0, $1.a.x, $1.b.x) })
    }

    private static func flatten(_ stroke: Substring) -> [Segment] {
        let digits = stroke.compactMap(\.wholeNumberValue).map(Float.init)
        let points = stride(from: 0, to: digits.count, by: 2).map { Point(x: digits[$0], y: digits[$0 + 1]) }
        switch stroke.first {
        case "~": return spline(points)
        case "o":
            let start = middle(points[0], points[1])
            return spline([start] + points[1...] + [points[0], start])
        default: return zip(points, points.dropFirst()).map { Segment($0, $1) }
        }
    }

    /// Each inner point bends the curve from the middle of the line before it to the middle of the line after it.
    private static func spline(_ points: [Point]) -> [Segment] {
        let last = points.count - 1
        var from = points[0]
        var segments: [Segment] = []
        for index in 1..<last {
            let control = points[index]
            let to = index + 1 == last ? points[last] : middle(control, points[index + 1])
            var start = from
            let pieces = control == from || control == to ? 1 : 5
            for piece in 1...pieces {
                let t = Float(piece) / Float(pieces)
                func bend(_ a: Float, _ b: Float, _ c: Float) -> Float { (1 - t) * ((1 - t) * a + 2 * t * b) + t * t * c }
                let end = Point(x: bend(from.x, control.x, to.x), y: bend(from.y, control.y, to.y))
                segments.append(Segment(start, end))
                start = end
            }
            from = to
        }
        return segments
    }

    private static func middle(_ a: Point, _ b: Point) -> Point { Point(x: (a.x + b.x) / 2, y: (a.y + b.y) / 2) }
}
