import Foundation
import TestSupport

/// What SciPy and the One-Euro filter's authors compute (Tests/Fixtures/make_tracking.py).
struct Goldens: Decodable {
    struct Assignment: Decodable { var rows: Int, columns: Int, gate: Double, costs: [Double], best: Double }
    struct Filter: Decodable {
        var order: Int, cutoff: Double, rate: Double, numerator: [Double], denominator: [Double]
        var signal: [Double], filtered: [Double]
    }
    struct Curve: Decodable { var times: [Double], values: [Double], wanted: [Double], interpolated: [Double] }
    struct Smoother: Decodable {
        var fade: Double, drive: Double, steps: [Double], measured: [Double?], noises: [Double]
        var filtered: [Double], covariances: [Double], smoothed: [Double], spreads: [Double]
    }
    struct Euro: Decodable {
        var minCutoff: Double, beta: Double, times: [Double], values: [Double], filtered: [Double]
    }

    var assignments: [Assignment]
    var filters: [Filter]
    var curves: [Curve]
    var smoothers: [Smoother]
    var euro: Euro

    static func read() throws -> Goldens {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Goldens.self, from: Data(contentsOf: fixture("tracking/goldens.json")))
    }
}

/// The largest difference, relative to the larger of 1 and the values.
func difference(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) / max(1, abs($0), abs($1)) }.max() ?? 0 : .infinity
}
