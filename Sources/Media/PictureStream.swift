internal import CFFmpeg
import PoseTypes

/// The decoded pictures of one file in the order they are shown, damage skipped and counted.
struct PictureStream: ~Copyable {
    enum Result { case picture, damaged, end }

    private(set) var demuxer: Demuxer
    private var decoder: Decoder
    /// The frame that `next` decoded.
    private(set) var frame = Frame()
    private(set) var damagedPackets = 0
    private(set) var decodedPictures = 0
    /// Live input: decoded pictures that `next` called damaged although they may look whole.
    private(set) var hiddenPictures = 0
    /// Nanoseconds that the decoder took, where the input is live.
    private(set) var decodeTime: Int64 = 0
    /// The file ends before its container says so. Known at the end.
    private(set) var isTruncated = false

    let maxPixels: Int
    /// What a picture file says of its picture.
    private var tags: PictureTags?
    private let packet = Packet()
    /// `packet` was read already and goes to the decoder next.
    private var hasPacket = false
    private var lastTime: Int64?
    private var lastIsDamaged = false
    /// Times of packets that were given to the decoder although they are damaged.
    private var damagedTimes: Set<Int64> = []
    /// Dates live pictures; nil for files.
    private var captureClock: CaptureClock?
    private var wait = KeyframeWait()
    private var missingReferences = 0
    private var pictureTimeout: Double?
    private var wholeTime = monotonicTime()
    /// Packets came, but no whole picture for as long as is waited for one.
    private(set) var isBlind = false
    /// A container that fails this often in a row has nothing more to give.
    private let patience = 16

    var codec: String { decoder.codec }

    /// How the stored picture in `frame` is made upright: the picture's own word before the container's.
    var orientation: Orientation {
        if let matrix = frame.displayMatrix ?? demuxer.displayMatrix { return Orientation(displayMatrix: matrix) }
        return tags?.orientation ?? .upright
    }

    /// Why no picture can be given, where there is more to say than that they are damaged.
    var refusal: String? {
        if decoder.isTooLarge { return "its pictures have more than \(maxPixels / 1_000_000) megapixels" }
        if tags?.isJPEGInTIFF == true { return "a TIFF with JPEG inside, which is not read: store it with LZW or as JPEG or PNG" }
        return demuxer.isStill && damagedPackets > 0 ? "the picture is cut or damaged" : nil
    }

    /// The time of the picture in `frame`, in the stream's time base; nil where it is missing or no time.
    var frameTime: Int64? { frame.time(in: demuxer.timeBase) }

    /// When the picture in `frame` was taken; only where the input is live.
    var capture: Capture? {
        captureClock.map { $0.capture(of: demuxer.timeBase.nanoseconds(frameTime ?? lastTime ?? 0) ?? 0) }
    }

    init(_ path: String, threads: Int, _ openOptions: OpenOptions) throws(MediaError) {
        guard !FileContent.isGitLFSPointer(path) else {
            throw MediaError(.badInput, "\(path): a Git LFS pointer, not the file itself: fetch it with `git lfs pull`")
        }
        let demuxer = try Demuxer(path, openOptions)
        captureClock = openOptions.isLive ? CaptureClock() : nil
        decoder = try Decoder(demuxer, threads: demuxer.isStill ? 1 : threads, maxPixels: openOptions.maxPixels, path: path)
        maxPixels = openOptions.maxPixels
        self.demuxer = demuxer
        pictureTimeout = openOptions.pictureTimeout
    }

    /// Decodes the next picture into `frame`. A damaged picture has its place among the others but must not be shown.
    mutating func next() -> Result {
        let result = nextDecoded()
        if result == .end { return .end }
        decodedPictures += 1
        guard captureClock != nil else { return result }
        let time = frameTime ?? lastTime
        if result == .damaged { wait.lose(at: (time ?? .min) + 1) }
        if wait.isOver(at: time, isKeyframe: frame.isKeyframe) {
            wholeTime = monotonicTime()
            return .picture
        }
        hiddenPictures += 1
        return .damaged
    }

    /// Hands `frame` over.
    mutating func takeFrame() -> Frame {
        var taken = Frame()
        swap(&taken, &frame)
        return taken
    }

