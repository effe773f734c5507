/// How long to wait before the next try: doubling up to a limit, a quarter more or less, so that cameras that were lost
/// together do not come back together.
struct BackOff {
    private let first: Double
    private let limit: Double
    private var step: Double

    init(first: Double, limit: Double) {
        (self.first, self.limit, step) = (first, limit, first)
    }

    mutating func next() -> Double {
        defer { step = min(step * 2, limit) }
        return step * .random(in: 0.75...1.25)
    }

    mutating func reset() { step = first }
}
