import FoundationEssentials
import Kernels
import PoseTypes

/// Finds the joints of the people in given boxes: crops, a network, decoding.
///
/// It owns its buffers and is not Sendable: one queue uses it at a time.
final class HeatmapEstimator: PoseEstimator {
    let skeleton: Skeleton
    private let network: any HeatmapNetwork
    private let flip: Bool
    private let decoding: HeatmapDecoding
    private let affine: PersonCrop.Affine
    private let calibration: SigmaCalibration?
    /// One a thread.
    private var samplers: [CropSampler] = []
    private let levels: [Float]
    private let input: Tensor
    private let name: String

    /// Crops that go through the network at once: some for each thread. It bounds the memory for crops and heatmaps.
    static let batch = 8

    /// Reads `preprocessor_config.json` of the network's folder. With `flip`, every crop is also seen in the mirror and the heatmaps
    /// are averaged: twice the time for a little more accuracy.
    /// `input` takes the place of the size that stands there.
    convenience init(
        _ network: any HeatmapNetwork, of folder: URL, input: CropSize? = nil, flip: Bool = false
    ) throws(NetworkError) {
        var preprocessing = try CropPreprocessing(contentsOf: folder.appending(path: "preprocessor_config.json"))
        if let input { preprocessing.input.size = .init(height: input.height, width: input.width) }
        try self.init(network, preprocessing, of: folder, flip: flip)
    }

    /// `location` is named in errors. Throws where crops are not what the network takes.
    init(
        _ network: any HeatmapNetwork, _ preprocessing: CropPreprocessing, of location: URL, flip: Bool = false
    ) throws(NetworkError) {
        let (size, wanted) = (preprocessing.input.size, network.inputSize)
        guard (size.width, size.height) == (wanted.width, wanted.height) else {
            throw NetworkError(
                "\(location.path): preprocessor_config.json makes crops of \(size.width)x\(size.height), config.json wants "
                    + "\(wanted.width)x\(wanted.height)")
        }
        self.network = network
        skeleton = try Skeleton(labels: network.labels, edges: network.edges, of: location)
        calibration = preprocessing.sigma
        if let count = calibration?.factor.count, count != skeleton.joints.count {
            throw NetworkError(
                "\(location.path): sigma of preprocessor_config.json is of \(count) keypoints, the network has \(skeleton.joints.count)"
            )
        }
        self.flip = flip
        let heatmap = network.heatmapSize
        decoding = HeatmapDecoding(width: heatmap.width, height: heatmap.height, refinement: preprocessing.refinement)
        affine = preprocessing.affine
        levels = preprocessing.input.levels
        input = Tensor([Self.batch, 3, size.height, size.width])
        name = location.lastPathComponent
    }

    /// A person to look at: which of which image, and where.
    private struct Seen {
        let group: Int
        let index: Int
        let crop: PersonCrop
    }

    func poses(of people: [PeopleInImage]) throws(NetworkError) -> [[Pose]] {
        var poses = people.map { $0.boxes.map { box in Pose(keypoints: skeleton.joints.map { _ in box.nowhere }) } }
        let seen = people.enumerated().flatMap { group, people in
            people.boxes.enumerated().compactMap { index, box in
                PersonCrop(box, inputWidth: input.shape[3], inputHeight: input.shape[2], affine: affine).map {
                    Seen(group: group, index: index, crop: $0)
                }
            }
        }
        let step = flip ? Self.batch / 2 : Self.batch
        for start in stride(from: 0, to: seen.count, by: step) {
            let some = Array(seen[start..<min(start + step, seen.count)])
            let heatmaps = self.heatmaps(of: some, in: people)
            for (person, one) in some.enumerated() {
                poses[one.group][one.index] = try pose(in: heatmaps.slice(person..<person + 1), of: one.crop)
            }
        }
        return poses
    }

    /// `heatmaps` is `[1, joints, height, width]`.
    private func pose(in heatmaps: Tensor, of crop: PersonCrop) throws(NetworkError) -> Pose {
        let area = decoding.width * decoding.height
        let pose = Pose(
            keypoints: skeleton.joints.indices.map { joint in
                var keypoint = decoding.keypoint(in: heatmaps.pointer + joint * area, of: crop)
                if let calibration { keypoint.sigma = keypoint.sigma.map { calibration.sigma($0, of: joint, crop: crop) } }
                return keypoint
            })
        guard pose.score.isFinite else {
            throw NetworkError("\(name): the network's output is not a number; its weights are damaged")
        }
        return pose
    }

    /// `[crops or more, joints, height, width]`, valid until the next call.
    private func heatmaps(of seen: [Seen], in people: [PeopleInImage]) -> Tensor {
        let area = input.count / Self.batch
        while samplers.count < ThreadBudget.threads {
            samplers.append(CropSampler(width: input.shape[3], height: input.shape[2], levels: levels))
        }
        parallel(seen.count) { index in
            samplers[ThreadBudget.lane].cut(
                seen[index].crop, from: people[seen[index].group].image, into: input.pointer + index * area)
        }
        guard flip else { return network(input.prefix(seen.count)) }
        let mirrored = input.slice(seen.count..<seen.count * 2)
        mirrored.pointer.update(from: input.pointer, count: mirrored.count)
        mirror(mirrored)
        let heatmaps = network(input.prefix(seen.count * 2))
        averageFlipped(heatmaps, crops: seen.count, mirror: skeleton.mirror, shift: affine == .classic ? 1 : 0)
        return heatmaps
    }
}

extension BoundingBox {
    /// The pose of an empty box.
    fileprivate var nowhere: Keypoint {
        let centre = (x: x + width / 2, y: y + height / 2)
        return Keypoint(x: centre.x.isFinite ? centre.x : 0, y: centre.y.isFinite ? centre.y : 0, score: 0)
    }
}
