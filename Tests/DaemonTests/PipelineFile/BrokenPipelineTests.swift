import Settings
import Testing

/// Each broken file is refused with a message that says where and what.
@Suite struct BrokenPipelineTests {
    private func problems(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        try PipelineFolder(["cam.yaml": text]).problems(environment: environment)
    }

    @Test(arguments: [
        (
            "source: {url: rtsp://cam/live}\nsorce: {}",
            "2:1: a pipeline has no key sorce: it has name, source, detect, estimate, precision, follow, smooth, sinks and stop_timeout"
        ),
        (
            "source:\n  file: a.mp4\n  transport: udp",
            "3:3: a source with file has no key transport: it has file, loop, realtime, policy, max_delay and every"
        ),
        (
            "source: {url: rtsp://cam/live}\nsinks:\n  - stdout: true\n    queue: 5",
            "4:5: a sink with stdout has no key queue: it has stdout"
        ),
        (
            "source: {file: a}\nsmooth: {rtsp://u:p@h/: 1}",
            "2:10: smooth does not have this key: it has min_cutoff, beta, lag and bone_gate"
        ),
    ])
    func unknownKeysAreAnsweredWithTheValidOnes(text: String, problem: String) throws {
        #expect(try problems(text) == ["cam.yaml:\(problem)"])
    }

