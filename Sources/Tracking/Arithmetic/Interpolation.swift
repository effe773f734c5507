/// A curve through points that never overshoots them: piecewise cubic Hermite interpolation with the slopes of Fritsch and Butland
/// (SIAM J. Sci. Stat. Comput. 5, 1984), as `scipy.interpolate.PchipInterpolator`.
struct Interpolation: Sendable {
    private let times: [Double]
    private let values: [Double]
    private let slopes: [Double]

    /// `times` rise strictly.
    init(times: [Double], values: [Double]) {
        precondition(times.count == values.count && !times.isEmpty, "a value for every time")
        (self.times, self.values) = (times, values)
        let steps = zip(times.dropFirst(), times).map { $0 - $1 }
        let rises = zip(zip(values.dropFirst(), values).map { $0 - $1 }, steps).map { $0 / $1 }
        switch times.count {
        case 1: slopes = [0]
        case 2: slopes = [rises[0], rises[0]]
        default:
            let inner = (1..<steps.count).map { index -> Double in
                let (before, after) = (rises[index - 1], rises[index])
                guard before * after > 0 else { return 0 }
                let (a, b) = (2 * steps[index] + steps[index - 1], steps[index] + 2 * steps[index - 1])
                return (a + b) / (a / before + b / after)
            }
            let last = steps.count - 1
            slopes =
                [Self.end(steps[0], steps[1], rises[0], rises[1])] + inner
                + [Self.end(steps[last], steps[last - 1], rises[last], rises[last - 1])]
        }
    }

    /// The curve at `wanted` times in rising order; beyond the ends the last values hold.
    func callAsFunction(_ wanted: [Double]) -> [Double] {
        var piece = 0
        return wanted.map { time in
            guard time > times[0] else { return values[0] }
            guard time < times[times.count - 1] else { return values[values.count - 1] }
            while times[piece + 1] < time { piece += 1 }
            let step = times[piece + 1] - times[piece]
            let t = (time - times[piece]) / step
            let (t2, t3) = (t * t, t * t * t)
            return (2 * t3 - 3 * t2 + 1) * values[piece] + (t3 - 2 * t2 + t) * step * slopes[piece]
                + (3 * t2 - 2 * t3) * values[piece + 1] + (t3 - t2) * step * slopes[piece + 1]
        }
    }

    /// The three-point slope at an end, kept from turning the curve.
    private static func end(_ step: Double, _ next: Double, _ rise: Double, _ nextRise: Double) -> Double {
        let slope = ((2 * step + next) * rise - step * nextRise) / (step + next)
        if slope * rise <= 0 { return 0 }
        return rise * nextRise < 0 && abs(slope) > 3 * abs(rise) ? 3 * rise : slope
    }
}
