public import PoseTypes

/// Draws people into pictures: limbs, joints, a box, and a label with the person's number and score.
///
/// Confidence is opacity; joints below the threshold are not drawn, nor the limbs that end in them. Widths and letters
/// follow the picture's size, so that 480 lines and 2160 look alike, and become finer for small people.
public struct OverlayPainter: Sendable {
    private let threshold: Float
    private let bones: [(from: Int, to: Int, stroke: Stroke)]
    private let joints: [Stroke]

    public init(skeleton: Skeleton, keypointThreshold: Float = 0.3) {
        threshold = keypointThreshold
        joints = skeleton.joints.map(Stroke.init(joint:))
        bones = skeleton.bones.map { bone in
            (bone[0], bone[1], Stroke(bone: skeleton.joints[bone[0]], skeleton.joints[bone[1]]))
        }
    }

    /// Draws everybody: boxes lowest, then bodies, labels on top, so that no body hides a number.
    public func paint(_ people: [Person], into image: inout Image) {
        let (width, height) = (image.width, image.height)
        image.pixels.withUnsafeMutableBufferPointer { buffer in
            let canvas = Canvas(pixels: buffer.baseAddress!, width: width, height: height)
            // One unit is a pixel of a picture with 480 lines.
            let unit = Float(min(width, height)) / 480
            for person in people { paintBox(of: person, unit: unit, on: canvas) }
            for person in people { paintBody(of: person, unit: unit, on: canvas) }
            for (index, person) in people.enumerated() { paintLabel(of: person, index: index, unit: unit, on: canvas) }
        }
    }

    private func paintBox(of person: Person, unit: Float, on canvas: Canvas) {
        let color = color(of: person)
        let opacity = opacity(of: person.score)
        let corner = 6 * unit
        let thin = max(1, 1.1 * unit)
        let thick = max(1.5, 2.4 * unit)
        let arm = max(3 * unit, min(28 * unit, 0.2 * min(person.box.width, person.box.height)))
        canvas.frame(
            person.box, corner: corner, thickness: thin + max(1, 1.2 * unit), color: Palette.ink, opacity: 0.25 * opacity)
        canvas.frame(person.box, corner: corner, thickness: thin, color: color, opacity: 0.55 * opacity)
        canvas.frame(person.box, corner: corner, arm: arm, thickness: thick, color: color, opacity: opacity)
    }

    private func paintBody(of person: Person, unit: Float, on canvas: Canvas) {
        let points = person.pose.keypoints
        guard points.count == joints.count else { return }
        let size = max(person.box.width, person.box.height) / (240 * unit)
        let limb = max(0.8, 1.9 * unit * (size.isFinite ? min(1.25, max(0.55, size.squareRoot())) : 1))
        let casing = max(0.7, 0.55 * limb)
        func isDrawn(_ joint: Int) -> Bool { points[joint].score >= threshold }
        func point(_ joint: Int) -> Point { Point(x: points[joint].x, y: points[joint].y) }

        for bone in bones where isDrawn(bone.from) && isDrawn(bone.to) {
            let strength = opacity(of: min(points[bone.from].score, points[bone.to].score))
            canvas.line(
                from: point(bone.from), to: point(bone.to), radius: limb * bone.stroke.weight, color: bone.stroke.color,
                opacity: strength, casing: casing, casingOpacity: 0.5 * strength)
        }
        for joint in points.indices where isDrawn(joint) {
            let strength = opacity(of: points[joint].score)
            let radius = 1.7 * limb * joints[joint].weight
            let place = point(joint)
            canvas.line(
                from: place, to: place, radius: radius, color: joints[joint].color, opacity: strength, casing: casing,
                casingOpacity: 0.6 * strength)
            canvas.line(from: place, to: place, radius: 0.5 * radius, color: Palette.neutral, opacity: strength)
        }
    }

    /// A plate on the box's top left corner: above it, or inside where there is no room above.
    private func paintLabel(of person: Person, index: Int, unit: Float, on canvas: Canvas) {
        let box = person.box
        guard (box.maxX + box.maxY).isFinite, box.maxX > 0, box.maxY > 0, box.x < Float(canvas.width),
            box.y < Float(canvas.height)
        else { return }
        let letter = max(7, 9.5 * unit)
        let padding = 0.5 * letter
        let name = "\(person.track?.id.number ?? index)"
        let score = person.score.isFinite ? "\(Int((100 * min(1, max(0, person.score))).rounded()))%" : ""
        let scoreLetter = 0.72 * letter
        let nameWidth = StrokeFont.width(of: name) * letter / StrokeFont.capHeight
        let scoreWidth = StrokeFont.width(of: score) * scoreLetter / StrokeFont.capHeight
        let gap = score.isEmpty ? 0 : 0.75 * letter
        let size = Point(x: nameWidth + gap + scoreWidth + 2 * padding, y: letter + 2 * padding)
        let above = box.y - size.y - 2 * unit
        let inset = above >= 0 ? 0 : 4 * unit
        let plate = BoundingBox(
            x: min(max(0, box.x + inset), max(0, Float(canvas.width) - size.x)),
            y: above >= 0 ? above : max(0, box.y + inset), width: size.x, height: size.y)
        let opacity = opacity(of: person.score)
        canvas.plate(plate, corner: 0.3 * size.y, color: color(of: person), opacity: 0.35 + 0.6 * opacity)
        func write(_ text: String, x: Float, height: Float, opacity: Float) {
            let origin = Point(x: x, y: plate.y + padding + letter - height)
            for glyph in StrokeFont.strokes(of: text, at: origin, height: height) {
                canvas.strokes(glyph, radius: max(0.55, 0.085 * height), color: Palette.ink, opacity: opacity)
            }
        }
        write(name, x: plate.x + padding, height: letter, opacity: 1)
        write(score, x: plate.x + padding + nameWidth + gap, height: scoreLetter, opacity: 0.75)
    }

    /// A tracked person keeps one colour; the order of the others changes from frame to frame, so they share one.
    private func color(of person: Person) -> Color {
        guard let track = person.track else { return Palette.neutral }
        return Palette.identities[track.id.number % Palette.identities.count]
    }

    /// From faint but visible at the threshold to solid at 0.7; what is not a number is as weak as it gets.
    private func opacity(of score: Float) -> Float {
        let strength = (score - threshold) / max(0.05, 0.7 - threshold)
        return 0.4 + 0.6 * (strength > 0 ? min(1, strength) : 0)
    }
}
