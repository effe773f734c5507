import Dispatch

/// A network that several pipelines use in turn.
///
/// A network divides each of its layers among all processors, so two at once would only fight over them. All networks of the
/// process share one queue, which serves callers in the order in which they ask: no pipeline can starve another.
// @unchecked Sendable because the network is only used on the queue, one call at a time.
final class SharedNetwork<Network>: @unchecked Sendable {
    private let turn: DispatchQueue
    private let network: Network

    init(_ network: sending Network, turn: DispatchQueue) {
        self.network = network
        self.turn = turn
    }

    /// Runs `body` on the caller's thread once it is its turn.
    @available(*, noasync, message: "blocks its thread")
    func use<Result>(_ body: (Network) throws -> Result) rethrows -> Result { try turn.sync { try body(network) } }
}
