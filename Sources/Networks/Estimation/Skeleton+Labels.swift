import FoundationEssentials
import PoseTypes

extension Skeleton {
    /// The layout that a network's labels and edges describe: a known one where the labels are its own, or are only numbers and no other
    /// known one has as many; else one whose mirror image follows from the names (`L_Knee` or `left_knee` becomes the right one).
    init(labels: [String], edges: [[Int]], of folder: URL) throws(NetworkError) {
        let joints = labels.map(Self.canonicalName)
        let areNumbers = joints.enumerated().allSatisfy { $1 == "\($0)" || $1 == "label_\($0)" }
        let fitting = Self.known.filter { areNumbers ? $0.joints.count == joints.count : $0.joints == joints }
        if fitting.count == 1 {
            self = fitting[0]
            return
        }
        guard edges.allSatisfy({ $0.count == 2 && $0.allSatisfy(joints.indices.contains) }) else {
            throw NetworkError("\(folder.path): an edge in config.json is not a pair of its \(joints.count) keypoints")
        }
        self.init(name: "keypoints-\(joints.count)", joints: joints, bones: edges)
    }

    /// `L_Eye`, `left eye` and `left_eye` are one joint; so are mmpose's names of a few joints and ours.
    static func canonicalName(_ label: String) -> String {
        let name = label.lowercased().replacing(" ", with: "_").replacing("-", with: "_")
        if name == "top_head" { return "head" }
        for side in ["left", "right"] where name.hasPrefix("\(side.prefix(1))_") || name.hasPrefix("\(side)_") {
            let part = name.drop { $0 != "_" }
            return side + (part == "_f_paw" ? "_front_paw" : part == "_b_paw" ? "_back_paw" : part)
        }
        return name
    }
}
