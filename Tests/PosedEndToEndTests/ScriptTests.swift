import Foundation
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

    @Test func theMakefileTakesDebiansPython() throws {
        let makefile = try String(contentsOf: repositoryRoot.appending(path: "Makefile"), encoding: .utf8)
        #expect(makefile.contains("/usr/bin/python3"))
        #expect(!makefile.contains("\tpython3 "), "recipes say $(PYTHON)")
    }
}
