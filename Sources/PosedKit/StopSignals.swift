import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT and SIGTERM into an orderly end; the second of them ends the process at once.
public final class StopSignals: Sendable {
    private struct State {
        var received: Int32?
        var action: (@Sendable () -> Void)?
        var sources: [any DispatchSourceSignal] = []
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "posed.signals")

    /// Begins to listen; one a process, since Dispatch installs its handler for a signal only once.
    public init() {
        for number in [SIGINT, SIGTERM] { listen(to: number) { @Sendable [weak self] in self?.receive(number) } }
    }

    /// The signal that came, if one did.
    public var received: Int32? { state.withLock { $0.received } }

    /// Says what a signal ends from now on; one that came before ends it at once.
    public func onStop(_ action: @escaping @Sendable () -> Void) {
        let received = state.withLock { state in
            state.action = action
            return state.received
        }
        if received != nil { action() }
    }

    /// Says what SIGHUP does from now on; before, it ends the process.
    public func onHangUp(_ action: @escaping @Sendable () -> Void) { listen(to: SIGHUP, action) }

    private func listen(to number: Int32, _ action: @escaping @Sendable () -> Void) {
        state.withLock { state in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: action)
            source.resume()
            state.sources.append(source)
        }
    }

    func receive(_ number: Int32) {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        let action = state.withLock { state in
            state.received = number
            return state.action
        }
        action?()
    }
}
