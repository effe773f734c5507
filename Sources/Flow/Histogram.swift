/// How many values lay up to each of some bounds: what a Prometheus histogram shows.
package struct Histogram: Sendable, Equatable {
    /// Upper bounds in seconds, ascending.
    package static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Upper bounds in seconds from a microsecond to a hundred seconds, 2 % apart: quantiles are as exact.
    package static let fine = Array(sequence(first: 1e-6) { $0 < 100 ? $0 * 1.02 : nil })

    package let bounds: [Double]
    /// One for each bound, and one for what lay above all of them.
    package private(set) var counts: [Int]
    package private(set) var sum = 0.0

    package init(bounds: [Double] = Histogram.seconds) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package var count: Int { counts.reduce(0, +) }

    package mutating func add(_ value: Double) {
        var places = 0..<bounds.count
        while !places.isEmpty {
            let middle = (places.lowerBound + places.upperBound) / 2
            places = value <= bounds[middle] ? places.lowerBound..<middle : middle + 1..<places.upperBound
        }
        counts[places.lowerBound] += 1
        sum += value
    }

    /// Adds the values of another one with the same bounds.
    package mutating func add(_ other: Histogram) {
        precondition(bounds == other.bounds, "histograms with other bounds do not add up")
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }

    /// What `share` of the values, from 0 to 1, do not exceed, as exactly as the bounds tell; nil without values.
    package func quantile(_ share: Double) -> Double? {
        var rank = share * Double(count)
        for (index, count) in counts.enumerated() where count > 0 {
            guard rank > Double(count) else {
                let lower = index == 0 ? 0 : bounds[index - 1]
                let upper = index < bounds.count ? bounds[index] : lower
                return lower + (upper - lower) * rank / Double(count)
            }
            rank -= Double(count)
        }
        return nil
    }
}
