import Dispatch
import Synchronization

/// Stages joined by bounded queues, each on its own thread.
public final class Pipeline: Sendable {
    public let label: String
    private let running = DispatchGroup()
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var failure: (any Error)?
        var cancellations: [@Sendable () -> Void] = []
    }

    public init(label: String) { self.label = label }

    /// The open end of an unfinished pipeline.
    public struct Port<Output: Sendable>: Sendable {
        fileprivate let pipeline: Pipeline
        fileprivate let queue: BoundedQueue<Output>
    }

    public func source<S: Source>(_ source: sending S, name: String, capacity: Int = 2, overflow: Overflow = .wait) -> Port<
        S.Output
    > {
        let output = makeQueue(of: S.Output.self, capacity: capacity, overflow: overflow)
        spawn(name, moving: source) { source, pipeline in
            defer { output.close() }
            while !pipeline.isStopping, let value = try source.next() {
                guard output.push(value) else { return }
            }
        }
        return Port(pipeline: self, queue: output)
    }

    /// Asks the source to end; everything already read is still delivered.
    public func stop() { state.withLock { $0.isStopping = true } }

    /// Ends at once; what is queued is lost.
    public func cancel() {
        let cancellations = state.withLock { state in
            state.isStopping = true
            return state.cancellations
        }
        for cancel in cancellations { cancel() }
    }

    /// Returns when every stage has finished; throws the first failure.
    public func finished() async throws {
        await withCheckedContinuation { continuation in
            running.notify(queue: .global()) { @Sendable in continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    fileprivate func makeQueue<T>(of type: T.Type, capacity: Int, overflow: Overflow) -> BoundedQueue<T> {
        let queue = BoundedQueue<T>(capacity: capacity, overflow: overflow)
        state.withLock { $0.cancellations.append { queue.cancel() } }
        return queue
    }

    fileprivate func spawn<Worker>(
        _ name: String, moving worker: sending Worker,
        _ body: @escaping @Sendable (inout Worker, Pipeline) throws -> Void
    ) {
        nonisolated(unsafe) var worker = worker  // moved in; from here only this queue touches it
        DispatchQueue(label: "\(label).\(name)", qos: .userInitiated).async(group: running) { [self] in
            do {
                try body(&worker, self)
            } catch {
                state.withLock { $0.failure = $0.failure ?? error }
                cancel()
            }
        }
    }
}

extension Pipeline.Port {
    public func then<S: Stage>(_ stage: sending S, name: String, capacity: Int = 2) -> Pipeline.Port<S.Output>
    where S.Input == Output {
        let input = queue
        let output = pipeline.makeQueue(of: S.Output.self, capacity: capacity, overflow: .wait)
        pipeline.spawn(name, moving: stage) { stage, _ in
            defer { output.close() }
            while let value = input.pop() { try stage.process(value) { output.push($0) } }
            try stage.finish { output.push($0) }
        }
        return .init(pipeline: pipeline, queue: output)
    }

    public func end<S: Sink>(_ sink: sending S, name: String) where S.Input == Output {
        let input = queue
        pipeline.spawn(name, moving: sink) { sink, _ in
            while let value = input.pop() { try sink.receive(value) }
            try sink.finish()
        }
    }

    /// Copies every value to `count` ports.
    public func split(_ overflows: [Overflow], capacity: Int = 8) -> [Pipeline.Port<Output>] {
        let input = queue
        let outputs = overflows.map { pipeline.makeQueue(of: Output.self, capacity: capacity, overflow: $0) }
        pipeline.spawn("split", moving: ()) { _, _ in
            defer { for output in outputs { output.close() } }
            while let value = input.pop() { for output in outputs { output.push(value) } }
        }
        return outputs.map { .init(pipeline: pipeline, queue: $0) }
    }
}
