/// The data sets that ViTPose+ was trained on together (arXiv 2212.04246). Its experts, and transformers' `dataset_index`, count them
/// in this order.
package enum PoseDataset: String, Sendable, Hashable, CaseIterable {
    case coco, aic, mpii, ap10k, apt36k, wholebody

    /// Of its expert.
    package var index: Int { Self.allCases.firstIndex(of: self)! }

    /// What its annotations, and so its head, have keypoints of.
    package var skeleton: Skeleton {
        switch self {
        case .coco: .coco17
        case .aic: .aic14
        case .mpii: .mpii16
        case .ap10k, .apt36k: .ap10k17
        case .wholebody: .wholeBody133
        }
    }
}
