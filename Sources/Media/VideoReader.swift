import Basics
internal import CFFmpeg
import PoseTypes

/// The upright RGB frames of a video, a picture, or numbered pictures (a folder, or a pattern such as `frame%04d.png`), with
/// their presentation times.
///
///     Demuxer -> Decoder -> Scaler -> VideoFrame
///
/// - Time counts from the stream's start and strictly increases; numbered pictures follow each other at 25 a second.
/// - The display matrix is applied once (to the nearest quarter turn), pixels of a video are made square (those of pictures
///   are taken for square), transparency is dropped.
/// - A damaged frame is not given, but keeps its index.
/// - A video whose pictures change size goes on in the size of the first.
package final class VideoReader {
    package let info: VideoInfo
    /// Ends a blocked `next()` from any thread.
    package let interrupt: Interrupt

    private let name: String
    /// Files of the folder that look like pictures of kinds that are not read.
    private let leftOut: [String]
    private let range: Range<Double>
    private var source: FrameSource
    private var scaler: Scaler
    private var shape: FrameGeometry
    /// Decoded but not yet given.
    private var pending: FrameSource.Place?
    private var framesRead = 0
    private var isAtEnd = false
    private var lastTime = Timestamp.zero
    private var sizeChange: String?

    /// Reads the frames with times from `from` seconds up to but without `to`; their indices and times stay those of the
    /// whole video. `threads` decode, 0 for as many as FFmpeg thinks fit (three on two cores, for 3 to 10 % more processor
    /// time than one). Give an `interrupt` of your own to be able to end a blocked opening: it then throws `.interrupted`.
    package init(
        path: String, from: Double? = nil, to: Double? = nil, threads: Int = 0, interrupt: Interrupt = Interrupt()
    ) throws(MediaError) {
        self.interrupt = interrupt
        name = redacted(uri: path)
        let (from, to) = (from ?? 0, to ?? .infinity)
        // Written so that what is not a number is 0.
        let start = from > 0 ? min(from, Double(AVRational.farthest) / 1e9) : 0
        range = start..<(to > start ? to : start)
        let input = try Input(path: path)
        leftOut = input.leftOut
        source = try FrameSource(input, from: start, threads: threads, isExact: false, OpenOptions(interrupt))
        pending = try source.next()
        if source.hasMissedKeyframe {
            source = try FrameSource(input, from: start, threads: threads, isExact: true, OpenOptions(interrupt))
            pending = try source.next()
        }
        guard pending != nil else {
            throw interrupt.isInterrupted
                ? MediaError(.interrupted, "\(name): openOptions was interrupted")
                : MediaError(.badInput, "\(name): \(source.stream.refusal ?? "not a single frame can be decoded")")
        }
        shape = source.shape
        scaler = Scaler(shape)
        info = VideoInfo(source, shape)
    }

    /// The next frame; nil at the end, and once the reader was interrupted.
    package func next() throws(MediaError) -> VideoFrame? {
        while !isAtEnd, !interrupt.isInterrupted, let place = try nextPlace(), place.time.seconds < range.upperBound {
            lastTime = place.time
            if place.time.seconds < range.lowerBound { continue }
            try followShape(at: place.index)
            guard let image = scaler.image(of: source.stream.frame) else {
                throw MediaError(.badInput, "\(name): frame \(place.index) has a pixel format that cannot be converted")
            }
            framesRead += 1
            return VideoFrame(index: place.index, time: place.time, image: image)
        }
        isAtEnd = true
        guard framesRead > 0 || interrupt.isInterrupted else {
            throw MediaError(.badInput, "\(name): no frame lies in the part asked for; the last one is at \(lastTime.seconds) s")
        }
        return nil
    }

    package var statistics: ReaderStatistics {
        ReaderStatistics(
            framesRead: framesRead, damagedPackets: source.damagedPackets, repairedTimes: source.repairedTimes,
            truncated: source.stream.isTruncated, warning: warning)
    }

    private func nextPlace() throws(MediaError) -> FrameSource.Place? {
        if let place = pending.take() { return place }
        return try source.next()
    }

    /// Each picture of a folder may be stored turned in its own way; all have to have one upright size.
    private func followShape(at index: Int) throws(MediaError) {
        if source.isPictures {
            let new = source.shape
            guard new.uprightSize == shape.uprightSize else {
                throw MediaError(
                    .badInput,
                    "\(redacted(uri: source.files[index])): \(new.uprightSize) pixels, but the first picture has \(shape.uprightSize)"
                )
            }
            if new.orientation != shape.orientation { scaler = Scaler(new) }
            shape = new
        } else if sizeChange == nil, source.shape.stored != shape.stored {
            sizeChange = "the pictures change size at frame \(index): scaled to \(shape.uprightSize)"
        }
    }

    private var warning: String? {
        var parts: [String] = []
        let damaged = source.damagedPackets
        if source.stream.isTruncated {
            let whole = info.duration.map { " of \(seconds($0))" } ?? ""
            parts.append("cut short or damaged: it ends after \(seconds(lastTime.seconds))\(whole)")
        }
        if source.files.count > 1, let skipped = source.skipped.warning {
            parts.append(skipped)
        } else if damaged > 0 {
            parts.append("\(damaged) damaged \(damaged == 1 ? "packet was" : "packets were") skipped")
        }
        if !leftOut.isEmpty {
            let names = leftOut.prefix(3).joined(separator: ", ") + (leftOut.count > 3 ? ", …" : "")
            parts.append("left out, since FFmpeg does not read such pictures here: \(names)")
        }
        if let transfer = info.hdr {
            parts.append("HDR video (\(transfer)) is not tone-mapped: people look pale, and are found less well")
        }
        if let sizeChange { parts.append(sizeChange) }
        return parts.isEmpty ? nil : "\(name): " + parts.joined(separator: "; ")
    }
}

/// Two decimals.
private func seconds(_ value: Double) -> String { "\((value * 100).rounded() / 100) s" }

extension VideoInfo {
    fileprivate init(_ source: borrowing FrameSource, _ shape: FrameGeometry) {
        let frameRate = source.files.count > 1 ? Input.folderRate : source.isPictures ? nil : source.stream.demuxer.frameRate
        self.init(
            width: shape.uprightSize.width, height: shape.uprightSize.height, rotation: shape.orientation.quarters * 90,
            codec: source.stream.codec, frameRate: frameRate,
            duration: source.isPictures ? frameRate.map { Double(source.files.count) / $0 } : source.stream.demuxer.duration,
            frameCount: source.isPictures ? source.files.count : source.stream.demuxer.frameCount,
            hdr: source.stream.frame.hdr)
    }
}
