internal import CFFmpeg

extension Demuxer {
    /// A keyframe from which decoding gives the same pictures as decoding everything.
    struct SeekPoint {
        /// The keyframe's time, in the stream's time base.
        let time: Int64
        /// Where to seek to find it.
        let seekTime: Int64
        /// The stream's first time.
        let origin: Int64
        /// Frames shown before the keyframe.
        let framesBefore: Int
    }

    /// Codecs that make one picture of every packet in the containers below.
    private static let countable = [
        AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1, AV_CODEC_ID_MJPEG, AV_CODEC_ID_PRORES,
    ]

    /// Packets tell how many frames lie before a place: mp4 and Matroska give each of them its time.
    var canCountFrames: Bool {
        isSeekable && startTime != nil && (format.contains("mp4") || format.contains("matroska"))
            && Self.countable.contains(codecParameters.pointee.codec_id)
    }

    /// Counts frames without decoding them, up to the last keyframe at or before `seconds` since the stream's start.
    ///
    /// Exact, or nil: every packet must have a time of its own, be whole, and come after the first one. Packets that an edit
    /// list cuts away are not counted. Nothing is counted too early: a packet is never shown before its decoding time.
    mutating func seekPoint(before seconds: Double) -> SeekPoint? {
        guard canCountFrames, let start = startTime else { return nil }
        guard let unit = timeBase.value, let ticks = Int64(exactly: (seconds / unit).rounded(.down)), timeBase.time(ticks) != nil
        else {
            return nil
        }
        let packet = Packet()
        var times: [Int64] = []
        var (origin, target, key) = (start, Int64.max, nil as (time: Int64, seekTime: Int64)?)
        reading: while true {
            switch read(packet) {
            case .broken: return nil
            case .end: break reading
            case .packet: break
            }
            if packet.has(AV_PKT_FLAG_DISCARD) { continue }
            guard let time = packet.time(in: timeBase), packet.pointer.pointee.size > 0, !packet.has(AV_PKT_FLAG_CORRUPT) else {
                return nil
            }
            if times.isEmpty {
                guard packet.has(AV_PKT_FLAG_KEY) else { return nil }
                origin = min(start, time)
                target = origin + ticks
            }
            guard time >= times.first ?? time else { return nil }
            times.append(time)
            let decodingTime = packet.decodingTime(in: timeBase)
            if packet.has(AV_PKT_FLAG_KEY), time <= target, time > key?.time ?? .min {
                key = (time, min(time, decodingTime ?? time))
            }
            if let decodingTime, decodingTime > target { break }
        }
        guard let key, Set(times).count == times.count else { return nil }
        return SeekPoint(time: key.time, seekTime: key.seekTime, origin: origin, framesBefore: times.count { $0 < key.time })
    }
}
