import Basics
import Delivery
import Logging
import Models
import PosedKit
import Settings

/// All streams of the daemon: begins and ends them, and changes some while the others go on.
///
///     signals ─┐
///     ticks   ─┼─▶ run ─▶ streams, systemd
///     ends    ─┘
package actor Fleet {
    private enum Event: Sendable {
        case stop, reload, tick
        case ended(StreamService, (any Error)?)
        /// It was asked to end and has not.
        case overdue(StreamService)
    }

    private let paths: [String]
    private let store: ModelStore
    private let pool: NetworkPool
    private let logger = Logger(label: "posed")
    private let brokers: MQTTBrokers
    private let notifier: SystemdNotifier
    private let web: WebService?
    private var board: StreamBoard? { web?.board }
    private let events: AsyncStream<Event>
    private let send: AsyncStream<Event>.Continuation
    private var streams: [String: StreamService] = [:]
    /// What takes the place of a stream that is ending.
    private var successors: [String: PipelineFile] = [:]
    /// Streams whose input came to its end.
    private var finished: [PipelineFile] = []
    private var isStopping = false
    private var failure: (any Error)?
    private var report = FleetReport()

    /// - Parameters:
    ///   - paths: pipeline files, or folders of them; read again by every reload.
    ///   - web: where the streams are shown.
    package init(
        paths: [String], store: ModelStore, notifier: SystemdNotifier = SystemdNotifier(), web: WebService? = nil
    ) {
        self.paths = paths
        self.store = store
        pool = NetworkPool(store)
        brokers = MQTTBrokers(logger: logger)
        self.notifier = notifier
        self.web = web
        (events, send) = AsyncStream.makeStream(of: Event.self)
    }

    /// Runs until a signal asks for an end, or until every stream has ended by itself.
    ///
    /// Throws what was wrong with the pipeline files at the start, and the first error that a stream ended with.
    package func run(signals: StopSignals) async throws {
        for (file, networks) in try load() { begin(file, networks) }
        board?.ready()
        signals.onStop { [send] in send.yield(.stop) }
        signals.onHangUp { [send] in send.yield(.reload) }
        let period = min(.seconds(1), notifier.watchdogPeriod ?? .seconds(1))
        let clock = Task { [send] in
            while true {
                try await Task.sleep(for: period)
                send.yield(.tick)
            }
        }
        defer { clock.cancel() }
        let begun = "\(counted(streams.count, "stream", "streams")) begun"
        notifier.ready(status: begun)
        logger.notice("\(begun)")
        for await event in events {
            switch event {
            case .tick: tick()
            case .reload: reload()
            case .stop: stop()
            case .ended(let stream, let error): end(of: stream, error)
            case .overdue(let stream): abandon(stream)
            }
            if streams.isEmpty { break }
        }
        if let failure { throw failure }
    }

    /// The pipelines with their networks; throws where any of them is not as it should be.
    private func load() throws -> [(PipelineFile, PoseNetworks)] {
        let (files, problems, notes) = PipelineFile.read(paths, store: store, isCheck: false)
        for note in notes { logger.warning("\(note)") }
        if !problems.isEmpty { throw PipelineProblems(problems: problems) }
        return try files.map { ($0, try pool.networks($0.networks)) }
    }

    private func begin(_ file: PipelineFile, _ networks: PoseNetworks) {
        let stream = StreamService(
            file, networks: networks, brokers: brokers, logger: logger, channel: board?.channel(of: file.name))
        streams[file.name] = stream
        Task { [send] in
            do {
                try await stream.run()
                send.yield(.ended(stream, nil))
            } catch {
                send.yield(.ended(stream, error))
            }
        }
    }

    /// Asks a stream to end. It has its time for that; then it loses what waits.
    private func end(_ stream: StreamService) {
        stream.stop()
        Task { [send] in
            try await Task.sleep(for: .seconds(stream.file.stopTimeout))
            stream.cancel()
            try await Task.sleep(for: .seconds(1))
            send.yield(.overdue(stream))
        }
    }

    private func end(of stream: StreamService, _ error: (any Error)?) {
        let name = stream.file.name
        guard streams[name] === stream else { return }
        streams[name] = nil
        logger.notice("\(stream.summary)", metadata: ["pipeline": "\(name)"])
        if let error {
            let isReaderGone = ExitStatus.code(of: error) == ExitStatus.readerGone  // who has gone wants to hear nothing
            logger.log(level: isReaderGone ? .debug : .error, "\(error)", metadata: ["pipeline": "\(name)"])
            failure = failure ?? error
        }
        if let successor = successors.removeValue(forKey: name) {
            beginAfterReload(successor)
        } else if !stream.isStopping {
            finished.append(stream.file)
        }
        tidyBoard()
    }

    /// Takes away what neither runs nor has ended by itself.
    private func tidyBoard() { board?.keep(Set(streams.keys).union(successors.keys).union(finished.map(\.name))) }

    /// Something holds it that cannot be ended, such as a reader of standard output that does not read.
    private func abandon(_ stream: StreamService) {
        guard streams[stream.file.name] === stream else { return }
        logger.error("does not end: left behind", metadata: ["pipeline": "\(stream.file.name)"])
        end(of: stream, nil)
    }

    private func stop() {
        guard !isStopping else { return }
        isStopping = true
        successors = [:]
        notifier.stopping(status: "ending \(counted(streams.count, "stream", "streams"))")
        for stream in streams.values { end(stream) }
    }

    /// Reads the pipeline files again, and the web server's certificate. If anything is wrong with either, it goes on as it is.
    private func reload() {
        guard !isStopping else { return }
        notifier.reloading()
        web?.reload()
        // Also what a reload that failed half-way has loaded.
        defer {
            let named = (streams.values.map(\.file) + Array(successors.values) + finished).map(\.networks)
            pool.keep(named)
        }
        defer { notifier.ready(status: counted(streams.count, "stream", "streams")) }
        let files: [PipelineFile]
        do {
            files = try load().map(\.0)
        } catch let error as PipelineProblems {
            for problem in error.problems { logger.error("\(problem)") }
            return logger.error("not reloaded: everything goes on as before")
        } catch {
            return logger.error("not reloaded: everything goes on as before: \(error)")
        }
        var changes = 0
        for stream in streams.values where !stream.isStopping && !files.contains(stream.file) {
            changes += 1
            end(stream)
        }
        successors = [:]
        for file in files where !finished.contains(file) {
            if let stream = streams[file.name] {
                // Also where its file is again what it was.
                if stream.isStopping { successors[file.name] = file }
            } else {
                beginAfterReload(file)
            }
        }
        finished.removeAll { !files.contains($0) }
        tidyBoard()
        logger.notice("reloaded: \(counted(changes, "stream", "streams")) of \(files.count) changed")
    }

    private func beginAfterReload(_ file: PipelineFile) {
        do {
            begin(file, try pool.networks(file.networks))
        } catch {
            logger.error("\(error)", metadata: ["pipeline": "\(file.name)"])
        }
    }

    private func tick() {
        let now = ContinuousClock.now
        let stuck = streams.values.filter { !$0.status.isTurning(at: now) }.map(\.file.name)
        if stuck.isEmpty {
            notifier.watchdog()
        } else {
            let names = stuck.sorted().joined(separator: ", ")
            logger.error("does not turn over any more: \(names)")
        }
        if let line = report.line(of: streams.values.map(\.status), at: now) { notifier.status(line) }
    }
}
