/// The networks of a pipeline: ids of the model store, folders, or an ONNX file.
package struct NetworkNames: Sendable, Equatable {
    package var detector = ModelStore.defaultDetector
    package var pose = ModelStore.defaultPose
    package var precision = PrecisionChoice.auto

    package init() {}
}
