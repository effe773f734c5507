import Foundation
import PoseTypes
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Scripts run with Debian's Python, and say in one line what it lacks.
@Suite struct ScriptTests {
    @Test(arguments: ["soak", "validate", "found", "tremble", "curves", "sides"])
    func aMissingModuleIsNamedWithItsPackage(script: String) async throws {
        // -S: without the modules of packages.
        let result = try await run(
            .path("/usr/bin/python3"), arguments: ["-S", repositoryRoot.appending(path: "scripts/\(script).py").path],
            output: .string(limit: 4096), error: .string(limit: 1 << 16))
        #expect(result.terminationStatus == .exited(1))
        let lines = result.standardError.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("lacks the module") && lines[0].contains("/usr/bin/python3"), "\(lines)")
    }

    @Test func theConverterSaysWhatItLacks() async throws {
        let result = try await run(
            .path("/usr/bin/python3"), arguments: ["-S", repositoryRoot.appending(path: "weights/convert_vitpose.py").path],
            output: .string(limit: 4096), error: .string(limit: 1 << 16))
        #expect(result.terminationStatus == .exited(1))
        #expect(result.standardError.split(separator: "\n").count == 1)
        #expect(result.standardError.contains("lacks the module torch: pip install torch safetensors"))
    }

    /// The converter writes the names by which posed knows a layout.
    @Test func theConvertersLayoutsAreOurs() async throws {
        let folder = repositoryRoot.appending(path: "weights/training").path
        let script = "import json, layouts; print(json.dumps({n: [l.names, l.mirror] for n, l in layouts.LAYOUTS.items()}))"
        let result = try await run(
            .path("/usr/bin/python3"), arguments: ["-B", "-c", script],
            environment: .inherit.updating(["PYTHONPATH": folder]), output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16))
        struct Layout: Decodable, Equatable {
            let (names, mirror): ([String], [Int])

            init(_ skeleton: Skeleton) { (names, mirror) = (skeleton.joints, skeleton.mirror) }
            init(from decoder: any Decoder) throws {
                var parts = try decoder.unkeyedContainer()
                (names, mirror) = (try parts.decode([String].self), try parts.decode([Int].self))
            }
        }
        let layouts = try JSONDecoder().decode([String: Layout].self, from: Data(result.standardOutput.utf8))
        var expected: [String: Layout] = ["crowdpose": Layout(.crowdPose14), "halpe26": Layout(.halpe26)]
        for dataset in PoseDataset.allCases { expected[dataset.rawValue] = Layout(dataset.skeleton) }
        #expect(layouts == expected)
    }

    @Test func theMakefileTakesDebiansPython() throws {
        let makefile = try String(contentsOf: repositoryRoot.appending(path: "Makefile"), encoding: .utf8)
        #expect(makefile.contains("/usr/bin/python3"))
        #expect(!makefile.contains("\tpython3 "), "recipes say $(PYTHON)")
    }
}
