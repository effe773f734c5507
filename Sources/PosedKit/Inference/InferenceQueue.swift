import Dispatch
import Synchronization

/// Where networks are used: one call at a time in the whole process, in the order in which they were asked for.
///
/// A network divides each of its layers among all processors, so two at once would only fight over them. Whoever asks waits
/// behind what was asked before and before what is asked after: no pipeline can starve another.
final class InferenceQueue: Sendable {
    private let queue = DispatchQueue(label: "posed.inference", qos: .userInitiated)

    /// Runs `body` on the caller's thread once it is its turn.
    @available(*, noasync, message: "blocks its thread")
    func callAsFunction<Result>(_ body: () throws -> Result) rethrows -> Result { try queue.sync(execute: body) }
}

/// A network that several pipelines use in turn.
final class SharedNetwork<Network>: Sendable {
    private let turn: InferenceQueue
    // The queue has let one caller through already; the lock proves it to the compiler.
    private let network: Mutex<Network>

    init(_ network: sending Network, turn: InferenceQueue) {
        self.network = Mutex(network)
        self.turn = turn
    }

    func use<Result: Sendable>(_ body: (borrowing Network) throws -> Result) rethrows -> Result {
        try turn { try network.withLock { try body($0) } }
    }
}
