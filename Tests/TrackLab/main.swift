import Evaluation
import Foundation
import Kernels
import Media
import Networks
import PoseTypes
import Tracking

// The tracker's settings over sequences with truth: what docs/following.md says of the defaults was chosen with it.
//
//     swift build -c release --product TrackLab
//     echo 'minSimilarity=0.3 poseShare=0.4' | .build/release/TrackLab DETECTOR POSE SEQUENCE…
//
// SEQUENCE is VIDEO:TRUTH, the truth in rows of MOTChallenge's nine columns (scripts/sequences.py makes them). Each line of standard input
// names settings; an empty one stands for the defaults. Printed are IDF1, HOTA, MOTA, invented boxes and switches of every sequence,
// and in brackets the means over four forms of it: as it is, backwards, and each at half its rate; in front the mean of IDF1 and HOTA
// over all. Networks run once a picture and box; what they found is kept in memory, so a line takes seconds.

let number: [String: any WritableKeyPath<Tracker.Settings, Double> & Sendable] = [
    "trackBuffer": \.trackBuffer, "carryFor": \.carryFor, "confidentEvidence": \.confidentEvidence,
    "doubtfulEvidence": \.doubtfulEvidence, "weakEvidence": \.weakEvidence, "firstEvidence": \.firstEvidence,
    "certainEvidence": \.certainEvidence, "confirmAfter": \.confirmAfter, "confirmLate": \.confirmLate,
    "minSimilarity": \.minSimilarity, "minWeakSimilarity": \.minWeakSimilarity, "reidentify": \.reidentify,
    "reidentifyAfter": \.reidentifyAfter,
]
let share: [String: any WritableKeyPath<Tracker.Settings, Float> & Sendable] = [
    "threshold": \.threshold, "weakThreshold": \.weakThreshold, "poseShare": \.poseShare, "colourShare": \.colourShare,
    "lostColourShare": \.lostColourShare, "bufferGrowth": \.bufferGrowth, "maxBuffer": \.maxBuffer,
    "boxSteadiness": \.boxSteadiness, "boxPoseShare": \.boxPoseShare,
    "minResemblance": \.minResemblance, "maxOtherResemblance": \.maxOtherResemblance,
]

func settings(_ line: String) -> Tracker.Settings {
    var settings = Tracker.Settings()
    for part in line.split(separator: " ") {
        let pair = part.split(separator: "=").map(String.init)
        guard pair.count == 2, let value = Double(pair[1]) else { fatalError("\(part): not name=number") }
        if let path = number[pair[0]] {
            settings[keyPath: path] = value
        } else if let path = share[pair[0]] {
            settings[keyPath: path] = Float(value)
        } else {
            fatalError("\(pair[0]): not one of \((Array(number.keys) + share.keys).sorted())")
        }
    }
    return settings
}

final class Sequence {
    private struct Place: Hashable {
        let frame: Int
        let box: BoundingBox
    }

    let name: String
    private let frames: [VideoFrame]
    private let detections: [[Detection]]
    private let estimator: any PoseEstimator
    private let colours = BodyColours(.coco17)
    private let truth: String
    private var people: [Place: Person] = [:]
    private var cameras: [[Int]: [CameraMotion]] = [:]

    init(_ argument: String, _ detector: any ObjectDetector, _ estimator: any PoseEstimator) throws {
        let parts = argument.split(separator: ":").map(String.init)
        name = URL(filePath: parts[0]).deletingPathExtension().lastPathComponent
        truth = try String(contentsOf: URL(filePath: parts[1]), encoding: .utf8)
        let reader = try VideoReader(path: parts[0])
        var frames: [VideoFrame] = []
        while let frame = try reader.next() { frames.append(frame) }
        self.frames = frames
        detections = try frames.map { try detector.people(in: $0.image, threshold: 0.05) }
        self.estimator = estimator
    }

