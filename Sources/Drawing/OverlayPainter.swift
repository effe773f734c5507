import Basics
import PoseTypes

/// Draws people into pictures: limbs, joints, a box, a label with the person's number and score, and perhaps the ways
/// that hands and feet have just gone.
///
/// Where a person's joints are smoothed, those are drawn: observed ones like any, predicted ones as rings on thin limbs.
/// Confidence is opacity; joints that the network saw with a score below the threshold are not drawn, nor the limbs that
/// end in them. Widths and letters follow the picture's size, so that 480 lines and 2160 look alike, and become finer for
/// small people.
package struct OverlayPainter: Sendable {
    private let threshold: Float
    private let bones: [(from: Int, to: Int, stroke: Stroke)]
    private let joints: [Stroke]
    private var trails: Trails?

    /// - Parameter trail: how many seconds of their way hands and feet draw behind them.
    package init(skeleton: Skeleton, keypointThreshold: Float = 0.3, trail: Double = 0) {
        threshold = keypointThreshold
        joints = skeleton.joints.map(Stroke.init(joint:))
        bones = skeleton.bones.map { bone in
            (bone[0], bone[1], Stroke(bone: skeleton.joints[bone[0]], skeleton.joints[bone[1]]))
        }
        trails = trail > 0 ? Trails(of: skeleton, seconds: trail) : nil
    }

    /// Draws all people over one image, without trails.
    package func paint(_ people: [Person], into image: inout Image) {
        draw(people, bodies: people.map { body(of: $0, unit: unit(of: image)) }, trails: [], into: &image)
    }

    /// Draws a frame of a video, and takes down where it leaves hands and feet.
    package mutating func paint(_ frame: PoseFrame, into image: inout Image) {
        let bodies = frame.people.map { body(of: $0, unit: unit(of: image)) }
        trails?.add(zip(frame.people, bodies), at: frame.time)
        draw(frame.people, bodies: bodies, trails: trails?.lines(at: frame.time) ?? [], into: &image)
    }

    /// Boxes lowest, then trails and bodies, labels on top, so that no body hides a number; within each kind, that of the highest-scoring
    /// person, who comes first, on top.
    private func draw(_ people: [Person], bodies: [Body], trails: [Trails.Line], into image: inout Image) {
        let (width, height, unit) = (image.width, image.height, unit(of: image))
        image.pixels.withUnsafeMutableBufferPointer { buffer in
            let canvas = Canvas(pixels: buffer.baseAddress!, width: width, height: height)
            for person in people.reversed() { paintBox(of: person, unit: unit, on: canvas) }
            for line in trails { canvas.taper(line.points, color: joints[line.joint].color) }
            for body in bodies.reversed() { paint(body, on: canvas) }
            for (index, person) in people.enumerated().reversed() { paintLabel(of: person, index: index, unit: unit, on: canvas) }
        }
    }

    /// One unit is a pixel of a picture with 480 lines.
    private func unit(of image: Image) -> Float { Float(min(image.width, image.height)) / 480 }

    /// What of a person is drawn.
    private func body(of person: Person, unit: Float) -> Body {
        let size = max(person.box.width, person.box.height) / (240 * unit)
        let limb = max(0.8, 1.9 * unit * (size.isFinite ? min(1.25, max(0.55, size.squareRoot())) : 1))
        let points = person.pose.keypoints
        guard points.count == joints.count else { return Body(joints: [], limb: limb) }
        let smoothed = person.track?.joints ?? []
        let places = points.indices.map { index -> Body.SmoothedKeypoint? in
            let point = points[index]
            let seen = Body.SmoothedKeypoint(place: Point(x: point.x, y: point.y), strength: opacity(of: point.score))
            guard smoothed.count == points.count else { return point.score >= threshold ? seen : nil }
            guard let place = smoothed[index].place.map({ Point(x: $0.x, y: $0.y) }) else { return nil }
            if case .predicted = smoothed[index] { return Body.SmoothedKeypoint(place: place, strength: 0.7, isPredicted: true) }
            return point.score >= threshold ? Body.SmoothedKeypoint(place: place, strength: seen.strength) : nil
        }
        return Body(joints: places, limb: limb)
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

    private func paint(_ body: Body, on canvas: Canvas) {
        guard !body.joints.isEmpty else { return }
        let limb = body.limb
        let casing = max(0.7, 0.55 * limb)
        for bone in bones {
            guard let from = body.joints[bone.from], let to = body.joints[bone.to] else { continue }
            let strength = min(from.strength, to.strength)
            let isFirm = !from.isPredicted && !to.isPredicted
            canvas.line(
                from: from.limbEnd(towards: to, ring: ring(of: bone.from, limb: limb)),
                to: to.limbEnd(towards: from, ring: ring(of: bone.to, limb: limb)),
                radius: limb * bone.stroke.weight * (isFirm ? 1 : 0.45), color: bone.stroke.color,
                opacity: strength, casing: casing, casingOpacity: (isFirm ? 0.5 : 0.25) * strength)
        }
        for (index, joint) in body.joints.enumerated() {
            guard let joint else { continue }
            let stroke = joints[index]
            if joint.isPredicted {
                canvas.ring(
                    around: joint.place, radius: ring(of: index, limb: limb), thickness: 0.6 * limb, color: stroke.color,
                    opacity: 0.9)
                continue
            }
            let radius = 1.7 * limb * stroke.weight
            canvas.line(
                from: joint.place, to: joint.place, radius: radius, color: stroke.color, opacity: joint.strength,
                casing: casing, casingOpacity: 0.6 * joint.strength)
            canvas.line(
                from: joint.place, to: joint.place, radius: 0.5 * radius, color: Palette.neutral, opacity: joint.strength)
        }
    }

    private func ring(of joint: Int, limb: Float) -> Float { 1.45 * limb * joints[joint].weight }

    /// A plate on the box's top left corner: above it, or inside where there is no room above.
    private func paintLabel(of person: Person, index: Int, unit: Float, on canvas: Canvas) {
        let box = person.box
        guard (box.maxX + box.maxY).isFinite, box.maxX > 0, box.maxY > 0, box.x < Float(canvas.width),
            box.y < Float(canvas.height)
        else { return }
        // Small people have small labels, of the number alone where the score would reach beyond them: in a crowd they would hide
        // each other.
        let letter = max(5.5, min(max(7, 9.5 * unit), 0.25 * box.width, 0.12 * box.height))
        let padding = 0.5 * letter
        let name = "\(person.track?.id.number ?? index)"
        var score = person.score.isFinite ? "\(Int(saturating: (100 * min(1, max(0, person.score))).rounded()))%" : ""
        let scoreLetter = 0.72 * letter
        let nameWidth = StrokeFont.width(of: name) * letter / StrokeFont.capHeight
        if nameWidth + (StrokeFont.width(of: score) * 0.72 / StrokeFont.capHeight + 1.75) * letter
            > max(1.2 * box.width, 5 * letter)
        {
            score = ""
        }
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
