import Glibc
import PoseTypes

/// One coordinate that moves: a Kalman filter over position and velocity.
///
/// Between measurements the velocity is an Ornstein-Uhlenbeck process (the integrated form is "IOU" in the tracking
/// literature): it fades with a time constant and is pushed by white noise. Its transition is exact for any time step, so
/// one step of 100 ms and six of 16.7 ms give the same state: frame rates cannot matter.
struct Motion: Sendable, Equatable {
    /// How a coordinate is expected to move.
    struct Model: Sendable {
        /// Seconds in which a velocity fades to 1/e; infinite for constant velocity.
        var fade: Double
        /// Power of the accelerations, in (units/s²)²/Hz.
        var drive: Double
    }

    /// What a time step does to a state: position += carry * velocity, velocity *= keep, and the covariance that it adds.
    struct Step: Sendable {
        let carry: Double
        let keep: Double
        let pp: Double
        let pv: Double
        let vv: Double

        /// The closed form of the integrated process, `scale` units long.
        init(seconds: Double, _ model: Model, scale: Double = 1) {
            let drive = model.drive * scale * scale
            // For short steps the closed form cancels; the limit of constant velocity is exact to (seconds/fade).
            guard seconds > 1e-3 * model.fade else {
                (carry, keep) = (seconds, 1 - seconds / model.fade)
                (pp, pv, vv) = (drive * seconds * seconds * seconds / 3, drive * seconds * seconds / 2, drive * seconds)
                return
            }
            let kept = exp(-seconds / model.fade)
            let carried = model.fade * (1 - kept)
            let spread = model.fade / 2 * (1 - kept * kept)
            (keep, carry) = (kept, carried)
            pp = drive * model.fade * model.fade * (seconds - 2 * carried + spread)
            pv = drive * carried * carried / 2
            vv = drive * spread
        }
    }

    var position: Double
    var velocity = 0.0
    /// The covariance: of the position, of both, of the velocity.
    var pp: Double
    var pv = 0.0
    var vv: Double

    /// Starts at a measurement of `variance`; the velocity is unknown by `speed` (one standard deviation, units/s).
    init(position: Double, variance: Double, speed: Double) {
        self.position = position
        pp = variance
        vv = speed * speed
    }

    /// The state after `step`, before any measurement.
    mutating func predict(_ step: Step) {
        position += step.carry * velocity
        velocity *= step.keep
        let crossed = pv + step.carry * vv
        pp += step.carry * (pv + crossed) + step.pp
        pv = step.keep * crossed + step.pv
        vv = step.keep * step.keep * vv + step.vv
    }

    /// All lengths become `scale` times as long.
    mutating func enlarge(by scale: Double) {
        position *= scale
        velocity *= scale
        pp *= scale * scale
        pv *= scale * scale
        vv *= scale * scale
    }

    /// Moves two coordinates of a point with the picture.
    static func follow(_ camera: CameraMotion, _ x: inout Motion, _ y: inout Motion) {
        let (place, speed) = (camera(x: x.position, y: y.position), camera.turned(x: x.velocity, y: y.velocity))
        x.enlarge(by: camera.scale)
        y.enlarge(by: camera.scale)
        (x.position, y.position) = place
        (x.velocity, y.velocity) = speed
    }

    /// Takes in a measured position of `variance`.
    mutating func update(_ measured: Double, variance: Double) {
        let (kp, kv) = (pp / (pp + variance), pv / (pp + variance))
        let surprise = measured - position
        position += kp * surprise
        velocity += kv * surprise
        vv -= kv * pv
        pv *= 1 - kp
        pp *= 1 - kp
    }

    /// The smoothed state at this filtered one's time, from the smoothed state one `step` later.
    /// (Rauch, Tung, Striebel 1965, "Maximum likelihood estimates of linear dynamic systems", eqs. 3.27-3.30.)
    func smoothed(by later: Motion, after step: Step) -> Motion {
        var ahead = self
        ahead.predict(step)
        // The gain is P Fᵀ (ahead's covariance)⁻¹; this is P Fᵀ.
        let (a, b) = (pp + step.carry * pv, step.keep * pv)
        let (c, d) = (pv + step.carry * vv, step.keep * vv)
        let determinant = ahead.pp * ahead.vv - ahead.pv * ahead.pv
        guard determinant > 1e-12 * ahead.pp * ahead.vv else { return self }
        let g11 = (a * ahead.vv - b * ahead.pv) / determinant
        let g12 = (b * ahead.pp - a * ahead.pv) / determinant
        let g21 = (c * ahead.vv - d * ahead.pv) / determinant
        let g22 = (d * ahead.pp - c * ahead.pv) / determinant
        let (dp, dv) = (later.position - ahead.position, later.velocity - ahead.velocity)
        let (epp, epv, evv) = (later.pp - ahead.pp, later.pv - ahead.pv, later.vv - ahead.vv)
        var result = self
        result.position += g11 * dp + g12 * dv
        result.velocity += g21 * dp + g22 * dv
        result.pp += g11 * g11 * epp + 2 * g11 * g12 * epv + g12 * g12 * evv
        result.pv += g11 * g21 * epp + (g11 * g22 + g12 * g21) * epv + g12 * g22 * evv
        result.vv += g21 * g21 * epp + 2 * g21 * g22 * epv + g22 * g22 * evv
        return result
    }
}