    /// Forwards, backwards, and both at half the rate.
    var orders: [[Int]] {
        let all = Array(frames.indices)
        return [all, all.reversed(), all.filter { $0 % 2 == 0 }, all.filter { $0 % 2 == 1 }.reversed()]
    }

    func evaluation(_ settings: Tracker.Settings, _ order: [Int]) throws -> TrackEvaluation {
        let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1 + 1, $0 + 1) })
        let rows = truth.split(separator: "\n").compactMap { row -> String? in
            let parts = row.split(separator: ",", maxSplits: 1)
            return Int(parts[0]).flatMap { place[$0] }.map { "\($0),\(parts[1])" }
        }
        let found = try TrackFile(try follow(settings, order), named: "posed")
        return try TrackEvaluation(of: found, against: try TrackFile(rows.joined(separator: "\n"), named: name))
    }

    private func follow(_ settings: Tracker.Settings, _ order: [Int]) throws -> String {
        var (tracker, rows) = (Tracker(skeleton: .coco17, settings: settings), "")
        for (number, index) in order.enumerated() {
            let (image, time) = (frames[index].image, Timestamp(seconds: abs(frames[index].time - frames[order[0]].time)))
            let camera = cameras(order)[number]
            _ = tracker.predict(at: time, width: image.width, height: image.height, camera: camera)
            let seen = tracker.candidates(from: detections[index]).sorted { $0.score > $1.score }
            let carried = tracker.missed(by: seen)
            let update = tracker.update(
                with: try seen.map { try person($0, index) }, carried: try carried.map { try person($0, index) }, at: time)
            for person in update.people {
                guard let id = person.track?.id.number else { continue }
                let box = person.box
                rows += "\(number + 1),\(id),\(box.x),\(box.y),\(box.width),\(box.height),\(person.score),-1,-1\n"
            }
        }
        return rows
    }

    private func person(_ detection: Detection, _ index: Int) throws -> Person {
        let place = Place(frame: index, box: detection.box)
        if people[place] == nil {
            let pose = try estimator.poses(in: frames[index].image, boxes: [detection.box])[0]
            people[place] = Person(box: detection.box, score: detection.score, pose: pose)
            people[place]?.appearance = colours?(frames[index].image, pose)
        }
        var person = people[place]!
        person.score = detection.score
        return person
    }

    private func cameras(_ order: [Int]) -> [CameraMotion] {
        if let known = cameras[order] { return known }
        var estimator = CameraMotionEstimator()
        let motions = order.map { estimator.motion(to: frames[$0].image, ignoring: []) }
        cameras[order] = motions
        return motions
    }
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count > 2 else { fatalError("TrackLab DETECTOR POSE VIDEO:TRUTH…") }
let detector = try loadDetector(URL(filePath: arguments[1]))
let estimator = try loadEstimator(URL(filePath: arguments[2]), EstimatorOptions(precision: .fp32))
let sequences = try arguments.dropFirst(2).map { try Sequence($0, detector, estimator) }
while let line = readLine() {
    let settings = settings(line)
    var (cells, total): ([String], Double) = ([], 0)
    for sequence in sequences {
        let forms = try sequence.orders.map { try sequence.evaluation(settings, $0) }
        func mean(_ value: (TrackEvaluation) -> Double) -> Double { forms.map(value).reduce(0, +) / Double(forms.count) }
        let (identity, hota, accuracy) = (mean(\.identity.f1), mean(\.hota.accuracy), mean(\.clear.accuracy))
        total += (identity + hota) / 2
        let first = forms[0]
        let asItIs = String(format: "%.3f %.3f %.3f", first.identity.f1, first.hota.accuracy, first.clear.accuracy)
        cells.append(
            "\(sequence.name) \(asItIs) invented \(first.clear.invented) switches \(first.clear.switches) "
                + String(format: "(%.3f %.3f %.3f)", identity, hota, accuracy))
    }
    print(String(format: "%.4f", total / Double(sequences.count)), cells.joined(separator: " | "), "|", line)
}
