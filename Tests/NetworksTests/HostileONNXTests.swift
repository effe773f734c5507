import Basics
import Foundation
import Kernels
import Testing

@testable import Networks

/// Protobuf messages as a hostile writer makes them.
private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2] + varint(UInt64(bytes.count)) + bytes }
private func field(_ number: UInt8, _ value: UInt64) -> [UInt8] { [number << 3] + varint(value) }
private func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

private func varint(_ value: UInt64) -> [UInt8] {
    var (value, bytes) = (value, [UInt8]())
    while value >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
        value >>= 7
    }
    return bytes + [UInt8(truncatingIfNeeded: value)]
}

/// An ONNX file is refused in one line, whatever it claims, and takes memory in proportion to what is in it.
@Suite struct HostileONNXTests {
    private static let input = field(
        11, field(1, "x") + field(2, field(1, field(2, [1, 3, 64, 96].flatMap { field(1, field(1, UInt64($0))) }))))
    private static let convolution = field(1, field(1, "x") + field(1, "w") + field(1, "b") + field(4, "Conv"))

    private func tensor(_ name: String, _ shape: [UInt64], bytes: Int, type: UInt64 = 1, more: [UInt8] = []) -> [UInt8] {
        field(
            5,
            shape.flatMap { field(1, $0) } + field(2, type) + field(8, name) + field(9, Array(repeating: 0, count: bytes)) + more)
    }

    private func complaint(_ graph: [[UInt8]]) -> String {
        do { return "\(try ONNXConvolutions(model(graph), of: "file.onnx").convolutions.count) convolutions" } catch {
            return error.description
        }
    }

    private func model(_ graph: [[UInt8]]) -> Data { Data(field(7, (graph + [Self.input]).flatMap(\.self))) }

    @Test func `a tensor that many nodes use is in memory once`() throws {
        let nodes = Array(repeating: Self.convolution, count: 20_000)
        let graph = nodes + [tensor("w", [256, 3, 32, 32], bytes: 4 * 256 * 3 * 1024), tensor("b", [256], bytes: 1024)]
        let stored = try ONNXConvolutions(model(graph), of: "file.onnx").convolutions  // 62 GB, were each to have its own
        #expect(stored.count == 20_000 && Set(stored.map(\.weight.pointer)).count == 1)
        #expect(Set(stored.map(\.bias.pointer)).count == 1)
    }

    @Test(
        arguments: [
            ([4, 3, 3, 3], 428, "has a tensor of shape [4, 3, 3, 3] in 428 bytes"), ([4, 3, 3, 3], 0, "in 0 bytes"),
            ([1 << 62, 4, 1, 1], 432, "which cannot be"), ([1 << 32, 1 << 32, 1, 1], 0, "which cannot be"),
            ([UInt64.max, 1, 1, 1], 4, "which cannot be"), ([0, 1, 1, 1], 0, "which cannot be"), ([], 4, "which cannot be"),
        ] as [([UInt64], Int, String)])
    func `a tensor whose size disagrees with its shape is refused`(shape: [UInt64], bytes: Int, hint: String) {
        let complaint = complaint([Self.convolution, tensor("w", shape, bytes: bytes), tensor("b", [4], bytes: 16)])
        #expect(complaint.contains("convolution 0 has a tensor") && complaint.contains(hint), "\(complaint)")
    }

    @Test func `convolutions that share a tensor are counted as what they take`() throws {
        let nodes = Array(repeating: Self.convolution, count: 20_000)
        let graph = nodes + [tensor("w", [256, 12, 3, 3], bytes: 4 * 256 * 108), tensor("b", [256], bytes: 1024)]
        let stored = try ONNXConvolutions(model(graph), of: "file.onnx").convolutions
        let error = #expect(throws: NetworkError.self) { try YOLOXConfiguration(of: stored) }
        #expect(error?.description.contains("posed takes 1024 MiB at most") == true)
    }

    @Test func `numbers that lie in another file are said to`() {
        let location = field(13, field(1, "location") + field(2, "weights.bin"))
        for more in [field(14, 1), location, location + field(14, 1)] {
            let complaint = complaint([
                Self.convolution, tensor("w", [4, 3, 3, 3], bytes: 0, more: more), tensor("b", [4], bytes: 16),
            ])
            #expect(complaint.contains("external data"), "\(complaint)")
        }
    }

    @Test func `what is no number, no float or not stored is named`() {
        let (weights, bias) = (tensor("w", [4, 3, 3, 3], bytes: 432), tensor("b", [4], bytes: 16))
        #expect(complaint([Self.convolution, tensor("w", [4, 3, 3, 3], bytes: 432, type: 10), bias]).contains("float32"))
        #expect(complaint([Self.convolution, weights]).contains("not stored in the file"))
        let infinite = field(
            5, field(1, 4) + field(2, 1) + field(8, "b") + field(9, [0, 0, 0x80, 0x7F] + Array(repeating: 0, count: 12)))
        #expect(complaint([Self.convolution, weights, infinite]).contains("what is no number"))
        #expect(complaint([Self.convolution, weights, bias]) == "1 convolutions")
    }

    @Test func `a file of empty fields, or of endless lists, is refused early`() throws {
        #expect(complaint([Array(repeating: [0x0A, 0x00], count: 4_000_000).flatMap(\.self)]).contains("not an ONNX file"))
        let shape = field(1, Array(repeating: 1, count: 8_000_000))
        #expect(complaint([field(5, shape)]).contains("not an ONNX file"))
    }
}
