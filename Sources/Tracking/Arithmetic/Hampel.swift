/// Finds values that stand out from their neighbours in time (Hampel's identifier; Pearson 2002, "Outliers in process modeling and
/// identification").
enum Hampel {
    /// Seconds on each side that a value is compared with: two frames even at 10 frames a second.
    static let reach = 0.21
    /// Values on each side, however close in time.
    static let maxNeighbours = 60
    /// In sizes: smaller spreads than this are taken for it, so that a joint that hardly moves may move a little.
    static let minSpread = 0.005

    /// Whether a value lies farther from the median of its neighbours (itself among them) than three times their standard deviation,
    /// which is estimated as 1.4826 times their median distance from it, and at least `least`.
    static func isOutlier(_ value: Double, among neighbours: [Double], least: Double) -> Bool {
        let centre = median(neighbours)
        let spread = 1.4826 * median(neighbours.map { abs($0 - centre) })
        return abs(value - centre) > 3 * max(spread, least)
    }

    /// Which of `values` stand out from those within `reach`.
    static func outliers(times: [Double], values: [Double], least: Double) -> [Bool] {
        var (first, end) = (0, 0)
        return values.indices.map { index in
            while times[index] - times[first] > reach || index - first > maxNeighbours { first += 1 }
            while end < times.count, times[end] - times[index] <= reach, end - index <= maxNeighbours { end += 1 }
            return isOutlier(values[index], among: Array(values[first..<end]), least: least)
        }
    }
}

/// The median; 0 of nothing.
func median(_ values: some Collection<Double>) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
}
