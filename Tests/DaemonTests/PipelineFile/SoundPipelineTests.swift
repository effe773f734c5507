import Basics
import Daemon
import Delivery
import Foundation
import Media
import Models
import PoseTypes
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings

@Suite struct SoundPipelineTests {
    @Test func aSourceIsEnough() throws {
        let url = Secret("rtsp://cam/live")
        #expect(
            try pipeline("source: {url: rtsp://cam/live}") == PipelineFile(name: "cam", source: PipelineFile.Source(.url(url))))
    }

    @Test func aKeyWithoutAValueHasItsDefault() throws {
        #expect(
            try pipeline("source: {file: a}\nname:\ndetect: {threshold: , max_persons: null}\nsinks: ~")
                == PipelineFile(name: "cam", source: PipelineFile.Source(.file("a"))))
    }

    @Test func everyKeyReachesItsSetting() throws {
        let all = try pipeline(
            """
            name: front
            source: {url: rtsp://cam/live, transport: udp, open_timeout: 500ms, read_timeout: 2m, policy: all, max_delay: .5, every: 3}
            detect:
              classes: [dog, Cell Phone]
              threshold: 0.5
              detect_every: 4
              max_persons: 7
              regions: {include: [[[0, 0], [1, 0], [1, 1]]], exclude: [[[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]]]}
            estimate: {dataset: wholebody, input: 384x288}
            precision: bf16
            follow: {track_buffer: 3}
            smooth: {min_cutoff: 2, beta: 5, lag: 0.4, bone_gate: no}
            sinks:
              - {file: a.jsonl, rotate_size: 1.5MiB, rotate_age: 24h, keep: 9, fsync: 2}
              - {socket: a.sock, queue: 8}
              - {mqtt: 'mqtt://[fe80::1]:99', username: u, password: p, prefix: a/b, qos: 1, discovery: yes, queue: 9}
              - {overlay: a.mp4, segment: 1h, keep: 2}
            stop_timeout: 3s
            """)
        var expected = PipelineFile(name: "front", source: PipelineFile.Source(.url(Secret("rtsp://cam/live"))))
        expected.source.options = LiveOptions(transport: .udp, openTimeout: 0.5, readTimeout: 120, every: 3)
        (expected.source.policy, expected.source.maxDelay) = (.all, 0.5)
        (expected.settings.threshold, expected.settings.detectEvery, expected.settings.maxPersons) = (0.5, 4, 7)
        expected.regions.include = [[.init(x: 0, y: 0), .init(x: 1, y: 0), .init(x: 1, y: 1)]]
        expected.regions.exclude = [
            [.init(x: 0, y: 0), .init(x: 0.5, y: 0), .init(x: 0.5, y: 0.5), .init(x: 0, y: 0.5)]
        ]
        expected.networks.classes = ["dog", "Cell Phone"]
        (expected.networks.dataset, expected.networks.precision) = (.wholebody, .bf16)
        expected.networks.input = CropSize(height: 384, width: 288)
        expected.settings.trackBuffer = 3
        (expected.settings.minCutoff, expected.settings.beta, expected.settings.lag) = (2, 5, 0.4)
        expected.settings.boneGate = false
        var file = FileSink(path: "a.jsonl")
        (file.policy.rotateSize, file.policy.rotateAge, file.policy.keep) = (1_572_864, 86400, 9)
        file.policy.fsync = .every(seconds: 2)
        var socket = SocketSink(path: "a.sock")
        socket.queue = 8
        var mqtt = MQTTSink(broker: MQTTBroker(host: "fe80::1", port: 99))
        (mqtt.broker.username, mqtt.broker.password, mqtt.broker.prefix) = ("u", Secret("p"), "a/b")
        (mqtt.options.quality, mqtt.options.isDiscoverable, mqtt.options.queue) = (1, true, 9)
        var overlay = OverlaySink(path: "a.mp4")
        (overlay.segment, overlay.keep) = (3600, 2)
        expected.sinks = [.init(file), .init(socket), .init(mqtt), .init(overlay)]
        expected.stopTimeout = 3
        #expect(all == expected)
    }

    @Test(arguments: [
        ("{url: rtsp://cam/}", PipelineFile.Source.Policy.latest), ("{device: /dev/video0}", .latest), ("{file: a}", .all),
        ("{folder: a}", .all), ("{stdin: true}", .all), ("{file: a, realtime: true}", .latest),
        ("{file: a, realtime: true, policy: all}", .all), ("{url: rtsp://cam/, policy: all}", .all),
    ])
    func onlyWhatDoesNotWaitIsPassedOver(source: String, policy: PipelineFile.Source.Policy) throws {
        #expect(try pipeline("source: \(source)").source.policy == policy)
    }

    @Test func aDeviceIsAskedForWhatIsWritten() throws {
        let source = try pipeline("source: {device: /dev/video2, size: 1280x720, rate: 29.97}").source
        #expect(source.input == .device("/dev/video2"))
        #expect(source.options == LiveOptions(size: "1280x720", rate: 29.97))
        #expect(try pipeline("source: {device: /dev/video2, size: auto, rate: auto}").source.options == LiveOptions())
    }

    @Test func documentsArePipelinesOfTheirOwn() throws {
        let folder = try PipelineFolder([
            "a.yaml": "name: one\nsource: {file: a}\nsinks: [{file: x}]\n---\nsource: {file: b}\n---\n"
        ])
        let loaded = try folder.load()
        #expect(loaded.problems == [])
        #expect(loaded.pipelines.map(\.name) == ["one", "a"])
    }

    @Test func theEnvironmentIsPutIntoTexts() throws {
        let environment = ["HOST": "cam.local", "SECRET": "a: b\n# c", "N": "0.7", "EMPTY": ""]
        let source = "source: {url: 'rtsp://${HOST}:${PORT}/$x/$${HOST}', every: 1}"
        let found = try pipeline(source, environment: environment.merging(["PORT": "554"]) { $1 })
        #expect(found.source.input.address.reveal() == "rtsp://cam.local:554/$x/${HOST}")
        #expect(
            try pipeline("source: {file: a}\ndetect: {threshold: '${N}'}", environment: environment).settings.threshold == 0.7)
        #expect(try pipeline("source: {file: a}\nsmooth: {lag: '${LAG}'}", environment: ["LAG": "never"]).settings.lag == nil)
        func problems(_ text: String) throws -> [String] {
            try PipelineFolder(["cam.yaml": text]).problems(environment: environment)
        }
        #expect(try problems(source) == ["cam.yaml:1:15: source.url needs the environment variable PORT, which is not set"])
        #expect(try problems("source: {file: '${EMPTY}'}") == ["cam.yaml:1:16: source.file is empty"])
        #expect(
            try problems("source: {file: '${a-b}'}") == [
                "cam.yaml:1:16: source.file holds ${…} without the name of an environment variable in it; $${ stands for ${ itself"
            ])
        #expect(
            try problems("source: {file: a}\ndetect: {threshold: '${SECRET}'}")
                == ["cam.yaml:2:21: detect.threshold is a number from 0 to 1, not ${SECRET}"])
    }

    @Test func whatIsOneOfAKindIsOneOfAKind() throws {
        let folder = try PipelineFolder([
            "a.yaml": "source: {file: a}\nsinks: [{file: out.jsonl}]", "b.yaml": "source: {file: a}\nname: a",
            "c.yaml": "source: {file: a}\nsinks:\n- file: ./x/../out.jsonl\n", "d.yml": "source: {file: a}",
            "e.txt": "is no pipeline file", ".f.yaml": "is hidden", "my cam.yaml": "source: {file: a}\nsinks: [{file: m}]",
        ])
        #expect(
            try folder.problems() == [
                "b.yaml:2:7: another pipeline has the name a: a.yaml:1:1",
                "c.yaml:3:9: sinks.file: a writes there (a.yaml:2:16) already",
                "d.yml:1:1: sinks.stdout: a writes there (b.yaml:1:1) already",
                "my cam.yaml:1:1: a pipeline with this file's name needs a name of its own: letters, digits, . _ and -",
            ])
        #expect(try folder.load().pipelines.map(\.name) == ["a"])
    }

    @Test func aCameraOfThisMachineHasOneReader() throws {
        let folder = try PipelineFolder([
            "a.yaml": "source: {device: /dev/video0}", "b.yaml": "source: {device: /dev/../dev/video0}\nsinks: [{file: b}]",
            "c.yaml": "source: {stdin: true}\nsinks: [{file: c}]", "d.yaml": "source: {stdin: true}\nsinks: [{file: d}]",
        ])
        #expect(
            try folder.problems() == [
                "b.yaml:1:18: source.device: a reads it (a.yaml:1:18) already",
                "d.yaml:1:17: source.stdin: c reads it (c.yaml:1:17) already",
            ])
    }

    @Test(arguments: [
        "rtsp://[fe80::1]/a@b", "rtsp://[fe80::1]:554/a:b", "http://host:8080/still@2x.jpg", "rtsp://cam", "rtsp://a:b@c/d:e",
        "HTTPS://host/a?b=c",
    ])
    func addressesAreTakenAsTheyAre(url: String) throws {
        #expect(try pipeline("source: {url: '\(url)'}").source.input == .url(Secret(url)))
    }

    @Test func networksAreLookedFor() throws {
        let problems = try PipelineFolder([
            "cam.yaml": "source: {file: a}\ndetect: {detector: vitpose-tiny}\nestimate: {pose: nobody}"
        ]).problems()
        #expect(
            problems.map { $0.prefix(70) } == [
                "cam.yaml:2:20: detect.detector: vitpose-tiny is a model of the kind po",
                "cam.yaml:3:18: estimate.pose: no pose model nobody: it is neither a fo",
            ])
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let folder = try PipelineFolder()
        #expect(try folder.problems() == ["\(folder.path): holds no pipeline files: their names end in .yaml"])
        try Data([0x6e, 0xff]).write(to: URL(filePath: "\(folder.path)/cam.yaml"))
        #expect(try folder.problems() == ["cam.yaml: is not text in UTF-8"])
        try folder.write(String(repeating: "#", count: 2 << 20), to: "cam.yaml")
        #expect(try folder.problems() == ["cam.yaml: is larger than 1 MiB, which no pipeline file is"])
    }
}
