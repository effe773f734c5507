import Drawing
import PoseTypes
import Testing

@testable import Drawing

/// How joints with a state are drawn: `OverlayPainterTests` has the rest.
@Suite struct SmoothedOverlayTests {
    let grey = Image(width: 640, height: 480, grey: 90)
    /// Left knee of `OverlayPainterTests.person`, and half-way to its hip.
    let knee = (x: Float(230), y: Float(325))
    let thigh = (x: Float(230), y: Float(290))

    func person(_ change: (inout [SmoothedKeypoint]) -> Void = { _ in }) -> Person {
        var person = OverlayPainterTests.person()
        var joints = person.pose.keypoints.map { SmoothedKeypoint.observed(SmoothedKeypoint.Place(x: $0.x, y: $0.y, sigma: 2)) }
        change(&joints)
        person.track = Track(id: TrackID(1), firstSeen: .zero, joints: joints)
        return person
    }

    func painted(_ person: Person) -> Image {
        var image = grey
        OverlayPainter(skeleton: .coco17).paint([person], into: &image)
        return image
    }

    func isChanged(_ image: Image, _ x: Float, _ y: Float) -> Bool {
        let start = (Int(y) * image.width + Int(x)) * 3
        return image.pixels[start..<start + 3] != [90, 90, 90]
    }

    func changed(_ image: Image) -> Int { image.pixels.count { $0 != 90 } }

    @Test func theSmoothedJointIsDrawnNotTheRawOne() {
        var shaken = person()
        shaken.pose.keypoints[13].x += 25
        #expect(painted(shaken) == painted(person()))
    }

    @Test func aPredictedJointIsARingOnThinLimbs() {
        let predicted = painted(person { $0[13] = .predicted($0[13].place!) })
        #expect(isChanged(painted(person()), knee.x, knee.y))
        #expect(!isChanged(predicted, knee.x, knee.y))
        #expect(isChanged(predicted, thigh.x, thigh.y))
        #expect(changed(predicted) < changed(painted(person())) - 200)
    }

    @Test func aMissingJointIsNotDrawnNorItsLimbs() {
        let image = painted(person { $0[13] = .missing })
        #expect(!isChanged(image, knee.x, knee.y) && !isChanged(image, thigh.x, thigh.y))
    }

    @Test func aPredictedJointNeedsNoScore() {
        var weak = person { $0[13] = .predicted($0[13].place!) }
        weak.pose.keypoints[13].score = 0
        #expect(isChanged(painted(weak), thigh.x, thigh.y))
        weak.track?.joints[13] = person().track!.joints[13]
        #expect(!isChanged(painted(weak), thigh.x, thigh.y))
    }

    @Test(arguments: [Float.nan, .infinity, -1e30]) func absurdJointsAreHarmless(value: Float) {
        var painter = OverlayPainter(skeleton: .coco17, trail: 1)
        for index in 0..<20 {
            let absurd = person { joints in
                for joint in joints.indices {
                    joints[joint] = .predicted(SmoothedKeypoint.Place(x: value, y: Float(index), sigma: value))
                }
            }
            var image = grey
            painter.paint(PoseFrame(index: index, time: Timestamp(seconds: Double(index) / 30), people: [absurd]), into: &image)
            if index == 19 { #expect(!isChanged(image, thigh.x, thigh.y)) }
        }
    }
}
