/// Finds values that stand out from their neighbours in time (Hampel's identifier; Pearson 2002, "Outliers in process modeling and
/// identification").
enum Hampel {
    /// Which of `values` lie farther from the median of those within `reach` seconds than `tolerance` times their standard
    /// deviation, which is estimated as 1.4826 times their median distance from it, and at least `least`.
    static func outliers(times: [Double], values: [Double], reach: Double, tolerance: Double = 3, least: Double) -> [Bool] {
        var (first, end) = (0, 0)
        return values.indices.map { index in
            while times[index] - times[first] > reach { first += 1 }
            while end < times.count, times[end] - times[index] <= reach { end += 1 }
            let window = values[first..<end]
            let centre = median(window)
            let spread = 1.4826 * median(window.map { abs($0 - centre) })
            return abs(values[index] - centre) > tolerance * max(spread, least)
        }
    }
}

/// The median; 0 of nothing.
func median(_ values: some Collection<Double>) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
}
