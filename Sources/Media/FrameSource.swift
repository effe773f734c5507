internal import CFFmpeg
import Basics
import PoseTypes

/// The decoded pictures of an input, each with its place in the whole.
struct FrameSource: ~Copyable {
    struct Place {
        let index: Int
        let time: Timestamp
    }

    private(set) var stream: PictureStream
    private let input: Input
    var files: [String] { input.files }
    /// One file a picture, instead of one for all.
    let isPictures: Bool
    /// The keyframe that decoding began with did not come out: what follows may be counted wrongly.
    private(set) var hasMissedKeyframe = false
    var repairedTimes: Int { clock.repairs }
    var damagedPackets: Int { isPictures ? skipped.count : stream.damagedPackets }

    private let threads: Int
    private let openOptions: OpenOptions
    private var clock: FrameClock
    /// The index of the next frame.
    private var index: Int
    private var openFile: Int
    /// Files of a folder that cannot be read.
    private(set) var skipped = SkippedPictures()
    private var seekPoint: Demuxer.SeekPoint?

    /// Begins at a frame at or before `from` seconds. `isExact` decodes all before it, whatever that takes.
    init(_ input: Input, from: Double, threads: Int, isExact: Bool, _ openOptions: OpenOptions) throws(MediaError) {
        let files = input.files
        var file = input.isFolder ? min(Int(saturating: (from * Input.folderRate).rounded(.up)), files.count - 1) : 0
        var skipped = SkippedPictures()
        var stream = try Self.open(input, &file, threads: threads, openOptions, &skipped)
        if from > 0, !isExact, stream.demuxer.canCountFrames {
            seekPoint = stream.skip(to: from)
            if seekPoint == nil { stream = try PictureStream(files[0], threads: threads, openOptions) }
        }
        openFile = file
        index = seekPoint?.framesBefore ?? file
        clock = FrameClock(
            timeBase: stream.demuxer.timeBase, origin: seekPoint?.origin ?? stream.demuxer.startTime,
            frameRate: stream.demuxer.frameRate)
        isPictures = input.isFolder || stream.demuxer.isStill
        self.stream = stream
        self.input = input
        self.threads = threads
        self.openOptions = openOptions
        self.skipped = skipped
    }

    /// Geometry of the frame in `stream.frame`. The print density that image files name says nothing about their pixels.
    var shape: FrameGeometry {
        let ratio = isPictures ? 1 : stream.demuxer.sampleAspectRatio(of: stream.frame)
        return FrameGeometry(stream.frame, sampleAspectRatio: ratio, orientation: stream.orientation, maxPixels: stream.maxPixels)
    }

    /// Decodes the next picture into `stream.frame`; nil at the end. `onDamaged` is called for every picture skipped.
    mutating func next(onDamaged: (borrowing PictureStream) -> Void = { _ in }) throws(MediaError) -> Place? {
        isPictures ? try nextFile() : nextOfVideo(onDamaged)
    }

    /// Hands `stream.frame` over.
    mutating func takeFrame() -> Frame { stream.takeFrame() }

    private mutating func nextOfVideo(_ onDamaged: (borrowing PictureStream) -> Void) -> Place? {
        while true {
            let result = stream.next()
            if result == .end { return nil }
            if let key = seekPoint?.time {
                // Pictures before the keyframe lean on what was left out.
                if let time = stream.frameTime, time < key { continue }
                hasMissedKeyframe = result == .damaged || stream.frameTime != key
                seekPoint = nil
            }
            defer { index += 1 }
            let time = clock.next(stream.frameTime)
            if result == .picture { return Place(index: index, time: time) }
            onDamaged(stream)
        }
    }

    private mutating func nextFile() throws(MediaError) -> Place? {
        while index < files.count, !openOptions.deadline.interrupt.isInterrupted {
            if openFile != index {
                do throws(MediaError) {
                    stream = try Self.open(input, &index, threads: threads, openOptions, &skipped)
                    openFile = index
                } catch {
                    if error.kind == .interrupted { throw error }
                    skipped.add(error.description)
                    index = files.count
                    return nil
                }
            }
            defer { index += 1 }
            if stream.next() == .picture {
                return Place(index: index, time: Timestamp(seconds: Double(index) / Input.folderRate))
            }
            skipped.add("\(files[index]): \(stream.refusal ?? "holds no picture")")
        }
        return nil
    }

    /// Opens the first file from `index` on that can be opened; notes those before it in `skipped`.
    private static func open(
        _ input: Input, _ index: inout Int, threads: Int, _ openOptions: OpenOptions, _ skipped: inout SkippedPictures
    ) throws(MediaError) -> PictureStream {
        while true {
            do throws(MediaError) {
                let file = input.files[index]
                guard !input.isFolder || !FileContent.mayBlock(file) else {
                    throw MediaError(.badInput, "\(file): a pipe, a socket or a device, no picture")
                }
                return try PictureStream(file, threads: threads, openOptions)
            } catch {
                guard error.kind != .interrupted, index + 1 < input.files.count else { throw error }
                skipped.add(error.description)
                index += 1
            }
        }
    }
}
