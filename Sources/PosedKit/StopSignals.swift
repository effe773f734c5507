import Dispatch
import Glibc
import Synchronization

/// Turns SIGINT and SIGTERM into an orderly end; another of them ends the process at once, once `grace` is over.
///
/// Within the grace a second one is the first one's double: `timeout` and shells send to a process and to its group, and Ctrl-C
/// through a wrapper comes twice. The files must be finished then all the same.
package final class StopSignals: Sendable {
    private struct State {
        var received: Int32?
        var action: (@Sendable () -> Void)?
        var sources: [any DispatchSourceSignal] = []
    }

    /// How long after the first signal others are taken for the same.
    private static let grace = DispatchTimeInterval.seconds(1)

    private let state = Mutex(State())
    private let letGo: @Sendable () -> Void
    private let queue = DispatchQueue(label: "posed.signals")
    // Not the queue above, on which an action may take its time.
    private let graceQueue = DispatchQueue(label: "posed.signals.grace")

    /// Begins to listen; one a process, since Dispatch installs its handler for a signal only once.
    package convenience init() { self.init { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } } }

    /// - Parameter letGo: leaves the next signal to the system, which ends the process by it.
    init(letGo: @escaping @Sendable () -> Void) {
        self.letGo = letGo
        for number in [SIGINT, SIGTERM] { listen(to: number) { @Sendable [weak self] in self?.receive(number) } }
    }

    /// The signal that came, if one did.
    package var received: Int32? { state.withLock { $0.received } }

    /// Says what a signal ends from now on; one that came before ends it at once.
    package func onStop(_ action: @escaping @Sendable () -> Void) {
        let received = state.withLock { state in
            state.action = action
            return state.received
        }
        if received != nil { action() }
    }

    /// Says what SIGHUP does from now on; before, it ends the process.
    package func onHangUp(_ action: @escaping @Sendable () -> Void) { listen(to: SIGHUP, action) }

    private func listen(to number: Int32, _ action: @escaping @Sendable () -> Void) {
        state.withLock { state in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: action)
            source.resume()
            state.sources.append(source)
        }
    }

    func receive(_ number: Int32) {
        let action: (@Sendable () -> Void)? = state.withLock { state in
            guard state.received == nil else { return nil }
            state.received = number
            graceQueue.asyncAfter(deadline: .now() + Self.grace, execute: letGo)
            return state.action
        }
        action?()
    }
}