    private mutating func nextDecoded() -> Result {
        while true {
            let start = monotonicTime()
            let received = decoder.receive(frame)
            decodeTime += monotonicTime() - start
            switch received {
            case .frame, .damagedFrame:
                let time = frame.pointer.pointee.pts
                let isKnown = damagedTimes.contains(time)
                // What should have been shown before will not come any more.
                if !damagedTimes.isEmpty { damagedTimes = damagedTimes.filter { $0 > time } }
                if tags?.isJPEGInTIFF == true { return .damaged }
                guard isKnown || frame.isDamaged || received == .damagedFrame else { return .picture }
                if !isKnown { damagedPackets += 1 }
                if time == lastTime { lastIsDamaged = true }
                return .damaged
            case .needsPacket: feed()
            case .damaged:
                // The decoder's threads report late: this may be a packet that was counted when it was read.
                if damagedTimes.popFirst() == nil { damagedPackets += 1 }
                lastIsDamaged = true
                wait.lose(at: lastTime ?? .min)
            case .end:
                isTruncated = isTruncated || lastIsDamaged || demuxer.isCut
                return .end
            }
        }
    }

    private mutating func feed() {
        if let pictureTimeout, Double(monotonicTime() - wholeTime) > pictureTimeout * 1e9 { isBlind = true }
        // A camera that sends pictures that are too large goes on doing so.
        isBlind = isBlind || captureClock != nil && decoder.isTooLarge
        if isBlind { return decoder.drain() }
        guard let wasDisturbed = readPacket() else { return decoder.drain() }
        if demuxer.isStill { tags = PictureTags(of: packet, demuxer.codecParameters.pointee.codec_id) }
        lastTime = packetTime
        // A playlist's segments are whole, but many that make them count the packets of each from 0, which looks like a loss.
        lastIsDamaged = packet.has(AV_PKT_FLAG_CORRUPT) && demuxer.format != "hls"
        noteArrival()
        // The decoder gets a damaged packet all the same: what is left of it is a better reference than nothing.
        if lastIsDamaged, let time = packetTime {
            if damagedTimes.count > 1000 { damagedTimes = [] }
            damagedTimes.insert(time)
        }
        let start = monotonicTime()
        defer { decodeTime += monotonicTime() - start }
        if !(lastIsDamaged && packetTime == nil), !decoder.send(packet) {
            lastIsDamaged = true
            if let time = packetTime { damagedTimes.remove(time) }
        }
        if wasDisturbed || lastIsDamaged { damagedPackets += 1 }
        if wasDisturbed || lastIsDamaged || decoder.missingReferences > missingReferences { wait.lose(at: lastTime ?? .min) }
        missingReferences = decoder.missingReferences
        if packet.has(AV_PKT_FLAG_KEY) { wait.note(keyPacket: lastTime) }
    }

    private mutating func noteArrival() {
        guard let own = demuxer.timeBase.nanoseconds(packet.pointer.pointee.pts) else { return }
        captureClock?.note(own, arrival: monotonicTime(), sender: packet.senderTime)
    }

    private var packetTime: Int64? { packet.time(in: demuxer.timeBase) }

    /// Goes on from the last keyframe at or before `seconds`. Nil where it is not certain how many frames were left out: then
    /// the file has to be opened anew.
    mutating func skip(to seconds: Double) -> Demuxer.SeekPoint? {
        guard let seekPoint = demuxer.seekPoint(before: seconds), demuxer.seek(to: seekPoint.seekTime) else { return nil }
        while demuxer.read(packet) == .packet, let time = packetTime {
            if time == seekPoint.time, packet.has(AV_PKT_FLAG_KEY) {
                hasPacket = true
                return seekPoint
            }
        }
        return nil
    }

    /// Reads a packet; true where something was lost on the way to it, nil at the end.
    private mutating func readPacket() -> Bool? {
        if hasPacket {
            hasPacket = false
            return false
        }
        let losses = demuxer.errorCount + demuxer.lostPackets
        for failures in 0..<patience {
            let reading = demuxer.read(packet)
            if reading == .broken { continue }
            let wasDisturbed = failures > 0 || demuxer.errorCount + demuxer.lostPackets > losses
            if reading == .packet { return wasDisturbed }
            isTruncated = isTruncated || wasDisturbed
            return nil
        }
        isTruncated = true
        return nil
    }
}
