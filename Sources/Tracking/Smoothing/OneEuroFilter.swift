import Glibc
import PoseTypes

/// Smooths a point the more, the slower it moves: the One-Euro filter (Casiez, Roussel, Vogel, CHI 2012, algorithm 1).
///
/// Three things differ from the paper. Speeds are in sizes of the person per second, and of the point instead of each
/// coordinate, so one setting fits near and far people and all directions. The cutoff is multiplied by the weight of a
/// measurement. And a measurement that strays is pulled in, unless the next one strays to the same place: pose networks err
/// far for single frames, and people do not.
struct OneEuroFilter: Sendable {
    struct Settings: Sendable, Equatable {
        /// Hz: what a point at rest is smoothed with. Lower: calmer at rest, later to move.
        var minCutoff = 0.5
        /// Hz per size/s: how much a moving point opens the filter. Higher: less lag, less smoothing of motion.
        var beta = 3.0
        /// Hz: what the speed is smoothed with.
        static let derivativeCutoff = 2.0
        /// A measurement strays that is so many times farther off than usual; what is usual runs over 0.3 s, and is at least
        /// 0.004 sizes.
        static let stray = 2.5
        static let memory = 0.3
        static let minUsual = 0.004
    }

    private(set) var x: Double
    private(set) var y: Double
    /// Sizes per second.
    private var velocity = (x: 0.0, y: 0.0)
    /// How far measurements are off the filtered point, in sizes.
    private var usual = 2 * Settings.minUsual
    /// How far the measurement before was off if it strayed, in sizes.
    private var strayed: (x: Double, y: Double)?

    init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// Takes in a point measured `step` seconds after the one before; `weight` from 0 (nothing is known) to 1.
    mutating func update(x newX: Double, y newY: Double, step: Double, size: Double, weight: Double, _ settings: Settings) {
        var (dx, dy) = ((newX - x) / size, (newY - y) / size)
        let distance = (dx * dx + dy * dy).squareRoot()
        let limit = Settings.stray * usual
        if distance > limit {
            let agrees = strayed.map {
                dx * $0.x + dy * $0.y > 0.7 * distance * ($0.x * $0.x + $0.y * $0.y).squareRoot()
            }
            strayed = (dx, dy)
            if agrees != true { (dx, dy) = (dx * limit / distance, dy * limit / distance) }
        } else {
            strayed = nil
        }
        let bounded = min(max(distance, Settings.minUsual), 2 * limit)
        usual += (1 - exp(-step / Settings.memory)) * (bounded - usual)

        let quick = Self.share(cutoff: Settings.derivativeCutoff, step)
        velocity.x += quick * (dx / step - velocity.x)
        velocity.y += quick * (dy / step - velocity.y)
        let speed = (velocity.x * velocity.x + velocity.y * velocity.y).squareRoot()
        let share = Self.share(cutoff: weight * (settings.minCutoff + settings.beta * speed), step)
        x += share * dx * size
        y += share * dy * size
    }

    /// Moves the point with the picture.
    mutating func follow(_ camera: CameraMotion) {
        (x, y) = camera(x: x, y: y)
        let scale = camera.scale
        func turned(_ speed: (x: Double, y: Double)) -> (x: Double, y: Double) {
            // In sizes, which grow with the picture.
            let turned = camera.turned(x: speed.x, y: speed.y)
            return (turned.x / scale, turned.y / scale)
        }
        velocity = turned(velocity)
        strayed = strayed.map(turned)
    }

    /// Carries the point along without a measurement.
    mutating func move(x dx: Double, y dy: Double) {
        x += dx
        y += dy
    }

    /// The weight of a new value in an exponential mean: the paper's alpha.
    private static func share(cutoff: Double, _ step: Double) -> Double {
        let rate = 2 * Double.pi * cutoff * step
        return rate / (1 + rate)
    }
}
