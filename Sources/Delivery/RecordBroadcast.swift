import Synchronization

/// Hands the lines of one stream to whoever subscribes, and waits for nobody.
///
///     header, records ─▶ subscription ─▶ a client of a socket
///                      ├▶ subscription ─▶ a browser
///                      └▶ …
///
/// A subscriber gets the current header first, then what comes from then on. Each has a queue of its own: when that is full
/// its oldest records make way, and it is told how many were lost. Headers are never lost.
public final class RecordBroadcast: Sendable {
    private struct State {
        var header: [UInt8]?
        var subscriptions: [ObjectIdentifier: RecordSubscription] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many calls of `records` a subscriber may lag behind.
    public init(capacity: Int = 256) { self.capacity = max(1, capacity) }

    public func header(_ line: [UInt8]) {
        state.withLock { state in
            state.header = line
            for subscription in state.subscriptions.values { subscription.offer(header: line) }
        }
    }

    /// Takes one or several whole lines.
    public func records(_ lines: [UInt8]) {
        state.withLock { state in
            for subscription in state.subscriptions.values { subscription.offer(records: lines) }
        }
    }

    public var subscribers: Int { state.withLock { $0.subscriptions.count } }

    /// - Parameter onReady: called when something lies in the queue that was found empty before; on the publisher's thread and
    ///   under a lock, so it hands on to where `next` is called and does no more.
    public func subscribe(onReady: @escaping @Sendable () -> Void) -> RecordSubscription {
        state.withLock { state in
            let subscription = RecordSubscription(capacity: capacity, onReady: onReady)
            state.subscriptions[ObjectIdentifier(subscription)] = subscription
            if let header = state.header { subscription.offer(header: header) }
            return subscription
        }
    }

    public func cancel(_ subscription: RecordSubscription) {
        state.withLock { $0.subscriptions[ObjectIdentifier(subscription)] = nil }
    }
}

/// One subscriber's end of a broadcast.
public final class RecordSubscription: Sendable {
    private struct State {
        var backlog: RecordBacklog
        var isWaiting = true
    }

    private let onReady: @Sendable () -> Void
    private let state: Mutex<State>

    fileprivate init(capacity: Int, onReady: @escaping @Sendable () -> Void) {
        state = Mutex(State(backlog: RecordBacklog(capacity: capacity)))
        self.onReady = onReady
    }

    /// The lines that come next; nil where there are none yet, and then `onReady` will be called.
    public func next() -> [UInt8]? {
        state.withLock { state in
            let lines = state.backlog.next()
            state.isWaiting = lines == nil
            return lines
        }
    }

    /// Records that this subscriber was too slow for, since it subscribed.
    public var lost: Int { state.withLock { $0.backlog.lostInAll } }

    fileprivate func offer(header line: [UInt8]) { offer { $0.append(header: line) } }

    fileprivate func offer(records lines: [UInt8]) { offer { $0.append(records: lines) } }

    private func offer(_ append: (inout RecordBacklog) -> Void) {
        let wake = state.withLock { state in
            append(&state.backlog)
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if wake { onReady() }
    }
}
