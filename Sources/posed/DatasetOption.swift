import ArgumentParser
import PoseTypes

extension PoseDataset: ExpressibleByArgument {
    /// `coco|aic|mpii|ap10k|apt36k|wholebody`
    static let names = allCases.map(\.rawValue).joined(separator: "|")
    static let help: String = "Of a ViTPose+, the experts to use: those of a data set whose keypoints its head finds."
}

extension CropSize: ExpressibleByArgument {
    static let help: String = "Of a ViTPose, the crops' height and width if not those of its folder: its positions are resampled."
}
