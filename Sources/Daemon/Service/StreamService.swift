import Basics
import Delivery
import Flow
import Logging
import Media
import Models
import PoseTypes
import PosedKit
import Records
import Synchronization

/// One stream of the daemon: runs its pipeline until it is stopped or its input ends, and anew after an error of anything live.
///
///     read ─(newest only)▶ track people ─┬▶ sink
///                                        └▶ sink
final class StreamService: Sendable {
    let file: PipelineFile
    let status: StreamStatus
    private let networks: PoseNetworks
    private let brokers: MQTTBrokers
    private let channel: StreamChannel?
    private let logger: Logger
    private let events: EventLog
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var pipeline: Pipeline?
    }

    /// - Parameter channel: shows the stream to the clients of the web server.
    init(
        _ file: PipelineFile, networks: PoseNetworks, brokers: MQTTBrokers, logger: Logger, channel: StreamChannel? = nil
    ) {
        self.file = file
        self.networks = networks
        self.brokers = brokers
        self.channel = channel
        var logger = logger
        logger[metadataKey: "pipeline"] = "\(file.name)"
        self.logger = logger
        events = EventLog(logger)
        status = StreamStatus(name: file.name)
        channel?.begin(status)
    }

    /// Returns at the end of the input, or when it was stopped and everything is written. Throws what a file, or its output, died
    /// of.
    func run() async throws {
        var backOff = BackOff()
        while true {
            let began = ContinuousClock.now
            do {
                let pipeline = try assemble()
                guard adopt(pipeline) else { return }
                return try await pipeline.run()
            } catch  where file.source.isCamera && !isStopping && ExitStatus.code(of: error) != ExitStatus.readerGone {
                if ContinuousClock.now - began > .seconds(60) { backOff.reset() }
                let wait = backOff.wait()
                logger.error("\(error); the stream begins anew", metadata: ["next_try": "\(inSeconds(wait))"])
                try await sleep(for: wait)
            }
        }
    }

    /// Shorter if the stream is stopped.
    private func sleep(for wait: Duration) async throws {
        let end = ContinuousClock.now + wait
        while !isStopping, .now < end { try await Task.sleep(for: .milliseconds(50)) }
    }

    /// Ends the stream; everything that was read is still delivered.
    func stop() {
        let pipeline = state.withLock { state in
            state.isStopping = true
            return state.pipeline
        }
        pipeline?.stop()
    }

    /// Ends the stream at once; what waits is lost.
    func cancel() {
        stop()
        state.withLock { $0.pipeline }?.cancel()
    }

    /// Whether it was asked to end.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// False where the stream was stopped before.
    private func adopt(_ pipeline: Pipeline) -> Bool {
        state.withLock { state in
            if !state.isStopping { state.pipeline = pipeline }
            return !state.isStopping
        }
    }

    /// What it did, in one line.
    var summary: String {
        let counts = status.counts
        let lost = status.sinks.filter { $0.counts.lost > 0 }.map { "; \($0.name) lost \($0.counts.lost)" }.joined()
        return "ended after \(counted(counts.frames, "frame", "frames")), \(counts.dropped) dropped\(lost)"
    }

    private func assemble() throws -> Pipeline {
        let pipeline = Pipeline(label: file.name)
        let interrupt = Interrupt()
        let listeners = SourceListeners()
        let reader = try LiveReader(
            address: file.source.input.address, options: file.source.options, interrupt: interrupt
        ) { [events] event in
            events.note(event)
            listeners.tell(event)
        }
        let queue = file.source.queue
        let monitor = reader.monitor
        let tracked = pipeline.source(ReadStream(reader, interrupt: interrupt), name: "read")
            .then(track(), name: "track people", capacity: queue.capacity, overflow: queue.overflow)
        // Records may wait by the hundred, their images may not.
        let records = tracked.map(\.withoutImage)
        let ports = SinkPorts(
            name: file.name, frames: tracked, records: records, brokers: brokers, listeners: listeners,
            isPatient: queue.overflow == .wait, isOnly: file.sinks.count == 1, logger: logger)
        for sink in file.sinks { try sink.settings.attach(to: ports) }
        try channel?.show(records: records, pictures: tracked, logger: logger)
        status.begin(pipeline, source: monitor, sinks: ports.reports)
        return pipeline
    }

    private func track() -> LiveTracking {
        let header = StreamHeader(
            stream: file.name, skeleton: networks.skeleton, detector: networks.detectorModel, pose: networks.poseModel,
            source: StreamHeader.Source(uri: file.source.input.address.reveal(), width: 0, height: 0, codec: ""),
            version: posedVersion)
        return LiveTracking(
            TrackPeople(
                networks, file.settings, regions: file.regions, isLive: file.source.isLive, meters: status.meters),
            header: header, isLive: file.source.isLive, status: status)
    }
}
