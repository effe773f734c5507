import Glibc
import PoseTypes

/// Takes the colours of a person's clothes, hair and skin from a picture, where the pose says they are.
package struct BodyColours: Sendable {
    /// Keypoints below this score say nothing of where a part is.
    private static let minScore: Float = 0.4

    /// The corners of the torso, the ends of each limb's segments, and the face: indices of the layout's keypoints.
    private let joints: Int
    private let torso: [Int]
    private let limbs: [[(from: Int, to: Int)]]
    private let forearms: [(from: Int, to: Int)]
    private let face: [Int]

    /// Nil for a layout without shoulders and hips.
    package init?(_ skeleton: Skeleton) {
        func joint(_ name: String) -> Int? { skeleton.joints.firstIndex(of: name) }
        let corners = ["left_shoulder", "right_shoulder", "right_hip", "left_hip"].compactMap(joint)
        guard corners.count == 4 else { return nil }
        joints = skeleton.joints.count
        torso = corners
        face = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"].compactMap(joint)
        func segments(_ from: String, _ to: String) -> [(from: Int, to: Int)] {
            ["left_", "right_"].compactMap { side in
                guard let from = joint(side + from), let to = joint(side + to) else { return nil }
                return (from, to)
            }
        }
        limbs = [segments("shoulder", "elbow"), segments("hip", "knee"), segments("knee", "ankle")]
        forearms = segments("elbow", "wrist")
    }

    /// Of a pose of another layout nothing is known.
    package func callAsFunction(_ image: Image, _ pose: Pose) -> Appearance {
        guard pose.keypoints.count == joints else { return Appearance() }
        return image.pixels.withUnsafeBufferPointer { pixels in
            let view = View(pixels: pixels, width: image.width, height: image.height)
            let (head, neck) = head(view, pose.keypoints)
            return Appearance(
                clothes: [torso(view, pose.keypoints)] + limbs.map { limb($0, view, pose.keypoints) },
                others: [limb(forearms, view, pose.keypoints), head, neck])
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

    /// Grids from the face up over the hair, and below it over the neck, or the hair that hides it.
    private func head(_ view: View, _ keypoints: [Keypoint]) -> (Appearance.Colour?, Appearance.Colour?) {
        let seen = face.map { keypoints[$0] }.filter { $0.score >= Self.minScore }
        let (left, right) = (keypoints[torso[0]], keypoints[torso[1]])
        guard seen.count >= 2, min(left.score, right.score) >= Self.minScore else { return (nil, nil) }
        let middle = (
            x: seen.map(\.x).reduce(0, +) / Float(seen.count), y: seen.map(\.y).reduce(0, +) / Float(seen.count)
        )
        let base = Self.between(left, right, 0.5)
        let (x, y) = (middle.x - base.x, middle.y - base.y)
        var (head, neck) = (Mean(), Mean())
        for aside in [-0.2, 0, 0.2] as [Float] {
            for up in [1, 1.15, 1.3, 1.45] as [Float] {
                head.add(view.colour(x: base.x + up * x - aside * y, y: base.y + up * y + aside * x))
            }
            for up in [0.35, 0.5, 0.65] as [Float] {
                neck.add(view.colour(x: base.x + up * x - 0.75 * aside * y, y: base.y + up * y + 0.75 * aside * x))
            }
        }
        return (head.value, neck.value)
    }

    private static func between(_ a: Keypoint, _ b: Keypoint, _ part: Float) -> (x: Float, y: Float) {
        (a.x + part * (b.x - a.x), a.y + part * (b.y - a.y))
    }

    /// Of a level. Dark colours are mostly noise: 8 levels more are a floor.
    private static let logarithms = (0..<256).map { log(Float($0) + 8) }

    private struct View {
        let pixels: UnsafeBufferPointer<UInt8>
        let width: Int
        let height: Int
        let logarithms = BodyColours.logarithms

        /// Nil outside the picture.
        func colour(x: Float, y: Float) -> Appearance.Colour? {
            guard x > -0.5, y > -0.5, x < Float(width) - 0.5, y < Float(height) - 0.5 else { return nil }
            let place = 3 * (Int(y + 0.5) * width + Int(x + 0.5))  // fits: inside the picture
            func logarithm(_ channel: Int) -> Float { logarithms[Int(pixels[place + channel])] }  // fits: a byte
            let (red, green, blue) = (logarithm(0), logarithm(1), logarithm(2))
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
