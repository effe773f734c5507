import Drawing
import PoseTypes
import Testing

@testable import Drawing

@Suite struct CanvasTests {
    static let white = Color(0xFFFFFF)

    /// What a drawing leaves on a black picture.
    static func draw(_ width: Int, _ height: Int, _ work: (Canvas) -> Void) -> Image {
        var image = Image(width: width, height: height)
        image.pixels.withUnsafeMutableBufferPointer { work(Canvas(pixels: $0.baseAddress!, width: width, height: height)) }
        return image
    }

    /// In pixels, as far as coverage is exact.
    static func area(_ image: Image) -> Float { image.pixels.reduce(0) { $0 + Float($1) } / (3 * 255) }

    @Test(arguments: [0.8, 2.5, 7.25, 20] as [Float]) func aDiscCoversItsArea(radius: Float) {
        let place = Point(x: 25.3, y: 24.6)
        let image = Self.draw(50, 50) { $0.line(from: place, to: place, radius: radius, color: Self.white, opacity: 1) }
        #expect(abs(Self.area(image) - .pi * radius * radius) < 0.3 + 0.02 * radius * radius)
    }

    @Test func aLineCoversItsArea() {
        let image = Self.draw(100, 80) {
            $0.line(from: Point(x: 20.2, y: 60), to: Point(x: 80, y: 15.5), radius: 3, color: Self.white, opacity: 1)
        }
        let length: Float = (59.8 * 59.8 + 44.5 * 44.5).squareRoot()
        #expect(abs(Self.area(image) - (6 * length + .pi * 9)) < 3)
    }

    @Test func aCasingDarkensOnlyAround() {
        var image = Image(width: 64, height: 48, grey: 200)
        let (a, b) = (Point(x: 10, y: 24), Point(x: 50, y: 24))
        image.pixels.withUnsafeMutableBufferPointer {
            Canvas(pixels: $0.baseAddress!, width: 64, height: 48)
                .line(from: a, to: b, radius: 4, color: Self.white, opacity: 0.5, casing: 3, casingOpacity: 0.5)
        }
        func red(_ y: Int) -> UInt8 { image.pixels[(y * 64 + 30) * 3] }
        #expect([24, 27, 21].map(red) == [228, 228, 228])
        #expect([30, 18].map(red) == [106, 106])
        #expect([32, 16].map(red) == [200, 200])
    }

    @Test func aPlateAndAFrameCoverTheirArea() {
        let box = BoundingBox(x: 10.25, y: 8.5, width: 60, height: 40)
        let plate = Self.draw(90, 60) { $0.plate(box, corner: 6, color: Self.white, opacity: 1) }
        #expect(abs(Self.area(plate) - (2400 - (4 - .pi) * 36)) < 2)
        let frame = Self.draw(90, 60) { $0.frame(box, corner: 6, thickness: 3, color: Self.white, opacity: 1) }
        #expect(abs(Self.area(frame) - 3 * (200 - 48 + 2 * .pi * 6)) < 3)
        let corners = Self.draw(90, 60) { $0.frame(box, corner: 6, arm: 12, thickness: 3, color: Self.white, opacity: 1) }
        #expect(abs(Self.area(corners) - 3 * (8 * 6 + 2 * .pi * 6)) < 6)
    }

    @Test func aRingCoversItsArea() {
        let image = Self.draw(60, 60) {
            $0.ring(around: Point(x: 29.3, y: 30.1), radius: 20, thickness: 3, color: Self.white, opacity: 1)
        }
        #expect(abs(Self.area(image) - 2 * .pi * 20 * 3) < 2)
    }

    @Test func aTaperedLineIsNowhereDarkerThanItsPieces() {
        func taper(_ places: [(Float, Float)]) -> Image {
            Self.draw(100, 100) {
                $0.taper(
                    places.map { Canvas.TaperPoint(place: Point(x: $0.0, y: $0.1), radius: 4, opacity: 0.5) }, color: Self.white)
            }
        }
        // It crosses itself, and turns back onto itself.
        let image = taper([(10, 10), (90, 90), (90, 10), (10, 90), (50, 50), (20, 80)])
        #expect(image.pixels.max() == 128)
        #expect(abs(Self.area(taper([(20, 50), (80, 50)])) - 0.5 * (8 * 60 + .pi * 16)) < 3)
        #expect(Self.area(taper([(-900, 50), (900, 50)])) > 0.5 * 790)
        #expect(Self.area(taper([(-900, -50), (900, -50)])) == 0)
    }

    @Test func whatLeavesThePictureIsCutOffAndElseTheSame() {
        func scene(_ canvas: Canvas, _ dx: Float, _ dy: Float) {
            let box = BoundingBox(x: 20 + dx, y: 15 + dy, width: 50, height: 60)
            canvas.plate(box, corner: 8, color: Color(0x204060), opacity: 0.5)
            canvas.frame(box, corner: 8, arm: 20, thickness: 4, color: Self.white, opacity: 0.75)
            canvas.line(
                from: Point(x: 5 + dx, y: 80 + dy), to: Point(x: 90 + dx, y: 10 + dy), radius: 5, color: Self.white, opacity: 1)
            for glyph in StrokeFont.strokes(of: "B8", at: Point(x: 30 + dx, y: 30 + dy), height: 24) {
                canvas.strokes(glyph, radius: 2, color: Self.white, opacity: 1)
            }
        }
        let whole = Self.draw(100, 100) { scene($0, 0, 0) }
        for (left, top) in [(30, 0), (0, 30), (35, 40), (50, 50)] {
            let part = Self.draw(40, 40) { scene($0, -Float(left), -Float(top)) }
            let cut = (0..<40).flatMap { y in
                let start = ((y + top) * 100 + left) * 3
                return whole.pixels[start..<start + 120]
            }
            // Moving the scene rounds its coordinates anew.
            #expect(zip(part.pixels, cut).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 3e38, -3e38]) func absurdPlacesDrawNothing(value: Float) {
        let image = Self.draw(20, 20) {
            let (near, far) = (Point(x: 5, y: value), Point(x: value, y: value))
            $0.line(from: far, to: near, radius: 2, color: Self.white, opacity: 1)
            $0.line(from: far, to: far, radius: value, color: Self.white, opacity: 1)
            $0.ring(around: near, radius: 5, thickness: 2, color: Self.white, opacity: 1)
            let points = [near, far].map { Canvas.TaperPoint(place: $0, radius: 1, opacity: 1) }
            $0.taper(points, color: Self.white)
            $0.strokes([Segment(far, near)], radius: 2, color: Self.white, opacity: 1)
            $0.plate(BoundingBox(x: 2, y: value, width: 3, height: value), corner: 1, color: Self.white, opacity: 1)
            $0.frame(BoundingBox(x: value, y: 2, width: 3, height: 3), corner: 1, thickness: 1, color: Self.white, opacity: 1)
        }
        #expect(Self.area(image) == 0)
    }

    @Test func theFontHasWhatLabelsNeed() {
        for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz%-+.:/#" {
            let glyph = StrokeFont.glyph(character)
            #expect(glyph?.segments.isEmpty == false)
            let points = glyph?.segments.flatMap { [$0.a, $0.b] } ?? []
            #expect(points.allSatisfy { -0.01...5.01 ~= $0.x && -0.01...6.01 ~= $0.y })
        }
        #expect(StrokeFont.width(of: "") == 0)
        #expect(StrokeFont.width(of: "88") > 2 * StrokeFont.width(of: "8"))
    }
}
