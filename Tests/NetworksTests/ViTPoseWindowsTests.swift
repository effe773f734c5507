import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

/// Attention within windows, against a PyTorch module of ours that masks instead of cutting (make_networks.py).
@Suite struct ViTPoseWindowsTests {
    @Test func `windows of each kind agree with PyTorch`() throws { try compare(.fp32, within: 1e-5) }

    @Test(.enabled(if: Precision.bf16.isAvailable, "this processor has no instructions for bf16"))
    func `windows in bf16 stay near PyTorch`() throws { try compare(.bf16, within: 0.02) }

    @Test(.enabled(if: Precision.int8.isAvailable, "this processor has no instructions for int8"))
    func `windows in int8 stay near PyTorch`() throws { try compare(.int8, within: 0.05) }

    /// The configuration of the fixture with more keys in its backbone, as JSON writes them.
    private func configuration(with keys: String) throws -> String {
        let name = try NetworkFixture.read().windows.folder
        let json = try String(contentsOf: fixture("networks/\(name)/config.json"), encoding: .utf8)
        let changed = json.replacing("\"backbone_config\": {", with: "\"backbone_config\": {\(keys),")
        #expect(changed != json)
        return changed
    }

    private func folder(with keys: String) throws -> URL {
        let folder = try generatedFolder(try NetworkFixture.read().windows.folder)
        try Data(try configuration(with: keys).utf8).write(to: folder.appending(path: "config.json"))
        return folder
    }

    private func compare(_ precision: Precision, within bound: Float) throws {
        let fixture = try NetworkFixture.read().windows
        #expect(fixture.kinds.count == 4)
        for (kind, keys) in fixture.kinds {
            let folder = try folder(with: keys)
            defer { try? FileManager.default.removeItem(at: folder) }
            let network = try ViTPose(folder: folder, precision: precision)
            let expected = try expectation("\(fixture.folder)/expected.safetensors", kind)
            let worst = largestDifference(network(generatedImages(2, height: fixture.height, width: fixture.width)), expected)
            let peak = expected.array.reduce(1) { max($0, abs($1)) }
            print("windows, \(kind), \(precision): largest difference from PyTorch \(worst), heatmaps up to \(peak)")
            #expect(worst < bound * (precision == .fp32 ? 1 : peak) && (precision == .fp32 || worst > 1e-6), "\(kind): \(worst)")
        }
    }

    @Test func `one window that covers the grid is full attention`() throws {
        let shape = try NetworkFixture.read().windows
        let images = generatedImages(1, height: shape.height, width: shape.width)
        let heatmaps = try [#""attention": "full""#, #""attention": "window", "window_size": 4096, "shift": true"#].map { keys in
            let folder = try folder(with: keys)
            defer { try? FileManager.default.removeItem(at: folder) }
            return try ViTPose(folder: folder)(images)
        }
        #expect(largestDifference(heatmaps[0], heatmaps[1]) < 1e-6)
    }

    @Test(arguments: [
        (#""attention": "linear""#, "neither"), (#""attention": 3"#, "backbone_config.attention"),
        (#""attention": "window""#, "no window_size"), (#""window_size": [3, 2]"#, "go with attention"),
        (#""shift": true"#, "go with attention"), (#""pooled": true"#, "go with attention"),
        (#""full_attention_indices": [0]"#, "go with attention"),
        (#""attention": "window", "window_size": [0, 2]"#, "1 to 4096"),
        (#""attention": "window", "window_size": [3, -1]"#, "1 to 4096"),
        (#""attention": "window", "window_size": 9223372036854775807"#, "1 to 4096"),
        (#""attention": "window", "window_size": -9223372036854775808"#, "1 to 4096"),
        (#""attention": "window", "window_size": [1e300, 1]"#, "not JSON"),
        (#""attention": "window", "window_size": [1, 2, 3]"#, "window_size"),
        (#""attention": "window", "window_size": 2, "shift": 1"#, "shift"),
        (#""attention": "window", "window_size": 2, "full_attention_indices": [0, 3]"#, "there are 0 to 2"),
        (#""attention": "window", "window_size": 2, "full_attention_indices": [-9223372036854775808]"#, "there are 0 to 2"),
        (#""attention": "window", "window_size": 2, "full_attention_indices": [1e300]"#, "not JSON"),
    ])
    func `keys that cannot be are refused in one line`(keys: String, hint: String) throws {
        let json = try configuration(with: keys)
        let error = #expect(throws: NetworkError.self) { try ViTPoseConfiguration(json: Data(json.utf8), named: "config.json") }
        #expect(error.map { $0.description.contains(hint) && !$0.description.contains("\n") } == true, "\(error!)")
    }

    @Test func `windows make less work, and pooled ones more`() throws {
        var configuration = ViTPoseConfiguration()
        configuration.labels = (0..<17).map { "\($0)" }
        func operations(_ height: Int, pooled: Bool, full: Set<Int> = []) -> Int {
            configuration.windows = .init(height: height, width: 6, areShifted: false, arePooled: pooled, fullBlocks: full)
            return configuration.operations
        }
        let full = operations(16, pooled: false, full: Set(0..<12))
        // 4 windows of 48 tokens instead of one of 192: a fourth of 12 blocks' 4 * 192^2 * 768.
        #expect(full - operations(8, pooled: false) == 12 * 4 * 192 * 192 * 768 * 3 / 4)
        #expect(operations(8, pooled: true) - operations(8, pooled: false) == 12 * 4 * 192 * 4 * 768)
    }
}
