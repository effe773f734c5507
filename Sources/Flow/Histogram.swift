/// How many values lay up to each of some bounds: what a Prometheus histogram shows.
public struct Histogram: Sendable, Equatable {
    /// Upper bounds in seconds, ascending.
    public static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    public let bounds: [Double]
    /// One for each bound, and one for what lay above all of them.
    public private(set) var counts: [Int]
    public private(set) var sum = 0.0

    public init(bounds: [Double] = Histogram.seconds) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    public var count: Int { counts.reduce(0, +) }

    public mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
