import Drawing
import PoseTypes
import Testing

@testable import Drawing

@Suite struct OverlayPainterTests {
    /// Somebody upright whose left half lies at greater x, as for one who faces the camera.
    static func person(height: Float = 300, x: Float = 200, y: Float = 100, score: Float = 1) -> Person {
        let places: [(Float, Float)] = [
            (0, 0.1), (0.04, 0.08), (-0.04, 0.08), (0.08, 0.1), (-0.08, 0.1), (0.15, 0.22), (-0.15, 0.22), (0.2, 0.36),
            (-0.2, 0.36), (0.22, 0.5), (-0.22, 0.5), (0.1, 0.52), (-0.1, 0.52), (0.1, 0.75), (-0.1, 0.75), (0.1, 0.97),
            (-0.1, 0.97),
        ]
        let keypoints = places.map { Keypoint(x: x + $0.0 * height, y: y + $0.1 * height, score: score) }
        let box = BoundingBox(x: x - 0.25 * height, y: y, width: 0.5 * height, height: height)
        return Person(box: box, score: 0.9, pose: Pose(keypoints: keypoints))
    }

    let grey = Image(width: 640, height: 480, grey: 90)

    func painted(_ people: [Person], on image: Image? = nil) -> Image {
        var image = image ?? grey
        OverlayPainter(skeleton: .coco17).paint(people, into: &image)
        return image
    }

    func color(_ image: Image, _ x: Float, _ y: Float) -> [Int] {
        let start = (Int(y.rounded()) * image.width + Int(x.rounded())) * 3
        return image.pixels[start..<start + 3].map(Int.init)
    }

    /// In a crowd, labels that did not scale with the person would hide the people.
    @Test(arguments: [24, 40, 80, 160, 300] as [Float]) func labelsScaleWithThePerson(height: Float) {
        let person = Self.person(height: height)
        let image = painted([person])
        var above: [(x: Int, y: Int)] = []
        for y in 0..<Int(person.box.y) - 3 {
            for x in 0..<image.width where image.pixels[(y * image.width + x) * 3] != 90 { above.append((x, y)) }
        }
        let width = (above.map(\.x).max() ?? 0) - (above.map(\.x).min() ?? 0)
        let rows = (above.map(\.y).max() ?? 0) - (above.map(\.y).min() ?? 0)
        #expect(!above.isEmpty && Float(rows) < max(12, 0.3 * height) && Float(width) < max(30, 0.7 * height), "\(width)x\(rows)")
    }

    @Test func leftIsBlueAndRightIsOrange() {
        let image = painted([Self.person()])
        // Half-way between hip and knee.
        let (left, right) = (color(image, 230, 290), color(image, 170, 290))
        #expect(left[2] > left[0] + 100)
        #expect(right[0] > right[2] + 100)
    }

    @Test func aWeakJointIsNotDrawnNorItsLimbs() {
        var person = Self.person()
        person.pose.keypoints[13].score = 0.29
        let image = painted([person])
        #expect(color(image, 230, 290) == [90, 90, 90])
        #expect(color(image, 230, 358) == [90, 90, 90])
        #expect(color(image, 170, 290) != [90, 90, 90])
    }

    @Test func confidenceIsOpacity() {
        let blues = [0.35, 0.5, 0.65].map { color(painted([Self.person(score: $0)]), 230, 290)[2] }
        #expect(blues[0] > 110 && blues[0] < blues[1] && blues[1] < blues[2])
    }

    @Test func onlyTheSurroundingsOfAPersonChange() {
        let image = painted([Self.person()])
        for (index, byte) in image.pixels.enumerated() where byte != 90 {
            let (x, y) = (index / 3 % 640, index / 3 / 640)
            #expect(120...280 ~= x && 75...405 ~= y)
        }
    }

    @Test func aLargerPictureLooksTheSame() {
        func share(_ image: Image) -> Float {
            Float(image.pixels.count { $0 != 90 }) / Float(image.pixels.count)
        }
        let small = share(painted([Self.person()]))
        let large = share(
            painted([Self.person(height: 600, x: 400, y: 200)], on: Image(width: 1280, height: 960, grey: 90)))
        #expect(abs(large / small - 1) < 0.15)
    }

    @Test func aTrackedPersonKeepsNumberAndColour() {
        func tracked(_ id: Int) -> Person {
            var person = Self.person()
            person.track = Track(id: TrackID(id), firstSeen: .zero)
            return person
        }
        var elsewhere = Self.person(x: 500)
        #expect(painted([tracked(3)]) != painted([tracked(4)]))
        elsewhere.track = Track(id: TrackID(9), firstSeen: .zero)
        let corner: (Float, Float) = (200 - 75 + 15, 100)
        #expect(
            color(painted([tracked(3)]), corner.0, corner.1) == color(painted([elsewhere, tracked(3)]), corner.0, corner.1))
    }

    @Test(arguments: [Float.nan, .infinity, -1e30]) func absurdPeopleAreHarmless(value: Float) {
        var person = Self.person()
        person.pose.keypoints[5].x = value
        person.pose.keypoints[6].score = value
        _ = painted([person])
        person.box.x = value
        person.box.height = value
        person.score = value
        person.pose.keypoints = person.pose.keypoints.map { Keypoint(x: value, y: value, score: $0.score) }
        #expect(painted([person]) == grey)
    }

    @Test(arguments: [(-500, 100), (1300, 100), (200, -900), (200, 900)] as [(Float, Float)])
    func whoIsOutsideIsNotDrawn(x: Float, y: Float) {
        #expect(painted([Self.person(x: x, y: y)]) == grey)
    }

    @Test func aTinyPictureIsEnough() { _ = painted([Self.person()], on: Image(width: 1, height: 1)) }
}
