import CFFmpeg

/// The decoded pictures of one file in the order they are shown, damage skipped and counted.
struct PictureStream: ~Copyable {
    enum Result { case picture, damaged, end }

    private(set) var demuxer: Demuxer
    private var decoder: Decoder
    /// The picture that `next` found.
    let frame = Frame()
    private(set) var damagedPackets = 0
    /// The file ends before its container says so. Known at the end.
    private(set) var isTruncated = false

    private let packet = Packet()
    /// `packet` was read already and goes to the decoder next.
    private var hasPacket = false
    private var lastTime: Int64?
    private var lastIsDamaged = false
    /// Of packets that were given to the decoder although they are damaged.
    private var damagedTimes: Set<Int64> = []
    /// A container that fails this often in a row has nothing more to give.
    private let patience = 16

    var codec: String { decoder.codec }

    /// How the stored picture in `frame` is made upright: the picture's own word before the container's.
    var orientation: Orientation { Orientation(displayMatrix: frame.displayMatrix ?? demuxer.displayMatrix) }

    init(_ path: String, threads: Int, interrupt: Interrupt) throws(MediaError) {
        let demuxer = try Demuxer(path, interrupt: interrupt)
        decoder = try Decoder(demuxer, threads: demuxer.isStill ? 1 : threads, path: path)
        self.demuxer = demuxer
    }

    /// Decodes the next picture into `frame`. A damaged picture has its place among the others but must not be shown.
    mutating func next() -> Result {
        while true {
            switch decoder.receive(frame) {
            case .frame:
                let time = frame.pointer.pointee.pts
                let isKnown = damagedTimes.contains(time)
                // What should have been shown before will not come any more.
                if !damagedTimes.isEmpty { damagedTimes = damagedTimes.filter { $0 > time } }
                guard isKnown || frame.isDamaged else { return .picture }
                if !isKnown { damagedPackets += 1 }
                if time == lastTime { lastIsDamaged = true }
                return .damaged
            case .needsPacket: feed()
            case .damaged:
                // The decoder's threads report late: this may be a packet that was counted when it was read.
                if damagedTimes.popFirst() == nil { damagedPackets += 1 }
                lastIsDamaged = true
            case .end:
                isTruncated = isTruncated || lastIsDamaged || demuxer.isCut
                return .end
            }
        }
    }

    private mutating func feed() {
        guard let wasDisturbed = readPacket() else { return decoder.drain() }
        lastTime = packet.time
        lastIsDamaged = packet.has(AV_PKT_FLAG_CORRUPT)
        // The decoder gets a damaged packet all the same: what is left of it is a better reference than nothing.
        if lastIsDamaged, let time = packet.time { damagedTimes.insert(time) }
        if !(lastIsDamaged && packet.time == nil), !decoder.send(packet) {
            lastIsDamaged = true
            if let time = packet.time { damagedTimes.remove(time) }
        }
        if wasDisturbed || lastIsDamaged { damagedPackets += 1 }
    }

    /// Goes on from the last keyframe at or before `seconds`. Nil where it is not certain how many frames were left out: then
    /// the file has to be opened anew.
    mutating func skip(to seconds: Double) -> Demuxer.Landing? {
        guard let landing = demuxer.landing(before: seconds), demuxer.seek(to: landing.seekTime) else { return nil }
        while demuxer.read(packet) == .packet, let time = packet.time {
            if time == landing.time, packet.has(AV_PKT_FLAG_KEY) {
                hasPacket = true
                return landing
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
        let errors = demuxer.errorCount
        for failures in 0..<patience {
            let reading = demuxer.read(packet)
            if reading == .broken { continue }
            let wasDisturbed = failures > 0 || demuxer.errorCount > errors
            if reading == .packet { return wasDisturbed }
            isTruncated = isTruncated || wasDisturbed
            return nil
        }
        isTruncated = true
        return nil
    }
}
