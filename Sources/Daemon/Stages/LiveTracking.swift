import Basics
import Delivery
import Flow
import Media
import PoseTypes
import PosedKit
import Records
import Settings

/// Tracks the people of a live stream, and notices what its readers must be told: that frames are missing, or have another
/// size.
struct LiveTracking: Stage {
    private var people: TrackPeople
    private var header: StreamHeader
    private var headerNumber = 0
    private var number = 0
    private var last: LivePicture?
    private let isLive: Bool
    private let status: StreamStatus

    /// - Parameters:
    ///   - header: its source is filled in from the frames.
    ///   - isLive: whether frames have a time of day.
    init(_ people: TrackPeople, header: StreamHeader, isLive: Bool, status: StreamStatus) {
        self.people = people
        self.header = header
        self.isLive = isLive
        self.status = status
    }

    mutating func process(_ picture: LivePicture, emit: (StreamItem) -> Void) throws {
        let image = try picture.image()
        if picture.info != last?.info { begin(picture.info, emit) }
        var capture = isLive ? picture.capture : nil
        let dropped = picture.index - (last?.index ?? -1) - 1
        capture?.dropped = dropped
        var gap: GapRecord?
        if let last, picture.connection != last.connection {
            gap = GapRecord(from: last.time, to: picture.time, reason: picture.reason)
        }
        last = picture
        let frames = try people.track(VideoFrame(index: picture.index, time: picture.time, image: image, capture: capture))
        for frame in frames {
            send(frame, gap, emit)
            gap = nil
        }
        let latency = capture.map { max(0, Double(UTC.now() - $0.unixNanoseconds) / 1e9) }
        let present = frames.first?.poses.people.count { $0.track != nil } ?? 0
        status.note { counts in
            counts.frames += 1
            counts.dropped += dropped
            if let latency { counts.latencies.add(latency) }
            counts.latency = latency
            counts.people = present
        }
    }

    mutating func finish(emit: (StreamItem) -> Void) {
        for frame in people.flush() { send(frame, nil, emit) }
    }

    /// What was tracked before in frames of another size is over.
    private mutating func begin(_ info: VideoInfo, _ emit: (StreamItem) -> Void) {
        if last != nil {
            for frame in people.restart() { send(frame, nil, emit) }
            headerNumber += 1
        }
        header.source.width = info.width
        header.source.height = info.height
        header.source.rotation = info.rotation
        header.source.codec = info.codec
        header.source.frameRate = info.frameRate
    }

    private mutating func send(_ frame: FrameWithPoses, _ gap: GapRecord?, _ emit: (StreamItem) -> Void) {
        emit(StreamItem(number: number, header: header, headerNumber: headerNumber, gap: gap, frame: frame))
        number += 1
    }
}
