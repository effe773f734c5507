import Delivery
import PoseTypes
import Records

/// Writes a recording in the format of another tool.
package enum ExportRun {
    /// - Parameters:
    ///   - out: a file, or "-" for standard output; of formats that are several files, their folder, which is made.
    ///   - session: which, where the recording holds several.
    package static func export(_ records: String, as format: ExportFormat, to out: String, session id: String?) throws {
        var recording = try Recording(path: records)
        let session = try recording.session(id, of: records)
        if format.needsIDs, !session.isFollowed {
            throw PosedError(.badData, "nobody in \(records) has an id, and \(format.rawValue) files are of people who do")
        }
        if format.isFolder {
            guard out != "-" else {
                throw PosedError(.usage, "\(format.rawValue) is several files: name a folder for them with --out")
            }
            try FileJob.make(folder: out)
            return try exportFolder(session, of: &recording, as: format, to: out, named: fileStem(of: records), keeping: records)
        }
        try FileJob.check([FileJob(input: records, records: out)], keeping: [records])
        let writer = try JSONLinesWriter(path: out)
        switch format {
        case .csv, .mot:
            if format == .csv { try writer.write(JointTable.head) }
            for entry in session.entries {
                let frame = try recording.frame(at: entry)
                let lines =
                    format == .mot
                    ? MOTResults.lines(of: frame) : JointTable.lines(of: frame, skeleton: session.header(of: entry).skeleton)
                try writer.write(lines)
            }
        case .pyskl: try writer.write(try pickle(session, of: &recording, named: fileStem(of: records)))
        default:
            var list = JSONList(writer)
            for entry in session.entries { try list.add(items(of: try recording.frame(at: entry), as: format)) }
            try list.finish()
        }
        try writer.finish()
    }

    private static func items(of frame: PoseFrame, as format: ExportFormat) -> [[UInt8]] {
        switch format {
        case .alphapose: AlphaPoseResults.items(of: frame)
        case .mmpose: [MMPosePredictions.item(of: frame)]
        default: COCOResults.items(of: frame)
        }
    }

    private static func exportFolder(
        _ session: Recording.Session, of recording: inout Recording, as format: ExportFormat, to folder: String,
        named name: String,
        keeping records: String
    ) throws {
        func write(_ bytes: [UInt8], _ file: String) throws {
            let path = "\(folder)/\(file)"
            try FileJob.check([FileJob(input: records, records: path)], keeping: [records])
            let writer = try JSONLinesWriter(path: path)
            try writer.write(bytes)
            try writer.finish()
        }
        guard format == .trc else {
            for entry in session.entries {
                let frame = try recording.frame(at: entry)
                let bytes = OpenPoseFrame(session.header(of: entry).skeleton)(frame)
                try write(bytes, OpenPoseFrame.name(stream: name, frame: frame.index))
            }
            return
        }
        let header = session.headers[0]
        let rate = try rate(of: session, in: name)
        for (number, path) in try paths(session, of: &recording).enumerated() {
            let file = "\(name)_person\(number < 10 ? "0" : "")\(number).trc"
            guard
                let text = TRCFile.text(
                    of: path, named: file, skeleton: header.skeleton, rate: rate, height: header.source.height)
            else { throw PosedError(.badData, "\(name): \(path.id.number) is there for too long a time for a trc file") }
            try write(text, file)
        }
    }

    /// Everybody's way through a session, in the order of their ids.
    private static func paths(_ session: Recording.Session, of recording: inout Recording) throws -> [TrackPath] {
        let joints = session.headers[0].skeleton.joints.count
        var paths: [TrackID: TrackPath] = [:]
        for (index, entry) in session.entries.enumerated() {
            for person in try recording.frame(at: entry).people where person.pose.keypoints.count == joints {
                guard let id = person.track?.id else { continue }
                paths[id, default: TrackPath(id)].add(person, frame: index, at: entry.time)
            }
        }
        return paths.values.sorted { $0.id < $1.id }
    }

    private static func pickle(_ session: Recording.Session, of recording: inout Recording, named name: String) throws -> [UInt8]
    {
        let (header, paths) = (session.headers[0], try paths(session, of: &recording))
        let joints = header.skeleton.joints.count
        // Two coordinates of two bytes; a pickle's bytes are counted in 31 bits.
        guard Double(paths.count) * Double(session.entries.count) * Double(joints) * 4 < 0x7FFF_FFFF else {
            throw PosedError(
                .badData,
                "\(name): \(paths.count) people in \(session.entries.count) frames are too many for one pickle: cut the recording"
            )
        }
        return SkeletonPickle.bytes(
            of: paths, named: name, frames: session.entries.count, joints: joints, width: header.source.width,
            height: header.source.height)
    }

    /// Frames a second, as the container tells or as the frames came.
    private static func rate(of session: Recording.Session, in name: String) throws -> Double {
        if let rate = session.headers[0].source.frameRate, (0.01...1000).contains(rate) { return rate }
        guard let first = session.entries.first, let last = session.entries.last, last.time > first.time else {
            throw PosedError(.badData, "\(name) has no frame rate")
        }
        return min(1000, Double(session.entries.count - 1) / (last.time - first.time))
    }
}

/// `squat` of `poses/squat.poses.jsonl`: what files made of it are called.
func fileStem(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let ends = [".poses.refined.jsonl", ".poses.jsonl", ".jsonl", ".json"]
    guard let end = ends.first(where: { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }) else { return name }
    return String(name.dropLast(end.count))
}

/// A JSON list that is written item by item, each on a line.
private struct JSONList {
    private let writer: JSONLinesWriter
    private var isEmpty = true

    init(_ writer: JSONLinesWriter) { self.writer = writer }

    mutating func add(_ items: [[UInt8]]) throws {
        for item in items {
            try writer.write(Array((isEmpty ? "[\n" : ",\n").utf8) + item)
            isEmpty = false
        }
    }

    func finish() throws { try writer.write(Array((isEmpty ? "[]\n" : "\n]\n").utf8)) }
}
