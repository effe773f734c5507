import PoseTypes

/// How a person's box moves: centre, width and height as four independent coordinates, with every noise in proportion to
/// the person's size, so that near and far people, and any picture size, are one case.
struct BoxMotion: Sendable {
    /// Standard deviation of a measured box, in person sizes.
    private static let noise = 0.1
    /// Standard deviation of the speed of a new person, in sizes per second.
    private static let speed = 1.0
    private static let walk = Motion.Model(fade: 3, drive: 0.3)
    /// A box changes its shape less steadily than it moves.
    private static let growth = Motion.Model(fade: 0.3, drive: 1)

    private(set) var x: Motion
    private(set) var y: Motion
    private(set) var width: Motion
    private(set) var height: Motion

    init(_ box: BoundingBox) {
        let size = Double(box.size)
        func begin(_ value: Float, _ speed: Double) -> Motion {
            let off = Self.noise * size
            return Motion(position: Double(value), variance: off * off, speed: speed * size)
        }
        x = begin(box.centreX, Self.speed)
        y = begin(box.centreY, Self.speed)
        width = begin(box.width, 0.3)
        height = begin(box.height, 0.3)
    }

    var size: Double { max(1, max(1, width.position) * max(1, height.position)).squareRoot() }

    var box: BoundingBox {
        let (w, h) = (max(1, width.position), max(1, height.position))
        return BoundingBox(x: Float(x.position - w / 2), y: Float(y.position - h / 2), width: Float(w), height: Float(h))
    }

    /// Whether the box's position is uncertain by more than a third of its size.
    var isVague: Bool { max(x.pp, y.pp) > size * size / 9 }

    mutating func predict(_ seconds: Double) {
        guard seconds > 0 else { return }
        let walk = Motion.Step(seconds: seconds, Self.walk, scale: size)
        let growth = Motion.Step(seconds: seconds, Self.growth, scale: size)
        x.predict(walk)
        y.predict(walk)
        width.predict(growth)
        height.predict(growth)
    }

    /// Where the camera moved it. What is known of both directions is known apart, so a turn leaves their variances.
    mutating func follow(_ camera: CameraMotion) {
        Motion.follow(camera, &x, &y)
        width.enlarge(by: camera.scale)
        height.enlarge(by: camera.scale)
    }

    /// Updates the state with a measured box.
    mutating func update(_ box: BoundingBox) {
        let variance = Self.noise * Self.noise * size * size
        x.update(Double(box.centreX), variance: variance)
        y.update(Double(box.centreY), variance: variance)
        width.update(Double(box.width), variance: variance)
        height.update(Double(box.height), variance: variance)
    }
}
