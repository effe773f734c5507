import Basics
import Daemon
import PoseTypes
import PosedKit
import Testing

/// Passwords reach the camera, and nothing else.
@Suite struct PipelineSecretTests {
    private static let password = "hunt.er2@:/?#% ${}"

    private func problems(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        try PipelineFolder(["cam.yaml": text]).problems(environment: environment)
    }

    @Test func anyPasswordFitsIntoTheAddress() throws {
        let found = try pipeline(
            "source: {url: 'rtsp://[fe80::1]:554/live', username: us@er, password: '${P}'}", environment: ["P": Self.password])
        #expect(
            found.source.input.address.reveal()
                == "rtsp://us%40er:hunt.er2%40%3A%2F%3F%23%25%20%24%7B%7D@[fe80::1]:554/live")
    }

    @Test func nothingPrintsIt() throws {
        for source in [
            "{url: 'rtsp://cam/live', username: admin, password: '${P}'}", "{url: 'rtsp://admin:hunt.er2@cam/live'}",
        ] {
            let found = try pipeline("source: \(source)", environment: ["P": Self.password])
            var dumped = ""
            dump(found, to: &dumped)
            for text in [dumped, "\(found)", "\(found.source)", String(reflecting: found)] { #expect(!text.contains("hunt")) }
            #expect("\(found)" == "cam: rtsp://***@cam/live (tcp, latest) -> person-nano, vitpose-tiny -> standard output")
        }
    }

    @Test(arguments: [
        ("source: {url: 'rtsp://a:hunter2@cam/', username: b}", "1:9: source has a username, and its url holds one, too"),
        ("source: {url: 'rtsp://cam/', password: hunter2}", "1:9: source has a password, but no username"),
        (
            "source: {url: 'rtsp://cam/', username: a, password: hunter2, password_file: hunter2}",
            "1:77: source.password_file names a file that cannot be read: No such file or directory"
        ),
        (
            "source: {url: 'rtsp://cam/', username: a, password: hunter2, credential: hunter2}",
            "1:74: source.credential needs a service manager that gives credentials (CREDENTIALS_DIRECTORY is not set)"
        ),
        (
            "source: {url: 'rtsp://cam/', username: a, credential: ../hunter2}",
            "1:55: source.credential is the name of a credential, not a path"
        ),
        ("source: {url: 'rtsp://cam/', username: a, password: [hunter2]}", "1:53: source.password is a text, not a list"),
        ("source: {url: 'admin:hunter2@cam/live'}", "1:15: source.url is an address such as"),
        (
            "source: {url: 'rtsp://admin:hun/ter2@cam/live'}",
            "1:15: source.url has a user name or password with / ? or # in it: give them as username and password"
        ),
        ("source: {transport: 'rtsp://admin:hunter2@cam/live'}", "1:9: source has no url"),
        (
            "source: {url: 'rtsp://cam/', every: 'rtsp://admin:hunter2@cam/'}",
            "1:37: source.every is a whole number, 1 or more, not what is written here"
        ),
        ("source: rtsp://admin:hunter2@cam/live", "1:9: source is a section of keys, not what is written here"),
        ("source:\n  rtsp://admin:hunter2@cam/live: {}", "2:3: source has no url"),
        (
            "source:\n  url: rtsp://admin:hunter2@cam/live\n  password:hunter2",
            "4:1: this is not YAML: could not find expected ':'"
        ),
        ("source: {url: 'rtsp://admin:hunter2@cam/'\n", "2:1: this is not YAML"),
    ])
    func noProblemQuotesIt(text: String, problem: String) throws {
        let found = try problems(text)
        #expect(found.contains { $0.hasPrefix("cam.yaml:\(problem)") }, "\(found)")
        for line in found { #expect(!line.contains("hunter2")) }
    }

    @Test func filesAndCredentialsHoldPasswords() throws {
        let folder = try PipelineFolder(["front": "hunter2\nmore\n", "empty": "\n"])
        func address(_ key: String) throws -> String {
            try pipeline(
                "source: {url: rtsp://cam/, username: a, \(key)}", environment: ["CREDENTIALS_DIRECTORY": folder.path]
            ).source.input.address.reveal()
        }
        #expect(try address("password_file: \(folder.path)/front") == "rtsp://a:hunter2@cam/")
        #expect(try address("credential: front") == "rtsp://a:hunter2@cam/")
        #expect(
            try problems("source: {url: rtsp://cam/, username: a, password_file: \(folder.path)/empty}")
                == ["cam.yaml:1:56: source.password_file names an empty file"])
        #expect(
            try problems("source: {url: rtsp://cam/, username: a, password: b, password_file: \(folder.path)/front}") == [
                "cam.yaml:1:69: source.password_file gives a second password: one of password, password_file and credential is enough"
            ])
    }
}
