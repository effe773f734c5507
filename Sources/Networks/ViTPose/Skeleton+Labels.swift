import FoundationEssentials
import PoseTypes

extension Skeleton {
    /// The layout that a network's labels and edges describe: COCO's where the labels are its seventeen, else one whose mirror
    /// image follows from the names (`L_Knee` or `left_knee` becomes the right one).
    init(labels: [String], edges: [[Int]], of folder: URL) throws(NetworkError) {
        let joints = labels.map(Self.canonicalName)
        guard joints != Skeleton.coco17.joints else {
            self = .coco17
            return
        }
        guard edges.allSatisfy({ $0.count == 2 && $0.allSatisfy(joints.indices.contains) }) else {
            throw NetworkError("\(folder.path): an edge in config.json is not a pair of its \(joints.count) keypoints")
        }
        let mirror = joints.enumerated().map { index, name in joints.firstIndex(of: Self.counterpart(of: name)) ?? index }
        // A name that occurs twice would send two joints to one place.
        let isUndone = mirror.indices.allSatisfy { mirror[mirror[$0]] == $0 }
        self.init(
            name: "keypoints-\(joints.count)", joints: joints, bones: edges,
            mirror: isUndone ? mirror : Array(joints.indices), sigmas: [])
    }

    /// `L_Eye`, `left eye` and `left_eye` are one joint.
    private static func canonicalName(_ label: String) -> String {
        let name = label.lowercased().replacing(" ", with: "_").replacing("-", with: "_")
        if name.hasPrefix("l_") { return "left_" + name.dropFirst(2) }
        if name.hasPrefix("r_") { return "right_" + name.dropFirst(2) }
        return name
    }

    private static func counterpart(of name: String) -> String {
        if name.hasPrefix("left_") { return "right_" + name.dropFirst(5) }
        if name.hasPrefix("right_") { return "left_" + name.dropFirst(6) }
        return name
    }
}