    @Test(arguments: [
        ("detect: {threshold: 1.5}", "detect.threshold is a number from 0 to 1, not 1.5"),
        ("detect: {threshold: high}", "detect.threshold is a number from 0 to 1, not high"),
        ("detect: {threshold: nan}", "detect.threshold is a number from 0 to 1, not nan"),
        ("detect: {threshold: [1]}", "detect.threshold is a number from 0 to 1, not a list"),
        ("detect: {detect_every: 0}", "detect.detect_every is a whole number, 1 or more, not 0"),
        ("detect: {detect_every: 1.5}", "detect.detect_every is a whole number, 1 or more, not 1.5"),
        ("detect: {max_persons: none}", "detect.max_persons is a whole number, 1 or more, or all, not none"),
        ("detect: {detector: {a: b}}", "detect.detector is a text, not a section"),
        ("detect: {detector: \"\"}", "detect.detector is empty"),
        ("detect: {classes: []}", "detect.classes is an empty list: what is looked for?"),
        ("detect: {classes: dog}", "detect.classes is a list of the detector's classes, such as [person, dog], not dog"),
        ("follow: {track_buffer: 2h}", "follow.track_buffer is a time from 0 to 1h, such as 1.5, 500ms or 2m, not 2h"),
        ("follow: {track_buffer: 2 weeks}", "follow.track_buffer is a time from 0 to 1h, such as 1.5, 500ms or 2m, not 2 weeks"),
        ("smooth: {min_cutoff: 0}", "smooth.min_cutoff is a number from 0.001 to 1000, not 0"),
        ("smooth: {lag: 20}", "smooth.lag is a time from 1ms to 10s, such as 1.5, 500ms or 2m, or never, not 20"),
        ("smooth: {bone_gate: maybe}", "smooth.bone_gate is true or false, not maybe"),
        ("name:   front door", "name is made of letters, digits, . _ and -, and begins with a letter or a digit"),
        ("sinks: [{file: \"a\\u0007b\"}]", "sinks.file holds a control character"),
    ])
    func valuesAreCheckedWhereTheyStand(line: String, problem: String) throws {
        let found = try problems("source: {url: rtsp://cam/live}\n\(line)")
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": \(problem)") == true, "\(found)")
        let place = try #require(found.first?.split(separator: ":"))
        let value = problem.split(separator: " ").first?.split(separator: ".").last.map { "\($0):" } ?? ""
        let column = try #require(line.firstRange(of: value)).upperBound
        let start = line[column...].firstIndex { $0 != " " } ?? column
        #expect(place[1] == "2" && place[2] == "\(line.distance(from: line.startIndex, to: start) + 1)", "\(found)")
    }

    @Test(arguments: [
        ("name: x", "1:1: a pipeline has no source: where do the pictures come from?"),
        ("source:", "1:1: a pipeline has no source: where do the pictures come from?"),
        ("source: front", "1:9: source is a section of keys, not front"),
        ("- source", "1:1: a pipeline is a section of keys, not a list"),
        ("source: {every: 2}", "1:9: source has no url, file, folder, device or stdin: where do the pictures come from?"),
        ("source: {file: a, url: rtsp://cam/}", "1:24: source.url stands beside source.file: a source has one of them"),
        ("source: {file: rtsp://u:p@cam/}", "1:16: source.file is a path; an address is given as url"),
        (
            "source: {url: cam.local/live}",
            "1:15: source.url is an address such as rtsp://camera.local/stream, which begins with rtsp, rtsps, http, https, rtmp, rtmps, srt, udp, rtp or tcp"
        ),
        (
            "source: {url: 'rtsp://u:p w@cam/'}",
            "1:15: source.url is an address such as rtsp://camera.local/stream, which begins with rtsp, rtsps, http, https, rtmp, rtmps, srt, udp, rtp or tcp"
        ),
        (
            "source: {url: 'rtsps://cam/', ca_file: /dev/null}",
            "1:9: source has a ca_file, which is for https only: FFmpeg checks no other certificates"
        ),
        ("source: {url: rtsp://cam/, transport: sctp}", "1:39: source.transport is tcp or udp, not sctp"),
        ("source: {url: rtsp://cam/, policy: newest}", "1:36: source.policy is latest or all, not newest"),
        (
            "source: {url: rtsp://cam/, open_timeout: 0}",
            "1:42: source.open_timeout is a time from 100ms to 1h, such as 1.5, 500ms or 2m, not 0"
        ),
        ("source: {device: /dev/video0, size: big}", "1:37: source.size is a size such as 1280x720, or auto, not big"),
        ("source: {device: /dev/video0, rate: 0}", "1:37: source.rate is a number of pictures a second, or auto, not 0"),
        ("source: {stdin: false}", "1:17: source.stdin is true, or left out"),
    ])
    func aSourceIsOneOfFive(text: String, problem: String) throws {
        #expect(try problems(text) == ["cam.yaml:\(problem)"])
    }

    @Test(arguments: [
        ("sinks: out.jsonl", "2:8: sinks is a list of sinks, each with a dash, not out.jsonl"),
        ("sinks: []", "2:8: sinks is an empty list: where do the records go?"),
        ("sinks: [{rotate_size: 1GB}]", "2:9: sinks holds a sink without file, stdout, socket, mqtt or overlay"),
        ("sinks: [{file: a, socket: b}]", "2:9: sinks holds a sink with file and socket: begin each sink with a dash"),
        (
            "sinks: [{file: a, rotate_size: 5}]",
            "2:32: sinks.rotate_size is a size from 4kB to 1000GB, such as 100MB or 1GiB, or never, not 5"
        ),
        (
            "sinks: [{file: a, rotate_size: 5 MiB/s}]",
            "2:32: sinks.rotate_size is a size from 4kB to 1000GB, such as 100MB or 1GiB, or never, not 5 MiB/s"
        ),
        (
            "sinks: [{file: a, fsync: always}]",
            "2:26: sinks.fsync is a time from 100ms to 1d, such as 1.5, 500ms or 2m, or never or rotation, not always"
        ),
        ("sinks: [{file: a, keep: 0}]", "2:25: sinks.keep is a whole number, 1 or more, or all, not 0"),
        ("sinks: [{socket: a, queue: many}]", "2:28: sinks.queue is a whole number, 1 to 1000000, not many"),
        ("sinks: [{file: a}, {socket: ./a}]", "2:29: sinks.socket: cam writes there (FOLDER/cam.yaml:2:16) already"),
        ("sinks: [{overlay: a.avi}]", "2:19: sinks.overlay is the name of mp4 files, such as front.mp4"),
        ("sinks: [{mqtt: broker}]", "2:16: sinks.mqtt is a broker such as mqtt://broker.local or mqtts://broker.local:8883"),
        (
            "sinks: [{mqtt: 'mqtt://b:99999'}]",
            "2:16: sinks.mqtt is a broker such as mqtt://broker.local or mqtts://broker.local:8883"
        ),
        (
            "sinks: [{mqtt: 'mqtt://me:hunter2@b'}]",
            "2:16: sinks.mqtt is a broker such as mqtt://broker.local or mqtts://broker.local:8883; who asks is given as username and password"
        ),
        ("sinks: [{mqtt: 'mqtt://b', password: hunter2}]", "2:9: sinks has a password, but no username"),
        (
            "sinks: [{mqtt: 'mqtt://b', ca_file: clip.mp4}]",
            "2:37: sinks.ca_file names a file that cannot be read: No such file or directory"
        ),
        ("sinks: [{mqtt: 'mqtt://b', qos: 3}]", "2:33: sinks.qos is a whole number, 0 to 2, not 3"),
        (
            "sinks: [{mqtt: 'mqtt://b', prefix: 'a/#'}]",
            "2:36: sinks.prefix is a topic such as posed or house/posed, without + and #"
        ),
        (
            "sinks: [{mqtt: 'mqtt://b', prefix: /a}]",
            "2:36: sinks.prefix is a topic such as posed or house/posed, without + and #"
        ),
        (
            "sinks: [{mqtt: 'mqtt://b'}, {mqtt: 'mqtt://b:1883/'}]",
            "2:36: sinks.mqtt: cam writes there (FOLDER/cam.yaml:2:16) already"
        ),
        ("sinks: [{file: clips/../clip.mp4}]", "2:16: sinks.file is what the source reads"),
    ])
    func aSinkIsOneOfFive(sinks: String, problem: String) throws {
        let folder = try PipelineFolder(["cam.yaml": "source: {file: clip.mp4}\n\(sinks)"])
        #expect(try folder.problems() == ["cam.yaml:\(problem.replacing("FOLDER/", with: ""))"])
    }

    @Test func theNameOfASocketFitsIntoItsAddress() throws {
        let path = String(repeating: "x", count: 108)
        #expect(
            try problems("source: {file: a}\nsinks: [{socket: \(path)}]")
                == ["cam.yaml:2:18: sinks.socket is 108 bytes long; the path of a socket has 107 at most"])
    }

    @Test(arguments: [
        (
            "{include: [0, 1]}",
            "2:30: detect.regions.include is a list of polygons, each a list of corners such as [0, 0.5], not 0"
        ),
        ("{include: [[[0, 0], [1, 1]]]}", "2:30: detect.regions.include holds a polygon with 2 corners; it takes 3 or more"),
        ("{exclude: [[[0, 0], [1, 1], [0, 640]]]}", "2:51: detect.regions.exclude is a number from 0 to 1, not 640"),
        (
            "{exclude: [[[0, 0], [1, 1], [0]]]}",
            "2:47: detect.regions.exclude is a corner [x, y] of two numbers from 0 to 1, not a list"
        ),
        ("{outside: []}", "2:20: detect.regions has no key outside: it has include and exclude"),
    ])
    func regionsArePolygons(regions: String, problem: String) throws {
        let found = try problems("source: {file: a}\ndetect: {regions: \(regions)}")
        #expect(found.first == "cam.yaml:\(problem)", "\(found)")
    }

    @Test(arguments: [
        (
            "source: {file: a",
            "2:1: this is not YAML: did not find expected ',' or '}' while parsing a flow mapping that began in line 1"
        ),
        (
            "source:\n\tfile: a",
            "2:1: this is not YAML: found character that cannot start any token while scanning for the next token that began in line 2"
        ),
        (
            "source:\n  file: a\n password: b",
            "3:2: this is not YAML: did not find expected key while parsing a block mapping that began in line 1"
        ),
        ("source: {file: *other}", "1:16: this is not YAML: found undefined alias"),
        ("# nothing here", " holds no pipeline"),
        ("---\n---\n", " holds no pipeline"),
    ])
    func whatIsNotYAMLIsRefused(text: String, problem: String) throws {
        #expect(try problems(text) == ["cam.yaml:\(problem)"])
    }

    @Test func everyProblemIsNamedInOrder() throws {
        let found = try problems(
            """
            name: front
            source:
              url: rtsp://cam/live
              "every": 0
              url: rtsp://cam/other
              every: 2
            detect: {threshold: 2, threshold: 3}
            follow:
              track_buffer: soon
            sinks:
              - stdout: true
              - tcp: 9000
            colour: red
            """)
        #expect(
            found.map { $0.split(separator: " ").prefix(4).joined(separator: " ") } == [
                "cam.yaml:5:3: source.url is given", "cam.yaml:6:3: source.every is given",
                "cam.yaml:7:24: detect.threshold is given",
                "cam.yaml:7:35: detect.threshold is a", "cam.yaml:9:17: follow.track_buffer is a",
                "cam.yaml:12:5: sinks holds a", "cam.yaml:13:1: a pipeline has",
            ])
        #expect(found.first == "cam.yaml:5:3: source.url is given twice, first in line 3")
    }
}
