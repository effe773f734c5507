import Foundation
import Kernels

/// A YOLOX as its files hold it: what the network, the letterbox and the decoding are made from.
struct YOLOXWeights {
    /// In the order in which the network runs them, batch norm folded.
    var convolutions: [ConvolutionWeights]
    var inputWidth: Int
    var inputHeight: Int
    /// The index of the class `person`.
    var person: Int

    /// A folder with `config.json` and `model.safetensors`, or an `.onnx` file of the official release.
    init(contentsOf location: URL) throws(NetworkError) {
        let isFolder = (try? location.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
        self = try isFolder ? Self(folder: location) : Self(onnx: location)
        guard inputWidth > 0, inputHeight > 0, inputWidth % 32 == 0, inputHeight % 32 == 0, max(inputWidth, inputHeight) <= 4096
        else {
            throw NetworkError("\(location.path): an input of \(inputWidth)x\(inputHeight) is not made of cells of 32x32")
        }
    }

    init(convolutions: [ConvolutionWeights], inputWidth: Int, inputHeight: Int, person: Int) {
        self.convolutions = convolutions
        self.inputWidth = inputWidth
        self.inputHeight = inputHeight
        self.person = person
    }
}
