import Daemon
import Foundation
import PosedKit
import Settings
import Testing

@testable import struct Settings.YAMLDocuments

/// A pipeline file from anywhere is read or refused within a moment, whatever its aliases, brackets and dollars claim.
@Suite(.timeLimit(.minutes(1))) struct HostilePipelineTests {
    private func problems(_ text: String) throws -> [String] { try PipelineFolder(["cam.yaml": text]).problems() }

    /// Ten lists, each of nine times the one before: 9^9 values, or, with `depth` fewer, as many as are let in.
    private func laughs(_ last: String, times: Int = 9) -> String {
        (1...times).reduce("a: &a0 [x,x]\n") { text, n in
            text + "b\(n): &a\(n) [" + Array(repeating: "*a\(n - 1)", count: 9).joined(separator: ",") + "]\n"
        } + last
    }

    @Test(arguments: [
        "? *a9\n: x\n", "*a9 : x\n", "{*a9 : x}: y\n", "source: {file: *a9}\n", "sinks: [*a9 , *a9 ]\n", "? [*a9 ]\n: x\n",
        "detect: {regions: {include: *a9 }}\n",
    ])
    func aliasesStandForAFewThousandValuesAtMost(last: String) throws {
        let found = try problems(laughs(last))
        #expect(found.count <= 20 && found.contains { $0.contains("a file holds up to 20000 values") }, "\(found)")
    }

    @Test func aliasesAreStillOfUse() throws {
        let found = try PipelineFolder([
            "a.yaml": """
            name: a
            source: &camera {url: 'rtsp://cam/1', every: 2}
            detect: &detect {threshold: 0.5}
            sinks: [{file: a}]
            ---
            name: b
            source: {url: 'rtsp://cam/2'}
            detect: *detect
            """
        ]).load()
        #expect(found.problems == [] && found.pipelines.map(\.settings.threshold) == [0.5, 0.5])
    }

    @Test(arguments: ["${", "$${", "${}", "${a", "$", "}${", "%s", "@:", "://@"], [1, 40_000])
    func repeatedSignsAreReadInOnePass(sign: String, count: Int) throws {
        let text = String(repeating: sign, count: count * 10 / sign.count)
        for line in [
            "source: {file: \"\(text)\"}", "source: {url: \"rtsp://\(text)\"}", "name: \"\(text)\"\nsource: {file: a}",
            "source: {file: a}\n\"\(text)\": 1", "source: {url: \"rtsp://\(text.prefix(4000))\"}",
        ] {
            let found = try problems(line)
            #expect(found.allSatisfy { $0.count < 400 }, "\(found)")
        }
    }

    @Test func digitsWithoutEndAreNoNumber() throws {
        for count in [65, 4000, 20_000, 900_000] {
            let digits = String(repeating: "1", count: count)
            for value in [digits, digits + "x", digits + " s", "1e" + digits, "." + digits] {
                for key in [
                    "detect: {threshold: \(value)}", "follow: {track_buffer: \(value)}", "detect: {max_persons: \(value)}",
                ] {
                    let found = try problems("source: {file: a}\n\(key)")
                    #expect(found.count == 1 && found[0].count < 300, "\(found)")
                }
            }
        }
    }

    @Test(arguments: ["[", "{", "- ", "? ", "{a: ", "[{", "!!str ", "&a ", "- - ? "])
    func nestingIsBounded(opening: String) throws {
        for count in [40, 2000, 200_000] {
            let found = try problems("source: \n  " + String(repeating: opening, count: count))
            #expect(found.count == 1 && found[0].count < 300, "\(found)")
        }
    }

    @Test func filesOfAnyKindAreReadWithinLimits() throws {
        let folder = try PipelineFolder(["good.yaml": "source: {file: a}"])
        #expect(mkfifo(folder.path + "/pipe.yaml", 0o600) == 0)
        try folder.write("", to: "sparse.yaml")
        #expect(truncate(folder.path + "/sparse.yaml", 5 << 30) == 0)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/zero.yaml", withDestinationPath: "/dev/zero")
        try FileManager.default.createDirectory(atPath: folder.path + "/inner.yaml", withIntermediateDirectories: true)
        try folder.write(String(repeating: "source: {file: a}\n---\n", count: 2000), to: "many.yaml")
        try folder.write(String(repeating: "a: 1\n", count: 9000), to: "wide.yaml")
        let found = try folder.problems()
        let expected = [
            "inner.yaml: cannot be read: it is a folder", "pipe.yaml: holds no pipeline",
            "sparse.yaml: is larger than 1 MiB, which no pipeline file is",
            "zero.yaml: is larger than 1 MiB, which no pipeline file is",
        ]
        for line in expected { #expect(found.contains(line), "\(found)") }
        #expect(found.contains { $0.hasPrefix("many.yaml:2001:1: a file holds up to 1000 pipelines") })
        #expect(found.contains { $0.hasPrefix("wide.yaml: and ") && $0.hasSuffix(" more problems") })
        #expect(found.count < 220, "\(found.count)")
    }

    @Test func aByteOrderMarkIsNoKey() throws {
        let found = try PipelineFolder(["cam.yaml": "\u{FEFF}source:\r\n  file: a.mp4\r\n"]).load()
        #expect(found.problems == [] && found.pipelines.map(\.source.input) == [.file("a.mp4")])
    }

    @Test(arguments: [
        (
            "#secret",
            "3:12: source.password has nothing behind it: a value that begins with # (or is null or ~) is written in quotes"
        ),
        ("", "3:12: source.password has nothing behind it: a value that begins with # (or is null or ~) is written in quotes"),
        (
            "null",
            "3:13: source.password has nothing behind it: a value that begins with # (or is null or ~) is written in quotes"
        ),
        ("!secret", "3:13: a value that begins with ! is written in quotes"),
        ("!sec ret", "3:13: a value that begins with ! is written in quotes"),
        ("&secret", "3:13: a value that begins with & is written in quotes"),
        ("*secret", "3:13: this is not YAML: found undefined alias"),
    ])
    func passwordsThatYAMLReadsOtherwiseAreSaidTo(password: String, problem: String) throws {
        let found = try problems(
            "source:\n  url: rtsp://cam/, \n  password: \(password)\n  username: me\n".replacing(", ", with: ""))
        #expect(found.contains("cam.yaml:\(problem)"), "\(found)")
        #expect(!found.contains { $0.contains("secret") })
    }

    @Test(arguments: ["'#secret'", "\"!secret\"", "'&secret'", "se#cret", "'null'"])
    func quotedPasswordsAreTaken(password: String) throws {
        #expect(try problems("source: {url: rtsp://cam/, username: me, password: \(password)}") == [])
    }

    @Test(arguments: ["9223372036854775807", "9223372036854775808", "1000000001", "1e9", "1e300", "-1"])
    func countsAreNotSoLargeThatSumsOfThemOverflow(count: String) throws {
        for line in [
            "detect: {detect_every: \(count)}", "detect: {max_persons: \(count)}", "sinks: [{file: a, keep: \(count)}]",
            "sinks: [{overlay: a.mp4, keep: \(count)}]", "sinks: [{socket: a, queue: \(count)}]",
        ] { #expect(try problems("source: {file: a}\n\(line)").count == 1, "\(line)") }
        #expect(try problems("source: {file: a, every: \(count)}").count == 1)
    }
}
