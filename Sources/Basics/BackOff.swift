/// How long to wait before what failed is tried again: twice as long each time, up to a limit.
package struct BackOff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var next: Duration

    package init(first: Duration = .seconds(1), longest: Duration = .seconds(30)) {
        (self.first, self.longest, next) = (first, longest, first)
    }

    /// The wait after one more failure, a quarter more or less by chance: what failed together does not come back together.
    package mutating func wait() -> Duration {
        defer { next = min(next * 2, longest) }
        return next * .random(in: 0.75...1.25)
    }

    /// It worked.
    package mutating func reset() { next = first }
}
