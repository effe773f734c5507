import Delivery
import Flow
import Media
import PoseTypes
import Tracking

/// Finds, follows and smooths the people of a live stream, and notices what its readers must be told: that pictures are missing,
/// or have another size.
///
/// One stage, because nothing after the networks takes long enough for a thread of its own.
struct FollowStream: Stage {
    private var find: FindPeople
    private var smoother: PoseSmoother
    private let makeSmoother: () -> PoseSmoother
    private var header: StreamHeader
    private var headerNumber = 0
    private var number = 0
    private var last: LivePicture?
    private let isLive: Bool
    private let status: StreamStatus

    /// - Parameters:
    ///   - header: its source is filled in from the pictures.
    ///   - isLive: whether pictures have a time of day.
    init(
        _ find: FindPeople, header: StreamHeader, isLive: Bool, status: StreamStatus, smoother: @escaping () -> PoseSmoother
    ) {
        self.find = find
        self.header = header
        self.isLive = isLive
        self.status = status
        makeSmoother = smoother
        self.smoother = smoother()
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
        var found: [PosedFrame] = []
        try find.process(VideoFrame(index: picture.index, time: picture.time, image: image)) { found.append($0) }
        for frame in found {
            var poses = frame.poses
            poses.capture = capture
            for poses in status.smoothing.measure({ smoother.smooth(poses) }) {
                send(PosedFrame(image: poses.revision == 0 ? image : nil, poses: poses), gap, emit)
                gap = nil
            }
            let latency = capture.map { max(0, Double(UTC.now() - $0.unixNanoseconds) / 1e9) }
            status.note { counts in
                counts.frames += 1
                counts.dropped += dropped
                if let latency { counts.latencies.add(latency) }
                counts.latency = latency
                counts.people = poses.people.count { $0.track != nil }
            }
        }
    }

    mutating func finish(emit: (StreamItem) -> Void) { flush(emit) }

    /// What was followed before in pictures of another size is over.
    private mutating func begin(_ info: VideoInfo, _ emit: (StreamItem) -> Void) {
        if last != nil {
            flush(emit)
            find.forget()
            smoother = makeSmoother()
            headerNumber += 1
        }
        header.source.width = info.width
        header.source.height = info.height
        header.source.rotation = info.rotation
        header.source.codec = info.codec
        header.source.frameRate = info.frameRate
    }

    /// Gives out the frames that wait for their lag.
    private mutating func flush(_ emit: (StreamItem) -> Void) {
        for poses in smoother.finish() { send(PosedFrame(image: nil, poses: poses), nil, emit) }
    }

    private mutating func send(_ frame: PosedFrame, _ gap: GapRecord?, _ emit: (StreamItem) -> Void) {
        emit(StreamItem(number: number, header: header, headerNumber: headerNumber, gap: gap, frame: frame))
        number += 1
    }
}
