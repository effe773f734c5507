/// How long to wait before what failed is tried again: longer each time, up to a limit.
struct BackOff: Sendable {
    let first: Duration
    let longest: Duration
    private var next: Duration

    init(first: Duration = .seconds(1), longest: Duration = .seconds(30)) {
        (self.first, self.longest, next) = (first, longest, first)
    }

    /// The wait after one more failure, up to a quarter shorter by chance: what failed together does not come back together.
    mutating func wait() -> Duration {
        defer { next = min(next * 2, longest) }
        return next * Double.random(in: 0.75...1)
    }

    /// It worked.
    mutating func reset() { next = first }
}
