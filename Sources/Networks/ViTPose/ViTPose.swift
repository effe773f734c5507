public import Foundation
public import Kernels

/// ViTPose (Xu et al., arXiv 2204.12484) as transformers' `VitPoseForPoseEstimation` computes it, in fp32.
public final class ViTPose {
    public let configuration: ViTPoseConfiguration

    /// Reads `config.json` and `model.safetensors` of a Hugging Face folder.
    public init(folder: URL) throws(NetworkError) {
        configuration = try ViTPoseConfiguration(contentsOf: folder.appending(path: "config.json"))
    }

    /// Images `[batch, 3, height, width]`, normalised -> heatmaps `[batch, keypoints, height / 4, width / 4]`.
    ///
    /// The result is the network's own storage, valid until the next call.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        preconditionFailure("the arithmetic lands next")
    }
}
