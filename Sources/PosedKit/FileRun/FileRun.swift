import Basics
import Delivery
import Drawing
import Flow
import FoundationEssentials
import Media
import Models
import PoseTypes
import Records
import Settings

/// Carries one input through the pipeline.
///
///     decode ─▶ detect · estimate · track · smooth ─┬▶ records
///                                                   └▶ overlay
///
/// Nothing is written before the input has given a frame: what cannot be read leaves earlier results alone.
package struct FileRun: Sendable {
    private let job: FileJob
    private let options: FileOptions
    private let networks: PoseNetworks
    private let signals: StopSignals
    private let opening = StageMeter(name: "open")
    private let meters = TrackPeople.Meters()
    private let latency = FrameLatency()

    package init(_ job: FileJob, options: FileOptions, networks: PoseNetworks, signals: StopSignals) {
        self.job = job
        self.options = options
        self.networks = networks
        self.signals = signals
    }

    /// Returns when everything is written, or when a signal has ended it and all that was read until then is written. A signal
    /// before the first frame is a `CancellationError`.
    package func callAsFunction() async throws -> RunReport {
        let start = ContinuousClock.now
        let (reader, first) = try opening.measure { try open() }
        let info = reader.info
        let decoding = Decode.Report()
        let pipeline = Pipeline(label: job.input)
        let tracking = TrackingReport()
        let tracked = pipeline.source(Decode(reader, first: first, report: decoding), name: "decode")
            .map { [latency] frame in
                latency.begin(frame.index)
                return frame
            }
            .then(
                TrackPeople(
                    networks, options.settings, boxes: options.boxes, isPicture: info.isPicture, meters: meters, report: tracking),
                name: "track people")
        try attachSinks(to: tracked, info: info)
        signals.onStop { pipeline.stop() }
        do {
            async let _ = pipeline.showProgress(label: job.input, total: options.frames(of: info))  // ends with this scope
            try await pipeline.run()
        }
        return RunReport(
            job: job, opening: opening.statistics, pipeline: pipeline.statistics,
            parts: meters.statistics, decoding: decoding, tracking: info.isPicture ? nil : tracking, latencies: latency.times,
            wall: (ContinuousClock.now - start) / .seconds(1))
    }

    /// The input with its first frame.
    private func open() throws -> sending (VideoReader, VideoFrame) {
        let reader = try VideoReader.open(job.input, from: options.from, to: options.to, signals: signals)
        guard let first = try reader.next() else { throw CancellationError() }
        return (reader, first)
    }

    private func attachSinks(to tracked: Pipeline.Port<FrameWithPoses>, info: VideoInfo) throws {
        if let overlay = try job.overlayPath(isPicture: info.isPicture) {
            let painter = OverlayPainter(
                skeleton: networks.skeleton, keypointThreshold: options.settings.keypointThreshold, trail: options.settings.trail)
            try tracked.endInOverlay(overlay, of: info, painter: painter)
        }
        tracked.end(
            try WriteRecords(to: JSONLinesWriter(path: job.records), header: header(info), latency: latency), name: "write")
        if info.isPicture, job.records != "-", options.printsTable {
            tracked.end(PrintTable(skeleton: networks.skeleton, threshold: options.settings.keypointThreshold), name: "print")
        }
    }

    private func header(_ info: VideoInfo) -> StreamHeader {
        StreamHeader(
            stream: URL(filePath: FileName.shown(job.input)).deletingPathExtension().lastPathComponent,
            skeleton: networks.skeleton,
            detector: options.boxes == nil ? networks.detectorModel : nil, pose: networks.poseModel,
            source: info.source(named: job.input), version: posedVersion)
    }
}

extension VideoInfo {
    /// What the header of its records says of the file.
    func source(named path: String) -> StreamHeader.Source {
        StreamHeader.Source(
            uri: FileName.shown(path), width: width, height: height, rotation: rotation, codec: codec, frameRate: frameRate)
    }
}
