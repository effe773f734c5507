import PoseTypes
import Testing

@testable import Tracking

struct AppearanceTests {
    private static let actor = Actor(path: { _ in (200, 200) })

    /// Somebody with a jacket and trousers before a wall, in more or less light.
    private func picture(jacket: [Double], trousers: [Double], light: Double = 1) -> Image {
        var image = Image(width: 400, height: 400, grey: 128)
        for row in 0..<400 {
            for column in 0..<400 where abs(column - 200) < 40 && row > 100 {
                let colour = row < 204 ? jacket : trousers
                for channel in 0..<3 { image.pixels[3 * (row * 400 + column) + channel] = UInt8(colour[channel] * light) }
            }
        }
        return image
    }

    private func look(_ image: Image, _ pose: Pose = actor.pose(at: 0)) throws -> Appearance {
        let colours = try #require(BodyColours(.coco17))
        return colours(image, pose)
    }

    @Test func clothesAreKnownInOtherLight() throws {
        let (dark, red) = ([40.0, 40, 60], [180.0, 40, 40])
        let first = try look(picture(jacket: dark, trousers: red))
        #expect((first.clothes + first.others).allSatisfy { $0 != nil })
        for light in [0.75, 1.3] {
            let same = try #require(first.likeness(to: try look(picture(jacket: dark, trousers: red, light: light))))
            #expect(same > 0.75, "\(light): \(same)")
        }
        for (jacket, trousers) in [(red, dark), (red, red), ([200, 200, 190], red)] {
            let other = try #require(first.likeness(to: try look(picture(jacket: jacket, trousers: trousers))))
            #expect(other < 0.3, "\(jacket) \(trousers): \(other)")
        }
    }

    @Test func whatIsNotSeenSaysNothing() throws {
        let image = picture(jacket: [40, 40, 60], trousers: [180, 40, 40])
        #expect(try look(image, Pose(keypoints: [])) == Appearance())
        let unseen = try look(image, Self.actor.pose(at: 0, score: 0.1))
        #expect(unseen == Appearance())
        #expect(unseen.likeness(to: try look(image)) == nil)
        var legless = Self.actor.pose(at: 0)
        for joint in 11..<17 { legless.keypoints[joint].score = 0 }
        let half = try look(image, legless)
        #expect(half.clothes.map { $0 == nil } == [true, false, true, true])
        #expect(try #require(half.likeness(to: try look(image))) > 0.99)
        var seen = half
        seen.approach(try look(image), by: 0.5)
        #expect(seen.clothes.allSatisfy { $0 != nil })
    }

    /// Both in black, but one with bare arms and fair hair.
    @Test func hairAndSkinTellPeopleInTheSameClothesApart() throws {
        let black = picture(jacket: [20, 20, 24], trousers: [20, 20, 24])
        var other = black
        for row in 90..<204 {
            for column in 0..<400 where row < 135 || abs(column - 200) > 24 {
                for (channel, level) in [200, 160, 120].enumerated() {
                    other.pixels[3 * (row * 400 + column) + channel] = UInt8(level)
                }
            }
        }
        let (one, two) = (try look(black), try look(other))
        #expect(try #require(one.resemblance(to: one)) == 1)
        #expect(try #require(one.resemblance(to: two)) < 0.3)
        #expect(one.resemblance(to: Appearance(clothes: Array(one.clothes.prefix(3)) + [nil], others: [nil, nil, nil])) == nil)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 3e38, -9e9, 1e6])
    func placesOutsideThePictureHaveNoColour(place: Float) throws {
        var pose = Self.actor.pose(at: 0)
        for joint in pose.keypoints.indices { (pose.keypoints[joint].x, pose.keypoints[joint].y) = (place, place) }
        #expect(try look(Image(width: 1, height: 1), pose) == Appearance())
    }

    @Test func aLayoutWithoutABodyHasNoClothes() {
        #expect(BodyColours(Skeleton(name: "corners", joints: ["a", "b"], bones: [], mirror: [1, 0], sigmas: [])) == nil)
        #expect(
            Skeleton.known.allSatisfy { BodyColours($0) != nil || $0.name.contains("ap10k") }, "\(Skeleton.known.map(\.name))")
    }
}
