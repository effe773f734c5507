import Foundation
import Kernels
import Testing

@Suite struct WeightsTests {
    /// A file with this header and `count` bytes of numbers.
    private func file(_ header: String, _ numbers: [UInt8], length: UInt64? = nil) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        var data = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
        data.append(contentsOf: header.utf8)
        data.append(contentsOf: numbers)
        try data.write(to: url)
        return url
    }

    private func bytes<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

    private func complaint(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "nothing was wrong"
    }

    @Test func everyKindOfNumberIsRead() throws {
        let header = """
            {"__metadata__":{"format":"pt"},"single":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},\
            "half":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]},"brain":{"dtype":"BF16","shape":[],"data_offsets":[12,14]}}
            """
        let numbers = bytes([Float(1.5), -3e-20]) + bytes([UInt16(0x3E00), 0x0001]) + bytes([UInt16(0xC049)])
        let url = try file(header, numbers)
        defer { try? FileManager.default.removeItem(at: url) }
        let weights = try Weights(contentsOf: url)
        #expect(try weights.tensor("single", shape: [2]).array == [1.5, -3e-20])
        #expect(try weights.tensor("half", shape: [1, 2]).array == [1.5, 5.9604645e-08])
        #expect(throws: KernelsError.self) { try weights.verifyAllUsed() }
        #expect(try weights.tensor("brain", shape: []).array == [-3.140625])
        try weights.verifyAllUsed()
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "a ends at byte 8"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8 bytes, not 4"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "which is no range"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "which is no range"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, "which is no range"),
        (#"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, 4, "impossible shape"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, "impossible shape"),
        (#"{"a":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}}"#, 4, "unknown type Q7"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "4 bytes at its end"),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#, 6,
            "b overlaps"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}}"#,
            10, "a gap before b"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4, "names a twice"
        ),
        (#"{"a":[1,2]}"#, 0, "its header is not"),
        (#"{"a":"#, 0, "its header is not"),
    ]) func aLyingHeaderIsRefused(_ header: String, _ count: Int, _ expected: String) throws {
        let url = try file(header, Array(repeating: 0, count: count))
        defer { try? FileManager.default.removeItem(at: url) }
        let complaint = complaint { _ = try Weights(contentsOf: url) }
        #expect(complaint.contains(expected) && complaint.contains(url.path), "\(complaint)")
    }

    @Test func aShortFileIsRefused() throws {
        for (header, length, expected) in [("", 1 << 62, "its header claims"), ("{}", 3, "its header claims")] {
            let url = try file(header, [], length: UInt64(length))
            defer { try? FileManager.default.removeItem(at: url) }
            #expect(complaint { _ = try Weights(contentsOf: url) }.contains(expected))
        }
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        #expect(complaint { _ = try Weights(contentsOf: url) }.contains("cannot read the weights \(url.path)"))
        try Data([1, 2]).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        #expect(complaint { _ = try Weights(contentsOf: url) }.contains("only 2 bytes"))
    }

    @Test func aTensorThatDoesNotFitIsNamed() throws {
        let header = """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}
            """
        let url = try file(header, Array(repeating: 0, count: 16))
        defer { try? FileManager.default.removeItem(at: url) }
        let weights = try Weights(contentsOf: url)
        #expect(complaint { _ = try weights.tensor("c", shape: [2]) } == "the weights \(url.path) lack c")
        #expect(complaint { _ = try weights.tensor("a", shape: [1, 2]) }.contains("a of shape [2], the network's is [1, 2]"))
        #expect(complaint { _ = try weights.tensor("b", shape: [1]) }.contains("b is of type I64"))
        let complaint = complaint { try Weights(contentsOf: url).verifyAllUsed() }
        #expect(complaint.contains("hold a and 1 more, which the network has no use for"))
    }
}
