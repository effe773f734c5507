import Delivery
import Media
import PoseTypes
import Records
import Tracking

/// Makes records of the poses that another tool found in a video.
package enum ImportRun {
    /// - Parameters:
    ///   - path: a file, or OpenPose's folder.
    ///   - video: what the poses were found in: it tells the times and the size.
    ///   - out: a file, or "-" for standard output.
    /// - Returns: what was done, in a line.
    package static func run(
        _ path: String, as format: ImportFormat, video: String, to out: String, signals: StopSignals
    ) throws -> String {
        let poses = try ImportedPoses(path, as: format)
        let skeleton = try poses.skeleton(isOpenPose: format == .openpose, in: path)
        try FileJob.check([FileJob(input: video, records: out)], keeping: [path, video])
        let reader = try VideoReader.open(video, signals: signals)
        guard var frame = try reader.next() else { throw PosedError(.badData, "\(video) has no frames") }
        let header = StreamHeader(
            stream: fileStem(of: path), skeleton: skeleton, detector: nil, pose: StreamHeader.Model(id: format.rawValue),
            source: reader.info.source(named: video), version: posedVersion)
        var people = ImportedPeople(poses)
        var tracks = OpenTracks(of: header)
        let (encoder, writer) = (RecordEncoder(header), try JSONLinesWriter(path: out))
        try writer.write(encoder.headerLine())
        var count = 0
        while true {
            let poses = people.frame(frame.index, at: frame.time)
            try writer.write(encoder.frame(poses))
            tracks.note(poses)
            count += 1
            guard let next = try reader.next() else { break }
            frame = next
        }
        for track in tracks.endings { try writer.write(encoder.track(track)) }
        try writer.finish()
        let behind = people.left.isEmpty ? "" : "; \(people.left.count) frames of \(path) lie behind the video's end"
        return "\(out): \(count) frames, \(people.count) people\(behind)"
    }
}

/// What of the imported poses is not in a frame yet.
private struct ImportedPeople {
    private(set) var left: [Int: [ImportedPoses.Seen]]
    /// How many were in frames: each once a frame.
    private(set) var count = 0
    /// Ids are counted from 1 here, and from 0 by some.
    private let shift: Int
    private var firstSeen: [TrackID: Timestamp] = [:]

    init(_ poses: ImportedPoses) {
        left = poses.frames
        shift = poses.frames.values.joined().contains { $0.id == 0 } ? 1 : 0
    }

    mutating func frame(_ index: Int, at time: Timestamp) -> PoseFrame {
        var (events, taken): ([TrackEvent], Set<TrackID>) = ([], [])
        let people = (left.removeValue(forKey: index) ?? []).map { seen in
            let box = seen.box ?? BoundingBox(around: seen.keypoints)
            var person = Person(
                box: box ?? BoundingBox(x: 0, y: 0, width: 0, height: 0), score: seen.score, pose: Pose(keypoints: seen.keypoints)
            )
            // Two of one id in a frame: the first has it.
            if let number = seen.id, (0..<0x7FFF_FFFF).contains(number), taken.insert(TrackID(number + shift)).inserted {
                let id = TrackID(number + shift)
                if firstSeen[id] == nil {
                    firstSeen[id] = time
                    events.append(TrackEvent(kind: .start, id: id, time: time))
                }
                person.track = Track(id: id, firstSeen: firstSeen[id] ?? time)
            }
            return person
        }
        count += people.count
        return PoseFrame(index: index, time: time, people: people, events: events)
    }
}
