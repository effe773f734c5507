import Foundation

/// One coordinate that moves: a Kalman filter over position and velocity.
///
/// Between measurements the velocity is an Ornstein-Uhlenbeck process (the integrated form is "IOU" in the tracking
/// literature): it fades with a time constant and is pushed by white noise. Its transition is exact for any time step, so
/// one step of 100 ms and six of 16.7 ms give the same state: frame rates cannot matter.
struct Motion: Sendable, Equatable {
    /// How a coordinate is expected to move.
    struct Model: Sendable, Equatable {
        /// Seconds in which a velocity fades to 1/e; infinite for constant velocity.
        var fade: Double
        /// Power of the accelerations, in (units/s²)²/Hz.
        var drive: Double
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

    /// The state `step` seconds later, before any measurement.
    mutating func predict(_ step: Double, _ model: Model) {
        let t = Transition(step: step, fade: model.fade)
        position += t.carry * velocity
        velocity *= t.keep
        let (oldPP, oldPV, oldVV) = (pp, pv, vv)
        pp = oldPP + 2 * t.carry * oldPV + t.carry * t.carry * oldVV + model.drive * t.pp
        pv = t.keep * (oldPV + t.carry * oldVV) + model.drive * t.pv
        vv = t.keep * t.keep * oldVV + model.drive * t.vv
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

    /// The smoothed state at this filtered one's time, from the smoothed state `step` seconds later.
    /// (Rauch, Tung, Striebel 1965, "Maximum likelihood estimates of linear dynamic systems", eqs. 3.27-3.30.)
    func smoothed(by later: Motion, after step: Double, _ model: Model) -> Motion {
        var ahead = self
        ahead.predict(step, model)
        let t = Transition(step: step, fade: model.fade)
        // The gain is P Fᵀ (ahead's covariance)⁻¹; this is P Fᵀ.
        let (a, b) = (pp + t.carry * pv, t.keep * pv)
        let (c, d) = (pv + t.carry * vv, t.keep * vv)
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

/// What `step` seconds do to a state: position += carry * velocity, velocity *= keep, and the noise they add per unit of
/// drive. (Closed form of the integrated Ornstein-Uhlenbeck process.)
private struct Transition {
    let carry: Double
    let keep: Double
    let pp: Double
    let pv: Double
    let vv: Double

    init(step: Double, fade: Double) {
        // For short steps the closed form cancels; the limit of constant velocity is exact to (step/fade).
        guard step > 1e-3 * fade else {
            (carry, keep) = (step, 1 - step / fade)
            (pp, pv, vv) = (step * step * step / 3, step * step / 2, step)
            return
        }
        keep = exp(-step / fade)
        carry = fade * (1 - keep)
        vv = fade / 2 * (1 - keep * keep)
        pv = carry * carry / 2
        pp = fade * fade * (step - 2 * carry + vv)
    }
}
