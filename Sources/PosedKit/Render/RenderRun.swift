import Delivery
import Drawing
import Flow
import Media
import Records
import Settings

/// Draws a recording over its video.
///
///     decode ─▶ recall people ─▶ overlay
///
/// Nothing is written before the records have been read through and the video has given a frame of their size.
package struct RenderRun: Sendable {
    package struct Options: Sendable {
        /// Those of drawing.
        package var settings = PoseSettings()
        /// Which session, where the recording holds several.
        package var session: String?

        package init() {}
    }

    private let records: String
    private let job: FileJob
    private let options: Options
    private let signals: StopSignals

    /// - Parameter overlay: a file, or a folder to put one named after the video in.
    package init(
        records: String, video: String, overlay: String, options: Options, signals: StopSignals
    ) throws(PosedError) {
        self.records = records
        self.options = options
        self.signals = signals
        // Nothing goes to the records' place: they are there already.
        job = try FileJob.plan(inputs: [video], out: "-", overlay: overlay, keeping: [records])[0]
    }

    /// Returns when everything is written, or when a signal has ended it and what was drawn until then is whole. A signal
    /// before the first frame is a `CancellationError`.
    package func callAsFunction() async throws -> RenderReport {
        let start = ContinuousClock.now
        let recording = try Recording(path: records)
        let reader = try VideoReader.open(job.input, signals: signals)
        guard let first = try reader.next() else { throw CancellationError() }
        let info = reader.info
        let (header, entries) = try choose(from: recording, for: info)
        let decoding = Decode.Report()
        let recall = ReplayPoses.Report()
        let pipeline = Pipeline(label: job.input)
        if let overlay = try job.overlayPath(isPicture: info.isPicture) {
            let painter = OverlayPainter(
                skeleton: header.skeleton, keypointThreshold: options.settings.keypointThreshold, trail: options.settings.trail)
            try pipeline.source(Decode(reader, first: first, report: decoding), name: "decode")
                .then(ReplayPoses(from: recording, entries: entries, report: recall), name: "recall people")
                .endInOverlay(overlay, of: info, painter: painter)
        }
        signals.onStop { pipeline.stop() }
        do {
            async let _ = pipeline.showProgress(label: job.input, total: info.frameCount)  // ends with this scope
            try await pipeline.run()
        }
        let report = RenderReport(
            records: records, video: job.input, entries: entries.count, counts: recall.counts, decoding: decoding.warning,
            isWhole: signals.received == nil, wall: (ContinuousClock.now - start) / .seconds(1))
        guard report.fits else {
            throw PosedError(.badData, "not one record of \(records) has the time of a frame of \(job.input)")
        }
        return report
    }

    /// The frames of the session that is meant, as far as they have the video's size, and their header.
    private func choose(
        from recording: Recording, for info: VideoInfo
    ) throws(PosedError) -> (StreamHeader, [Recording.Entry]) {
        func fits(_ header: StreamHeader) -> Bool { header.source.width == info.width && header.source.height == info.height }
        let session = try recording.session(options.session, of: records) { $0.headers.contains(where: fits) }
        guard let header = session.headers.first(where: fits) else {
            let source = session.headers[0].source
            throw PosedError(
                .badData,
                "\(records) was made from \(source.uri), \(source.width)x\(source.height): \(job.input) has \(info.width)x\(info.height)"
            )
        }
        let entries = session.entries.filter { entry in
            let other = session.header(of: entry)
            return fits(other) && other.skeleton == header.skeleton
        }
        return (header, entries)
    }
}
