import PoseTypes

/// The networks of a pipeline: ids of the model store, folders, or an ONNX file.
package struct NetworkNames: Sendable, Equatable {
    package var detector = ModelStore.defaultDetector
    /// What of the detector's classes is looked for.
    package var classes = [Detection.person]
    package var pose = ModelStore.defaultPose
    /// The experts of a pose network of several data sets.
    package var dataset = PoseDataset.coco
    /// Crops of another size than the one that the pose network was trained with.
    package var input: CropSize?
    package var precision = PrecisionChoice.auto

    package init() {}
}
