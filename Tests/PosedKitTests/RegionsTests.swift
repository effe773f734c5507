import Drawing
import PoseTypes
import PosedKit
import Settings
import Testing

@Suite struct RegionsTests {
    private static let left = polygon((0, 0), (0.5, 0), (0.5, 1), (0, 1))
    /// A U whose opening is above, over the whole picture.
    private static let horseshoe = polygon((0, 0), (0.3, 0), (0.3, 0.6), (0.7, 0.6), (0.7, 0), (1, 0), (1, 1), (0, 1))

    private static func polygon(_ corners: (Double, Double)...) -> Regions.Polygon {
        corners.map { Regions.Point(x: $0, y: $1) }
    }

    /// Whether somebody counts whose feet stand there, in shares of a picture.
    private func counts(_ x: Float, _ y: Float, include: [Regions.Polygon] = [], exclude: [Regions.Polygon] = []) -> Bool {
        var regions = Regions()
        (regions.include, regions.exclude) = (include, exclude)
        let box = BoundingBox(x: x * 640 - 20, y: y * 480 - 100, width: 40, height: 100)
        return regions.contains(box, in: (640, 480))
    }

    @Test func withoutRegionsEverybodyCounts() { #expect(counts(0.9, 0.9)) }

    @Test func theMiddleOfTheFootLineDecides() {
        #expect(counts(0.49, 0.5, include: [Self.left]))
        #expect(!counts(0.51, 0.5, include: [Self.left]))
        #expect(!counts(0.49, 0.5, exclude: [Self.left]))
        #expect(counts(0.51, 0.5, exclude: [Self.left]))
    }

    @Test func anyIncludedRegionIsEnoughAndAnyExcludedOneIsTooMuch() {
        let right = Self.polygon((0.8, 0), (1, 0), (1, 1), (0.8, 1))
        #expect(counts(0.9, 0.5, include: [Self.left, right]))
        #expect(!counts(0.6, 0.5, include: [Self.left, right]))
        #expect(!counts(0.9, 0.5, include: [Self.left, right], exclude: [right]))
    }

    @Test(arguments: [(0.1, 0.2, true), (0.5, 0.2, false), (0.9, 0.2, true), (0.5, 0.8, true), (0.5, 0.59, false)])
    func hollowsAreOutside(x: Float, y: Float, isInside: Bool) {
        #expect(counts(x, y, include: [Self.horseshoe]) == isInside)
        #expect(counts(x, y, include: [Self.horseshoe.reversed()]) == isInside)
    }

    @Test func edgesAreInside() {
        #expect(counts(0.5, 0.5, include: [Self.left]))
        #expect(counts(0.25, 0, include: [Self.left]))
        #expect(counts(0, 0.5, include: [Self.left]))
    }

    /// A box may reach over the picture's edge: the feet are below it.
    @Test func feetOutsideThePictureStandAtItsEdge() {
        #expect(counts(0.25, 1.2, include: [Self.left]))
        #expect(counts(-0.1, 0.5, include: [Self.left]))
        #expect(!counts(0.75, 1.2, include: [Self.left]))
    }
}
