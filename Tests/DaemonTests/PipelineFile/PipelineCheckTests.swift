import Daemon
import Foundation
import PosedKit
import Settings
import TestSupport
import Testing

@testable import struct Models.ModelStore

/// A check says what is wrong with a file; what only the service has is a note.
@Suite struct PipelineCheckTests {
    private static let store = Result { try ModelStore(folders: [repositoryRoot.appending(path: "weights")]) }

    private func check(_ text: String, environment: [String: String] = [:]) throws -> (problems: [String], notes: [String]) {
        let folder = try PipelineFolder(["cam.yaml": text])
        let read = PipelineFile.read([folder.path], store: try Self.store.get(), environment: environment, isCheck: true)
        func plain(_ list: [PipelineProblem]) -> [String] { list.map { $0.description.replacing("\(folder.path)/", with: "") } }
        return (plain(read.problems), plain(read.notes))
    }

    @Test(arguments: ["broker", "camera", "file", "several"])
    func theSamplesPassWithoutTheirEnvironment(sample: String) throws {
        let path = repositoryRoot.appending(path: "pipelines/\(sample).yaml").path
        let read = PipelineFile.read([path], store: try Self.store.get(), environment: [:], isCheck: true)
        #expect(read.problems == [] && !read.notes.isEmpty && !read.pipelines.isEmpty)
        let run = PipelineFile.load([path], store: try Self.store.get(), environment: [:])
        #expect(!run.problems.isEmpty)
    }

    @Test(arguments: [
        "name: ${X}", "detect: {threshold: '${X}'}", "detect: {detector: '${X}'}", "estimate: {pose: '${X}'}",
        "smooth: {lag: '${X}'}", "smooth: {bone_gate: '${X}'}", "sinks: [{file: '${X}/a', rotate_size: '${X}'}]",
        "sinks: [{overlay: '${X}'}]", "sinks: [{mqtt: '${X}', ca_file: '${X}', prefix: '${X}'}]", "sinks: [{socket: '${X}'}]",
        "stop_timeout: ${X}", "detect: {regions: {include: [[['${X}', 0], [1, 1], [0, 1]]]}}",
    ])
    func aVariableThatIsNotHereIsANoteWhereverItStands(line: String) throws {
        let (problems, notes) = try check("source: {file: a}\n\(line)")
        #expect(notes.count >= 1 && notes.allSatisfy { $0.contains("needs the environment variable X, which is not set here") })
        #expect(problems.allSatisfy { $0.contains("regions") }, "\(problems)")
    }

    @Test func mistakesBesideAreStillFound() throws {
        let (problems, notes) = try check("source: {url: '${X}', every: 0, colour: red}")
        #expect(notes.count == 1 && problems.count == 2)
        #expect(try check("source: {url: '${X}', every: 0}", environment: ["X": "no address"]).problems.count == 2)
    }

    @Test func aCredentialIsTheServices() throws {
        let text = "source: {url: 'rtsp://cam/', username: a, credential: gym}"
        let (problems, notes) = try check(text)
        #expect(problems == [])
        #expect(
            notes == ["cam.yaml:1:55: note: source.credential is the service's: it needs LoadCredential=gym:FILE in its unit"])
        #expect(try check(text, environment: ["CREDENTIALS_DIRECTORY": "/nowhere"]).problems.count == 1)
    }

    @Test(arguments: [("28", 0), ("29", 1), ("1h", 1), ("0", 0)])
    func aStopTimeoutBeyondTheUnitsIsFound(timeout: String, count: Int) throws {
        let (problems, notes) = try check("source: {file: a}\nstop_timeout: \(timeout)")
        #expect(problems == [] && notes.count == count)
        #expect(notes.allSatisfy { $0.hasPrefix("cam.yaml:2:15: note: stop_timeout is") && $0.contains("TimeoutStopSec=") })
    }

    @Test func theUnitsAllowWhatTheCheckSays() throws {
        for unit in ["posed.service", "posed@.service"] {
            let text = try String(contentsOf: repositoryRoot.appending(path: "systemd/\(unit)"), encoding: .utf8)
            #expect(text.contains("\nTimeoutStopSec=30\n"))
        }
    }

    /// What a leak may take, and that the service comes back for ever; Debian 12's systemd knows no RestartSteps=.
    @Test(arguments: ["posed.service", "posed@.service"])
    func theUnitsBoundWhatTheServiceTakesAndNeverGiveUp(unit: String) throws {
        let text = try String(contentsOf: repositoryRoot.appending(path: "systemd/\(unit)"), encoding: .utf8)
        for line in [
            "MemoryMax=75%", "TasksMax=1024", "LimitCORE=0", "Restart=on-failure", "RestartSec=10", "StartLimitIntervalSec=0",
        ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
        #expect(!text.contains("RestartSteps="))
    }

    @Test func addressesAreShutOutByADropIn() throws {
        let text = try String(contentsOf: repositoryRoot.appending(path: "systemd/addresses.conf"), encoding: .utf8)
        #expect(text.contains("\n[Service]\nIPAddressDeny=any\nIPAddressAllow=localhost\n"))
    }

    @Test func passwordFilesThatOthersMayReadAreNoted() throws {
        let folder = try PipelineFolder(["front": "hunter2\n"])
        func notes(_ mode: mode_t) throws -> [String] {
            chmod("\(folder.path)/front", mode)
            return try check("source: {url: rtsp://cam/, username: a, password_file: \(folder.path)/front}").notes
        }
        #expect(try notes(0o600) == [] && notes(0o640) == [])
        #expect(try notes(0o644).first?.contains("everybody may read: chmod o= ") == true)
        #expect(try notes(0o620).first?.contains("others than its owner may change") == true)
    }

    @Test(arguments: [
        ("rtsps://cam/live", 1), ("RTSPS://cam/live", 1), ("rtsp://cam/live", 0), ("https://cam/live", 0),
        ("https://cam/live, tls_verify: false", 1),
    ])
    func aCertificateThatNobodyChecksIsNoted(url: String, count: Int) throws {
        let (problems, notes) = try check("source: {url: \(url)}")
        #expect(
            problems == [] && notes.count == count && notes.allSatisfy { $0.contains("nobody checks the camera's certificate") })
    }
}
