import Delivery
import Flow
import Logging
import Media
import Synchronization

/// Where a sink joins the pipeline of a stream, and what it may know of it.
final class SinkPorts {
    /// The stream's name.
    let name: String
    /// Frames with their images, which may not wait in numbers.
    let frames: Pipeline.Port<StreamItem>
    /// The same without images.
    let records: Pipeline.Port<StreamItem>
    let brokers: MQTTBrokers
    /// Everything waits for the sinks, since the input is worked off and has to come out whole: a failure ends the pipeline.
    let isPatient: Bool
    /// There is no other sink.
    let isOnly: Bool
    private let logger: Logger
    /// What the sinks have counted, in their order.
    private(set) var reports: [SinkReport] = []
    /// For sinks that want to know what happens to the source.
    let listeners: SourceListeners

    init(
        name: String, frames: Pipeline.Port<StreamItem>, records: Pipeline.Port<StreamItem>, brokers: MQTTBrokers,
        listeners: SourceListeners, isPatient: Bool, isOnly: Bool, logger: Logger
    ) {
        self.name = name
        self.frames = frames
        self.records = records
        self.brokers = brokers
        self.listeners = listeners
        self.isPatient = isPatient
        self.isOnly = isOnly
        self.logger = logger
    }

    var overflow: Overflow { isPatient ? .wait : .dropOldest }

    /// A count that the service shows under the sink's name, and a logger that names it.
    func report(of sink: some SinkSettings) -> (SinkReport, Logger) {
        let report = SinkReport(name: sink.name)
        reports.append(report)
        var logger = logger
        logger[metadataKey: "sink"] = "\(sink.name)"
        return (report, logger)
    }

    /// Delivers the records to what `open` opens, and opens anew after failures.
    func deliver(
        to sink: some SinkSettings, onFailure: DeliverRecords.Failure? = nil,
        open: @escaping @Sendable () throws -> any RecordSink
    ) throws {
        let (report, logger) = report(of: sink)
        records.end(
            try DeliverRecords(report: report, logger: logger, onFailure: isPatient ? .end : onFailure ?? .retry, make: open),
            name: sink.name, capacity: isPatient ? 2 : 256, overflow: overflow)
    }
}

/// Those who are told what happens to a source.
final class SourceListeners: Sendable {
    private let listeners = Mutex<[@Sendable (LiveEvent) -> Void]>([])

    func add(_ listener: @escaping @Sendable (LiveEvent) -> Void) { listeners.withLock { $0.append(listener) } }
    func tell(_ event: LiveEvent) { for listener in listeners.withLock({ $0 }) { listener(event) } }
}
