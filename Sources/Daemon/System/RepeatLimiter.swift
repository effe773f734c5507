/// Lets the same event through once in a while, and counts what it holds back. While it goes on, the whiles double, up to a
/// limit: a camera that is away for a week fills no log. Pure: the caller passes the time.
struct RepeatLimiter<Event: Hashable, Detail> {
    private struct Window {
        let length: Duration
        let end: ContinuousClock.Instant
        var held = 0
        var last: Detail?
    }

    let shortest: Duration
    let longest: Duration
    private var windows: [Event: Window] = [:]

    init(shortest: Duration = .seconds(1), longest: Duration = .seconds(60)) {
        (self.shortest, self.longest) = (shortest, longest)
    }

    enum Verdict {
        /// Say it now.
        case pass
        /// Not now; ask `due` at that time.
        case hold(until: ContinuousClock.Instant)
        /// Not now; an earlier `hold` covers it.
        case count
    }

    mutating func judge(_ event: Event, _ detail: Detail, at now: ContinuousClock.Instant) -> Verdict {
        windows = windows.filter { $0.value.held > 0 || $0.value.end > now }
        guard var window = windows[event] else {
            windows[event] = Window(length: shortest, end: now + shortest)
            return .pass
        }
        window.held += 1
        window.last = detail
        windows[event] = window
        return window.held == 1 ? .hold(until: max(window.end, now)) : .count
    }

    /// The last of the events that were held back, and how many there were; nil where nothing was.
    mutating func due(_ event: Event, at now: ContinuousClock.Instant) -> (last: Detail, count: Int)? {
        guard let window = windows[event], let last = window.last else { return nil }
        let length = min(window.length * 2, longest)
        windows[event] = Window(length: length, end: now + length)
        return (last, window.held)
    }

    /// Everything that was held back, to be said at the end.
    mutating func rest(at now: ContinuousClock.Instant) -> [(last: Detail, count: Int)] {
        windows.keys.compactMap { due($0, at: now) }
    }
}
