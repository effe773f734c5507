import PoseTypes

package struct FrameLine: Decodable {
    struct Person: Decodable {
        let bbox: [Float]
        let score: Float
        let kp: [[Float]]
        let category: String?
        let origin: String?
        let id: Int?
        let age: Double?
        let kps: [[Float]?]?
        let state: String?
        let sigma: [Float?]?

        enum CodingKeys: String, CodingKey {
            case bbox, score, origin, kp, id, kps, state, sigma
            case age = "age_s"
            case category = "class"
        }
    }

    let frame: Int
    let time: Int64
    let revision: Int?
    let persons: [Person]
    let camera: [Double]?
    let capture: CaptureKeys

    enum CodingKeys: String, CodingKey {
        case frame, persons, camera
        case time = "pts_ns"
        case revision = "rev"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        frame = try keys.decode(Int.self, forKey: .frame)
        time = try keys.decode(Int64.self, forKey: .time)
        revision = try keys.decodeIfPresent(Int.self, forKey: .revision)
        persons = try keys.decode([Person].self, forKey: .persons)
        camera = try keys.decodeIfPresent([Double].self, forKey: .camera)
        capture = try CaptureKeys(from: decoder)
    }

    func value() throws -> PoseFrame {
        guard frame >= 0, frame < 1 << 53 else { throw FormatProblem(description: "frame counts from 0") }
        let time = try timestamp(time)
        guard camera.map({ $0.count == 4 && $0.allSatisfy { abs($0) < 1e7 } }) ?? true else {
            throw FormatProblem(description: "camera is [a, b, dx, dy]")
        }
        return PoseFrame(
            index: frame, time: time, people: try persons.map { try $0.value(at: time) }, revision: revision ?? 0,
            capture: try capture.value(),
            camera: camera.map { CameraMotion(a: $0[0], b: $0[1], dx: $0[2], dy: $0[3]) } ?? .none)
    }
}

extension FrameLine.Person {
    func value(at time: Timestamp) throws -> Person {
        guard bbox.count == 4, kp.allSatisfy({ $0.count == 3 }) else {
            throw FormatProblem(description: "bbox is [x, y, width, height], and kp holds [x, y, score]")
        }
        // Records of posed before 2026-12 do not say.
        guard let origin = Person.Origin(rawValue: origin ?? Person.Origin.detected.rawValue) else {
            throw FormatProblem(description: "origin is detected or carried")
        }
        let track = try track(at: time)
        let keypoints = kp.enumerated().map { index, point in
            Keypoint(x: point[0], y: point[1], score: point[2], sigma: track.flatMap { sigma(of: index, in: $0.joints) })
        }
        return Person(
            box: BoundingBox(x: bbox[0], y: bbox[1], width: bbox[2], height: bbox[3]), score: score,
            pose: Pose(keypoints: keypoints), category: category ?? Detection.person, origin: origin, track: track)
    }

    /// What the network said of a joint that was seen has no key of its own: the smoothed joint has it.
    private func sigma(of index: Int, in joints: [SmoothedKeypoint]) -> Float? {
        if index < joints.count, case .observed(let place) = joints[index] { place.sigma } else { nil }
    }

    /// `firstSeen` to the millisecond, as `age_s` has it.
    private func track(at time: Timestamp) throws -> Track? {
        guard let id else { return nil }
        // No track is older than times can be apart.
        guard id >= 1, let age, (0...2 * Double(Timestamp.farthest) / 1e9 + 1).contains(age) else {
            throw FormatProblem(description: "an id is 1 or more and comes with an age_s, 0 or more")
        }
        let firstSeen = Timestamp(nanoseconds: time.nanoseconds - Timestamp(seconds: age).nanoseconds)
        return Track(id: TrackID(id), firstSeen: firstSeen, joints: try joints())
    }

    private func joints() throws -> [SmoothedKeypoint] {
        guard let kps else { return [] }
        let states = Array(state ?? "")
        guard let sigma, [states.count, sigma.count, kp.count].allSatisfy({ $0 == kps.count }) else {
            throw FormatProblem(description: "kps, state and sigma have one entry for each of kp")
        }
        return try kps.indices.map { index in
            switch (states[index], kps[index], sigma[index]) {
            case ("m", nil, nil): return .missing
            case ("o", let place?, let sigma?) where place.count == 2:
                return .observed(SmoothedKeypoint.Place(x: place[0], y: place[1], sigma: sigma))
            case ("p", let place?, let sigma?) where place.count == 2:
                return .predicted(SmoothedKeypoint.Place(x: place[0], y: place[1], sigma: sigma))
            default:
                throw FormatProblem(
                    description: "kps[\(index)], state and sigma: m has null twice, o and p have [x, y] and a number")
            }
        }
    }
}
