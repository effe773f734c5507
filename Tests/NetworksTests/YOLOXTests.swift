import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

@Suite struct YOLOXTests {
    private func picture(_ size: NetworkFixture.Picture) -> Tensor {
        let shape = [1, 3, size.height, size.width]
        return Tensor(shape, generated("picture", shape.reduce(1, *)).map { (($0 + 1) * 127.5).rounded(.toNearestOrEven) })
    }

    /// The largest difference over the cells that the fixture holds.
    private func largestDifference(_ outputs: Tensor, _ file: String) throws -> Float {
        let (cells, expected) = (try expectation(file, "cells"), try expectation(file, "outputs"))
        var worst: Float = 0
        for (row, cell) in cells.array.enumerated() {
            let found = outputs.reshaped(Array(outputs.shape.dropFirst())).slice(Int(cell)..<Int(cell) + 1).array
            for (left, right) in zip(found, expected.slice(row..<row + 1).array) {
                worst = max(worst, abs(left - right).isNaN ? .infinity : abs(left - right))
            }
        }
        return worst
    }

    /// The fixture is of the embedded weights: make_networks.py is run again when they change.
    @Test func theEmbeddedDetectorAgreesWithPyTorch() throws {
        let network = try YOLOXModel(contentsOf: repositoryRoot.appending(path: "weights/person-nano")).network
        let outputs = try network(picture(NetworkFixture.read().personNano))
        #expect(outputs.shape == [1, 20 * 28 + 10 * 14 + 5 * 7, 6])
        #expect(try largestDifference(outputs, "person_nano.safetensors") < 1e-3)
    }

    @Test(.enabled(if: sharedData != nil)) func theOfficialFileAgreesWithONNXRuntime() throws {
        let file = try #require(sharedData).appending(path: "weights/yolox_nano.onnx")
        let network = try YOLOX(convolutions: ONNXConvolutions(file).convolutions)
        #expect(network.classes == 80)
        let outputs = try network(picture(NetworkFixture.read().yoloxNano))
        #expect(outputs.shape == [1, 52 * 52 + 26 * 26 + 13 * 13, 85])
        #expect(try largestDifference(outputs, "yolox_nano.safetensors") < 1e-3)
    }

    @Test(arguments: [YOLOXConfiguration.nano, .tiny, .s]) func theShapeIsToldFromTheConvolutions(
        _ configuration: YOLOXConfiguration
    ) throws {
        var source = RecordedConvolutions()
        _ = try YOLOX(configuration: configuration, source: &source)
        #expect(try YOLOX(convolutions: source.convolutions).configuration == configuration)
        #expect(throws: NetworkError.self) { try YOLOX(convolutions: source.convolutions.dropLast()) }
        source.convolutions.swapAt(3, 5)
        #expect { try YOLOX(convolutions: source.convolutions) } throws: { "\($0)".contains("convolution 3 should be") }
    }

    @Test func aBatchGivesWhatItsPicturesGiveAlone() throws {
        let network = YOLOX(untrained: YOLOXConfiguration(width: 8, depth: 2, isDepthwise: true, classes: 2))
        let batch = Tensor([3, 3, 64, 96], generated("batch", 3 * 3 * 64 * 96).map { $0 * 255 })
        let together = network(batch).array
        let size = together.count / 3
        for index in [2, 0] {
            let alone = network(batch.slice(index..<index + 1)).array
            #expect(zip(alone, together[index * size..<(index + 1) * size]).allSatisfy { abs($0 - $1) < 1e-4 })
        }
        #expect(network(batch).array == together)
    }
}

/// Random convolutions that are remembered.
private struct RecordedConvolutions: ConvolutionSource {
    var convolutions: [ConvolutionWeights] = []

    mutating func next(_ shape: ConvolutionShape) -> ConvolutionWeights {
        convolutions.append(RandomConvolutions(precision: .fp32).next(shape))
        return convolutions[convolutions.count - 1]
    }
}
