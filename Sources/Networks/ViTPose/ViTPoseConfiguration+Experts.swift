import FoundationEssentials
import PoseTypes

/// The experts of ViTPose+ (arXiv 2212.04246, section 3.3): of a block's second linear layer most outputs are shared by all data sets,
/// and the last `part_features` come from the expert of one of them.
extension ViTPoseConfiguration {
    struct Experts: Sendable, Equatable {
        let count: Int
        /// Outputs of each: `part_features`.
        let width: Int
        /// That of the data set that the network is used as.
        var chosen = 0
    }

    /// Chooses the experts of a data set. Throws where the head is not one for its keypoints, since a folder has one head only; or
    /// where there are no experts, but keypoints of another data set.
    mutating func chooseExperts(of dataset: PoseDataset, in folder: URL) throws(NetworkError) {
        let joints = dataset.skeleton.joints
        guard let experts else {
            return try dataset.check(isThatOf: labels, in: folder)
        }
        guard dataset.index < experts.count else {
            throw NetworkError(
                "\(folder.path): has experts for \(experts.count) data sets; \(dataset.rawValue) would be number \(dataset.index)"
            )
        }
        guard joints.count == keypoints else {
            throw NetworkError(
                "\(folder.path): its head is for \(keypoints) keypoints, and \(dataset.rawValue) has \(joints.count): "
                    + "weights/convert_vitpose.py --dataset \(dataset.rawValue) makes a folder with that head")
        }
        self.experts?.chosen = dataset.index
    }

    /// The parameters of the experts that were not chosen.
    var otherExperts: Set<String> {
        guard let experts else { return [] }
        var names: Set<String> = []
        for block in 0..<blocks {
            for expert in 0..<experts.count where expert != experts.chosen {
                for part in ["weight", "bias"] { names.insert("backbone.encoder.layer.\(block).mlp.experts.\(expert).\(part)") }
            }
        }
        return names
    }
}
