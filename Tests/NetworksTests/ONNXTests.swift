import Basics
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

private let tiny = fixture("processing/tiny.onnx")

@Suite struct ONNXTests {
    @Test func `convolutions come in the order of the graph with their numbers`() throws {
        let expected = try ProcessingFixture.read().onnx
        let weights = try ONNXConvolutions(tiny)
        try #require(weights.convolutions.count == 2)
        #expect((weights.inputHeight, weights.inputWidth) == (64, 96))
        let (first, second) = (weights.convolutions[0], weights.convolutions[1])
        #expect(first.weight.shape == [4, 3, 3, 3] && first.weight.array == expected.weight)
        #expect((first.stride, first.padding, first.groups) == (2, 1, 1))
        #expect(second.weight.shape == [4, 1, 3, 3] && second.weight.array == expected.depthwise)
        #expect((second.stride, second.padding, second.groups) == (1, 1, 4))
        #expect(first.bias.array == expected.bias && second.bias.array == expected.bias)
    }

    @Test func `a file that ends early or holds other bytes is refused, wherever that is`() throws {
        let whole = try Data(contentsOf: tiny)
        // The last six bytes say which set of operations is meant; what is before them is a network already.
        for length in 0..<whole.count - 6 {
            #expect(throws: NetworkError.self) { try ONNXConvolutions(whole.prefix(length), of: "cut") }
        }
        // A changed byte may still make a file that can be read, but never a crash.
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 0xff
            _ = try? ONNXConvolutions(changed, of: "changed")
        }
    }

    @Test(arguments: [
        ("flat", "no convolution"), ("decoded", "decoded already"), ("unfolded", "not folded"), ("unstored", "convolution 0"),
    ])
    func `another network's file is refused with the reason`(name: String, reason: String) throws {
        let error = #expect(throws: NetworkError.self) { try ONNXConvolutions(fixture("processing/\(name).onnx")) }
        #expect(error?.description.contains(reason) == true)
    }

    @Test func `a missing file is named`() {
        let absent = URL(filePath: "/nowhere/yolox.onnx")
        let error = #expect(throws: NetworkError.self) { try YOLOXModel(contentsOf: absent) }
        #expect(error?.description.contains(absent.path) == true)
    }
}
