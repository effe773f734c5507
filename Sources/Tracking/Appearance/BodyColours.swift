import Glibc
import PoseTypes

/// Takes the colours of a person's clothes from a picture, where the pose says they are.
package struct BodyColours: Sendable {
    /// Keypoints below this score say nothing of where a part is.
    private static let minScore: Float = 0.4

    /// The corners of the torso, and the ends of each limb's segments: indices of the layout's keypoints.
    private let joints: Int
    private let torso: [Int]
    private let limbs: [[(from: Int, to: Int)]]

    /// Nil for a layout without shoulders and hips.
    package init?(_ skeleton: Skeleton) {
        func joint(_ name: String) -> Int? { skeleton.joints.firstIndex(of: name) }
        let corners = ["left_shoulder", "right_shoulder", "right_hip", "left_hip"].compactMap(joint)
        guard corners.count == 4 else { return nil }
        joints = skeleton.joints.count
        torso = corners
        limbs = [("shoulder", "elbow"), ("hip", "knee"), ("knee", "ankle")].map { from, to in
            ["left_", "right_"].compactMap { side in
                guard let from = joint(side + from), let to = joint(side + to) else { return nil }
                return (from, to)
            }
        }
    }

    /// Of a pose of another layout nothing is known.
    package func callAsFunction(_ image: Image, _ pose: Pose) -> Appearance {
        guard pose.keypoints.count == joints else { return Appearance(parts: Array(repeating: nil, count: 1 + limbs.count)) }
        return image.pixels.withUnsafeBufferPointer { pixels in
            let view = View(pixels: pixels, width: image.width, height: image.height)
            return Appearance(parts: [torso(view, pose.keypoints)] + limbs.map { limb($0, view, pose.keypoints) })
        }
    }

    /// A grid within the corners.
    private func torso(_ view: View, _ keypoints: [Keypoint]) -> Appearance.Colour? {
        let corners = torso.map { keypoints[$0] }
        guard corners.allSatisfy({ $0.score >= Self.minScore }) else { return nil }
        var mean = Mean()
        for across in [0.25, 0.375, 0.5, 0.625, 0.75] as [Float] {
            for down in [0.15, 0.325, 0.5, 0.675, 0.85] as [Float] {
                let top = Self.between(corners[0], corners[1], across)
                let bottom = Self.between(corners[3], corners[2], across)
                mean.add(view.colour(x: top.x + down * (bottom.x - top.x), y: top.y + down * (bottom.y - top.y)))
            }
        }
        return mean.value
    }

    /// Points along the segments that are seen.
    private func limb(_ segments: [(from: Int, to: Int)], _ view: View, _ keypoints: [Keypoint]) -> Appearance.Colour? {
        var mean = Mean()
        for segment in segments {
            let (from, to) = (keypoints[segment.from], keypoints[segment.to])
            guard min(from.score, to.score) >= Self.minScore else { continue }
            for part in [0.3, 0.4, 0.5, 0.6, 0.7] as [Float] {
                let place = Self.between(from, to, part)
                mean.add(view.colour(x: place.x, y: place.y))
            }
        }
        return mean.value
    }

    private static func between(_ a: Keypoint, _ b: Keypoint, _ part: Float) -> (x: Float, y: Float) {
        (a.x + part * (b.x - a.x), a.y + part * (b.y - a.y))
    }

    private struct View {
        let pixels: UnsafeBufferPointer<UInt8>
        let width: Int
        let height: Int

        /// Nil outside the picture.
        func colour(x: Float, y: Float) -> Appearance.Colour? {
            guard x > -0.5, y > -0.5, x < Float(width) - 0.5, y < Float(height) - 0.5 else { return nil }
            let place = 3 * (Int(y + 0.5) * width + Int(x + 0.5))  // fits: inside the picture
            // Dark colours are mostly noise: 8 levels more are a floor.
            let (red, green, blue) = (
                log(Float(pixels[place]) + 8), log(Float(pixels[place + 1]) + 8), log(Float(pixels[place + 2]) + 8)
            )
            return Appearance.Colour(brightness: green, red: red - green, blue: blue - green)
        }
    }

    private struct Mean {
        private var sum = Appearance.Colour(brightness: 0, red: 0, blue: 0)
        private var count: Float = 0

        mutating func add(_ colour: Appearance.Colour?) {
            guard let colour else { return }
            sum.brightness += colour.brightness
            sum.red += colour.red
            sum.blue += colour.blue
            count += 1
        }

        /// Nil of too few points.
        var value: Appearance.Colour? {
            count < 5 ? nil : Appearance.Colour(brightness: sum.brightness / count, red: sum.red / count, blue: sum.blue / count)
        }
    }
}
