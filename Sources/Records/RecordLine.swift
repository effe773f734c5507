import Basics
import FoundationEssentials
import PoseTypes

/// A line as JSON has it. Its types mirror the format key by key and know nothing else.
enum RecordLine: Decodable {
    case header(HeaderLine)
    case frame(FrameLine)
    case track(TrackLine)
    case gap(GapLine)
    case lost(LostLine)
    case unknown(String)

    private enum Key: String, CodingKey { case type }

    package init(from decoder: any Decoder) throws {
        let type = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .type)
        switch type {
        case "header": self = .header(try HeaderLine(from: decoder))
        case "frame": self = .frame(try FrameLine(from: decoder))
        case "track": self = .track(try TrackLine(from: decoder))
        case "gap": self = .gap(try GapLine(from: decoder))
        case "lost": self = .lost(try LostLine(from: decoder))
        default: self = .unknown(type)
        }
    }

    func record(line: Data) throws -> Record {
        switch self {
        case .header(let header): .header(try header.value())
        case .frame(let frame): .frame(try frame.value())
        case .track(let track): .track(try track.value())
        case .gap(let gap):
            .gap(GapRecord(from: try timestamp(gap.from), to: try timestamp(gap.to), reason: gap.reason))
        case .lost(let lost): .lost(records: try lost.value())
        case .unknown(let type): .unknown(type: type, line: [UInt8](line))
        }
    }
}

/// What a line says in good JSON that the format does not allow.
struct FormatProblem: Error, CustomStringConvertible {
    let description: String
}

/// A time of a stream, which lies within `Timestamp.farthest`.
func timestamp(_ nanoseconds: Int64) throws -> Timestamp {
    guard nanoseconds.magnitude <= Timestamp.farthest.magnitude else {
        throw FormatProblem(description: "a time lies beyond 73 years")
    }
    return Timestamp(nanoseconds: nanoseconds)
}

struct HeaderLine: Decodable {
    struct Model: Decodable {
        let id: String
        let sha256: String?
        let precision: String?
        let dataset: String?
        let input: String?
        var value: StreamHeader.Model { .init(id: id, sha256: sha256, precision: precision, dataset: dataset, input: input) }
    }
    struct Models: Decodable {
        let detector: Model?
        let pose: Model
    }
    struct Source: Decodable {
        let uri: String
        let width: Int
        let height: Int
        let rotation: Int
        let codec: String
        let frameRate: Double?

        enum CodingKeys: String, CodingKey {
            case uri, width, height, rotation, codec
            case frameRate = "frame_rate"
        }
    }

    let format: String
    let stream: String
    let session: String
    let layout: String
    let keypoints: [String]
    let edges: [[Int]]
    let models: Models
    let source: Source
    let posed: String

    func value() throws -> StreamHeader {
        guard format == "posed/1" else { throw FormatProblem(description: "format is \(format), only posed/1 can be read") }
        guard keypoints.count <= 1000, edges.count <= 10_000 else {
            throw FormatProblem(
                description: "there are \(keypoints.count) keypoints and \(edges.count) edges: too many to be read")
        }
        guard edges.allSatisfy({ $0.count == 2 && $0.allSatisfy(keypoints.indices.contains) }) else {
            throw FormatProblem(description: "edges names a keypoint that is not there")
        }
        guard (1...1 << 20).contains(source.width), (1...1 << 20).contains(source.height) else {
            throw FormatProblem(description: "source has no size that can be")
        }
        return StreamHeader(
            stream: stream, session: session, skeleton: skeleton, detector: models.detector?.value, pose: models.pose.value,
            source: .init(
                uri: source.uri, width: source.width, height: source.height, rotation: source.rotation,
                codec: source.codec, frameRate: source.frameRate),
            version: posed)
    }

    /// A header does not carry what mirroring and evaluation need: known layouts bring it, for others the names tell
    /// the mirror.
    private var skeleton: Skeleton {
        Skeleton.known.first { layout == $0.name && keypoints == $0.joints && edges == $0.bones }
            ?? Skeleton(name: layout, joints: keypoints, bones: edges)
    }
}

struct TrackLine: Decodable {
    let event: String
    let id: Int
    let uid: String
    let time: Int64

    enum CodingKeys: String, CodingKey {
        case event, id, uid
        case time = "pts_ns"
    }

    func value() throws -> TrackRecord {
        guard let event = TrackEvent.Kind(rawValue: event) else {
            throw FormatProblem(description: "event is \(event), and can be start, end or return")
        }
        guard id >= 1 else { throw FormatProblem(description: "id is \(id), and counts from 1") }
        return TrackRecord(event: event, id: TrackID(id), uid: uid, time: try timestamp(time))
    }
}

struct GapLine: Decodable {
    let from: Int64
    let to: Int64
    let reason: String

    enum CodingKeys: String, CodingKey {
        case reason
        case from = "from_ns"
        case to = "to_ns"
    }
}

struct LostLine: Decodable {
    let records: Int

    func value() throws -> Int {
        guard records >= 1, records < 1 << 53 else {
            throw FormatProblem(description: "records is \(records), and counts from 1")
        }
        return records
    }
}
