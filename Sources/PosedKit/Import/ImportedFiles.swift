import Basics
import FoundationEssentials
import PoseTypes

extension ImportedPoses {
    /// Reads a file, or OpenPose's folder.
    init(_ path: String, as format: ImportFormat) throws(PosedError) {
        switch format {
        case .coco, .alphapose:
            for item in try decode([ResultItem].self, path) { try add(item.seen(in: path), at: item.frame(in: path), in: path) }
        case .mmpose:
            let file = try decode(MMPoseFile.self, path)
            for frame in file.frames {
                for instance in frame.instances { try add(instance.seen(in: path), at: frame.number &- file.first, in: path) }
            }
        case .openpose:
            let names: [String]
            do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
                throw PosedError(.missingInput, "cannot read the folder \(path): \(reason(of: error))")
            }
            let end = "_keypoints.json"
            let files = names.filter { $0.hasSuffix(end) }
            guard !files.isEmpty else { throw PosedError(.badData, "\(path) holds no file named …_000000000012\(end)") }
            for name in files {
                guard let number = trailingNumber(name.dropLast(end.count)) else {
                    throw PosedError(.badData, "\(path)/\(name) does not tell its frame: names are …_000000000012\(end)")
                }
                for person in try decode(OpenPosePeople.self, "\(path)/\(name)").people {
                    try add(person.seen(in: "\(path)/\(name)"), at: number, in: path)
                }
            }
        }
    }

    private mutating func add(_ seen: Seen, at frame: Int, in path: String) throws(PosedError) {
        guard frame >= 0 else { throw PosedError(.badData, "\(path): frame \(frame) is before the first one") }
        frames[frame, default: []].append(seen)
    }
}

/// The number at the end of a name: 12 of `clip_000000000012`; nil where there is none.
private func trailingNumber(_ name: some StringProtocol) -> Int? {
    let digits = name.utf8.reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.reversed()
    return Int(String(decoding: digits, as: UTF8.self))  // fits: nil where it does not
}

private func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws(PosedError) -> Value {
    let data = try Data(inputFile: path)
    do { return try JSONDecoder().decode(type, from: data) } catch {
        throw PosedError(.badData, "\(path) is not a file of that format: \(explain(error))")
    }
}

/// `x, y, score` one after the other.
private func triplets(_ values: [Double], in path: String) throws(PosedError) -> [Keypoint] {
    guard values.count.isMultiple(of: 3) else {
        throw PosedError(.badData, "\(path): \(values.count) numbers are no list of x, y, score")
    }
    return try stride(from: 0, to: values.count, by: 3).map { (place) throws(PosedError) in
        try keypoint(values[place], values[place + 1], values[place + 2], in: path)
    }
}

private func keypoint(_ x: Double, _ y: Double, _ score: Double, in path: String) throws(PosedError) -> Keypoint {
    guard [x, y, score].allSatisfy({ abs($0) < 1e7 }) else {
        throw PosedError(.badData, "\(path): \(x), \(y), \(score) is no keypoint")
    }
    return Keypoint(x: Float(x), y: Float(y), score: Float(min(max(score, 0), 1)))
}

private func box(_ values: [Double]?) -> BoundingBox? {
    guard let values, values.count == 4, values.allSatisfy({ abs($0) < 1e7 }), values[2] > 0, values[3] > 0 else { return nil }
    return BoundingBox(x: Float(values[0]), y: Float(values[1]), width: Float(values[2]), height: Float(values[3]))
}

/// A person of COCO's or AlphaPose's results.
private struct ResultItem: Decodable {
    let image: Int?
    let name: String
    let keypoints: [Double]
    let score: Double?
    let bounds: [Double]?
    let id: Int?

    enum CodingKeys: String, CodingKey {
        case image = "image_id"
        case keypoints, score, bbox, box, idx
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        if let number = try? keys.decode(Int.self, forKey: .image) {
            (image, name) = (number, "\(number)")
        } else {
            name = try keys.decode(String.self, forKey: .image)
            image = trailingNumber(name.split(separator: ".").first ?? "")
        }
        keypoints = try keys.decode([Double].self, forKey: .keypoints)
        score = try keys.decodeIfPresent(Double.self, forKey: .score)
        bounds = try keys.decodeIfPresent([Double].self, forKey: .box) ?? keys.decodeIfPresent([Double].self, forKey: .bbox)
        // Some trackers write a list.
        id = try? keys.decodeIfPresent(Int.self, forKey: .idx)
    }

    func frame(in path: String) throws(PosedError) -> Int {
        guard let image else { throw PosedError(.badData, "\(path): image_id \(name) does not tell its frame") }
        return image
    }

    func seen(in path: String) throws(PosedError) -> ImportedPoses.Seen {
        ImportedPoses.Seen(
            keypoints: try triplets(keypoints, in: path), score: Float(min(max(score ?? 1, 0), 1)), box: box(bounds), id: id)
    }
}

/// A list of frames from 0, or the demo programs' `instance_info` from 1.
private struct MMPoseFile: Decodable {
    struct Frame: Decodable {
        let number: Int
        let instances: [Instance]

        enum CodingKeys: String, CodingKey {
            case number = "frame_id"
            case instances
        }
    }

    struct Instance: Decodable {
        let keypoints: [[Double]]
        let scores: [Double]
        let bbox: [[Double]]?
        let score: Double?
        let id: Int?

        enum CodingKeys: String, CodingKey {
            case keypoints, bbox
            case scores = "keypoint_scores"
            case score = "bbox_score"
            case id = "track_id"
        }

        func seen(in path: String) throws(PosedError) -> ImportedPoses.Seen {
            guard keypoints.count == scores.count, keypoints.allSatisfy({ $0.count == 2 }) else {
                throw PosedError(.badData, "\(path): \(keypoints.count) keypoints have \(scores.count) scores")
            }
            let corners = bbox?.first.flatMap { $0.count == 4 ? [$0[0], $0[1], $0[2] - $0[0], $0[3] - $0[1]] : nil }
            return ImportedPoses.Seen(
                keypoints: try zip(keypoints, scores).map { (place, score) throws(PosedError) in
                    try keypoint(place[0], place[1], score, in: path)
                }, score: Float(min(max(score ?? 1, 0), 1)), box: box(corners), id: id)
        }
    }

    private struct Demo: Decodable {
        let frames: [Frame]

        enum CodingKeys: String, CodingKey { case frames = "instance_info" }
    }

    let frames: [Frame]
    /// The number of the first frame.
    let first: Int

    init(from decoder: any Decoder) throws {
        if let demo = try? Demo(from: decoder) {
            (frames, first) = (demo.frames, 1)
        } else {
            (frames, first) = (try [Frame](from: decoder), 0)
        }
    }
}

private struct OpenPosePeople: Decodable {
    struct Person: Decodable {
        let values: [Double]
        let ids: [Int]?

        enum CodingKeys: String, CodingKey {
            case values = "pose_keypoints_2d"
            case ids = "person_id"
        }

        /// Nobody says how sure OpenPose is of a person: the mean score of the joints that it sees.
        func seen(in path: String) throws(PosedError) -> ImportedPoses.Seen {
            let keypoints = try triplets(values, in: path)
            let seen = keypoints.map(\.score).filter { $0 > 0 }
            return ImportedPoses.Seen(
                keypoints: keypoints, score: seen.isEmpty ? 0 : seen.reduce(0, +) / Float(seen.count),
                id: ids?.first.flatMap { $0 > 0 ? $0 : nil })
        }
    }

    let people: [Person]
}
