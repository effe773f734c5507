import Dispatch
import Synchronization

/// Stages joined by bounded queues, each on its own thread.
///
///     source ──▶ queue ──▶ stage ──▶ queue ──▶ sink
///                            └─────▶ queue ──▶ sink
///
/// Built first, then run once. `stop` ends the source and delivers all that it has read; `cancel`, or the first error of
/// any stage, throws away what is queued. Either way every sink finishes.
package final class Pipeline: Sendable {
    package let label: String
    private let running = DispatchGroup()
    private let state = Mutex(State())

    private struct State {
        var workers: [@Sendable (Pipeline) -> Void] = []
        var statistics: [@Sendable () -> StageStatistics] = []
        var interrupts: [@Sendable () -> Void] = []
        var cancellations: [@Sendable () -> Void] = []
        var hasRun = false
        var isStopping = false
        var failure: (any Error)?
    }

    package init(label: String) { self.label = label }

    /// Starts everything that was added and returns when every stage has finished; throws the first failure.
    package func run() async throws {
        let workers = state.withLock { state in
            precondition(!state.hasRun, "a pipeline runs once")
            state.hasRun = true
            defer { state.workers = [] }
            return state.workers
        }
        for worker in workers { worker(self) }
        await withCheckedContinuation { continuation in
            running.notify(queue: .global()) { @Sendable in continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// Asks the sources to end; everything already read is still delivered.
    package func stop() {
        let interrupts = state.withLock { state in
            state.isStopping = true
            return state.interrupts
        }
        for interrupt in interrupts { interrupt() }
    }

    /// Ends at once; what is queued is lost.
    package func cancel() {
        stop()
        for cancel in state.withLock({ $0.cancellations }) { cancel() }
    }

    /// What every stage has done so far, in the order in which they were added.
    package var statistics: [StageStatistics] { state.withLock { $0.statistics }.map { $0() } }

    private var isStopping: Bool { state.withLock { $0.isStopping } }
}

extension Pipeline {
    /// What a stage gives out: every `then` and `end` on it receives every value. Without any, values are lost.
    package struct Port<Output: Sendable>: Sendable {
        fileprivate let pipeline: Pipeline
        fileprivate let connect: @Sendable (Receiver<Output>) -> Void

        /// The same values, changed by `change` as they are handed over: on the thread that gives them out, so it is short.
        package func map<Other>(_ change: @escaping @Sendable (Output) -> Other) -> Port<Other> {
            Port<Other>(pipeline: pipeline) { receiver in
                connect(Receiver(push: { receiver.push(change($0)) }, close: receiver.close))
            }
        }

        /// Adds a stage behind this port.
        package func then<S: Stage>(
            _ stage: sending S, name: String, capacity: Int = 2, overflow: Overflow = .wait
        ) -> Port<S.Output> where S.Input == Output {
            let input = BoundedQueue<Output>(capacity: capacity, overflow: overflow)
            let output = Outlet<S.Output>()
            connect(Receiver(input))
            pipeline.add(stage, name: name, role: .stage, input: input) { stage, meter, _ in
                defer { output.close() }
                let emit = { (value: S.Output) in
                    meter.enter(.blocked)
                    output.push(value)
                    meter.enter(.busy)
                }
                meter.enter(.waiting)
                while let value = input.pop() {
                    meter.enter(.busy)
                    try stage.process(value, emit: emit)
                    meter.enter(.waiting, items: 1)
                }
                meter.enter(.busy)
                try stage.finish(emit: emit)
            }
            return Port<S.Output>(pipeline: pipeline, connect: output.add)
        }

        /// Adds a sink behind this port.
        ///
        /// - Parameter size: the bytes of a value, where they may be many: at most 64 MiB of them wait, or one.
        package func end<S: Sink>(
            _ sink: sending S, name: String, capacity: Int = 2, overflow: Overflow = .wait,
            size: (@Sendable (Output) -> Int)? = nil
        ) where S.Input == Output {
            let input = BoundedQueue<Output>(capacity: capacity, overflow: overflow, size: size)
            connect(Receiver(input))
            pipeline.add(sink, name: name, role: .sink, input: input) { sink, meter, _ in
                meter.enter(.waiting)
                while let value = input.pop() {
                    meter.enter(.busy)
                    try sink.receive(value)
                    meter.enter(.waiting, items: 1)
                }
                meter.enter(.busy)
                try sink.finish()
            }
        }
    }

    /// Adds a source. An error that it throws after `stop` is the end that was asked for.
    package func source<S: Source>(_ source: sending S, name: String) -> Port<S.Output> {
        let output = Outlet<S.Output>()
        let interrupt = source.interrupt
        state.withLock { $0.interrupts.append(interrupt) }
        add(source, name: name, role: .source, input: BoundedQueue<Never>?.none) { source, meter, pipeline in
            defer { output.close() }
            do {
                meter.enter(.busy)
                while !pipeline.isStopping, let value = try source.next() {
                    meter.enter(.blocked, items: 1)
                    output.push(value)
                    meter.enter(.busy)
                }
            } catch  where pipeline.isStopping {}
        }
        return Port(pipeline: self, connect: output.add)
    }

    /// Keeps `worker` and its `body` until the run; then they have a thread of their own.
    private func add<Worker, Input>(
        _ worker: sending Worker, name: String, role: StageStatistics.Role, input: BoundedQueue<Input>?,
        _ body: @escaping @Sendable (inout Worker, StageMeter, Pipeline) throws -> Void
    ) {
        // Only the stage's own thread ever takes this lock: it proves to the compiler that the worker moves there.
        let home = Mutex<Worker?>(worker)
        let meter = StageMeter(name: name, role: role)
        let queue = DispatchQueue(label: "\(label).\(name)", qos: .userInitiated)
        state.withLock { state in
            precondition(!state.hasRun, "a pipeline is built before it runs")
            if let input { state.cancellations.append { input.cancel() } }
            state.statistics.append {
                var statistics = meter.statistics
                if let input { (statistics.depth, statistics.dropped) = input.statistics }
                return statistics
            }
            state.workers.append { pipeline in
                queue.async(group: pipeline.running) { @Sendable in
                    home.withLock { worker in
                        do { try body(&worker!, meter, pipeline) } catch { pipeline.fail(error) }
                        meter.enter(nil)
                        worker = nil  // closes what it holds before the run is over
                    }
                }
            }
        }
    }

    private func fail(_ error: any Error) {
        state.withLock { $0.failure = $0.failure ?? error }
        cancel()
    }
}

/// Where an outlet's values go: the queue before a stage or sink.
private struct Receiver<Element: Sendable>: Sendable {
    let push: @Sendable (Element) -> Void
    let close: @Sendable () -> Void
}

extension Receiver {
    init(_ queue: BoundedQueue<Element>) { self.init(push: { queue.push($0) }, close: { queue.close() }) }
}

/// Hands every value to every receiver that was added before the run.
private final class Outlet<Element: Sendable>: Sendable {
    private let receivers = Mutex<[Receiver<Element>]>([])

    func add(_ receiver: Receiver<Element>) { receivers.withLock { $0.append(receiver) } }
    func push(_ element: Element) { for receiver in receivers.withLock({ $0 }) { receiver.push(element) } }
    func close() { for receiver in receivers.withLock({ $0 }) { receiver.close() } }
}
