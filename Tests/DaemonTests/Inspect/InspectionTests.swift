import Daemon
import Foundation
import Media
import PoseTypes
import Settings
import TestSupport
import Testing

@testable import Daemon
@testable import Models
@testable import PosedKit
@testable import Settings

@Suite struct InspectionTests {
    /// Pictures at 50 a second, keyframes every 100, two B-frames in a row; one was hidden.
    private func inspection(_ source: String, clock: Capture.Clock = .rtcp, tlsVerify: Bool = true) -> Inspection {
        let samples = (0..<500).filter { $0 != 7 }.map { index in
            Inspection.Sample(
                index: index, time: Double(index) * 0.02, arrival: Double(index) * 0.02 + (index == 9 ? 0.1 : 0),
                type: index % 100 == 0 ? "I" : index % 3 == 0 ? "P" : "B", isKeyframe: index % 100 == 0)
        }
        var status = LiveStatus()
        (status.decoded, status.damaged, status.lostPackets, status.decodeSeconds) = (500, 1, 2, 5)
        (status.format, status.info) = ("rtsp", VideoInfo(width: 1920, height: 1080, rotation: 90, codec: "h264"))
        return Inspection(
            source: InspectedSource(source), options: LiveOptions(transport: .udp, tlsVerify: tlsVerify), samples: samples,
            status: status,
            capture: Capture(unixNanoseconds: 0, clock: clock, error: 0.2), start: 0.5)
    }

    @Test func numbersAreTakenFromWhatCame() {
        let inspection = inspection("rtsp://camera/1")
        #expect(abs(inspection.frameRate! - 50) < 1e-6 && inspection.spread < 1e-9)
        #expect(inspection.groupLength == 100 && inspection.bFrames == 2)
        #expect(abs(inspection.longestGap - 0.12) < 1e-9)
        #expect(abs(inspection.decodeLoad - 0.5) < 1e-6)
    }

    @Test func adviceIsAboutWhatWasSeen() {
        #expect(
            inspection("rtsp://a.b:c@camera/1", clock: .arrival).recommendation == [
                "url: \"rtsp://camera/1\"", "username: ${CAMERA_USER}", "password: ${CAMERA_PASSWORD}",
                "# udp lost 2 packets.", "transport: tcp", "# 50 pictures a second are more than poses need.", "every: 2",
                "# B-frames come late by themselves: turn them off in the camera, if it can.",
                "# The camera does not say when it took its pictures, or its clock is wrong: set up NTP in it.",
            ])
    }

    @Test(arguments: [("https://camera/1", false, true), ("https://camera/1", true, false), ("rtsps://camera/1", false, false)])
    func whatIsNotVerifiedIsNamed(source: String, tlsVerify: Bool, isNamed: Bool) {
        #expect(inspection(source, tlsVerify: tlsVerify).recommendation.contains("tls_verify: false") == isNamed)
    }

    @Test(arguments: [
        ("http://me:x/y@z@camera:80/m.mjpg", "url: \"http://camera:80/m.mjpg\""),
        ("rtsp://camera/user=me_password=x_channel=1.sdp", "url: ${CAMERA_URL}"),
        ("/dev/video3", "device: \"/dev/video3\""), ("-", "stdin: true"), ("a \"b\".mp4", "file: \"a \\\"b\\\".mp4\""),
    ])
    func sourcesAreNamedAsInPipelineFiles(source: String, key: String) {
        #expect(InspectedSource(source).keys.first == key)
    }

    @Test func aCameraIsDescribedAndItsSourceCanBeRun() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "inspect-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let clip = folder.appending(path: "clip.h264").path
        try Camera.makeClip(clip)
        let camera = try Camera([clip], password: "ad.min:s3cr@t")
        defer { camera.end() }
        let inspection = try Inspection.run(
            InspectedSource(camera.address(credentials: "ad.min:s3cr%40t")), seconds: 6)
        let text = inspection.description
        #expect(!text.contains("s3cr") && !text.contains("ad.min"))
        for finding in ["rtsp over tcp", "h264, 160x120", "every 15 pictures", "RTCP sender reports", "0 packets lost"] {
            #expect(text.contains(finding), "\(text)")
        }
        #expect(abs(try #require(inspection.frameRate) - 15) < 1)

        let file = folder.appending(path: "camera.yaml")
        try Data(text.split(separator: "\n\n").last!.utf8).write(to: file)
        let environment = ["CAMERA_USER": "ad.min", "CAMERA_PASSWORD": "s3cr@t"]
        let (pipelines, problems) = PipelineFile.load(
            [file.path], store: try ModelStore(folders: [repositoryRoot.appending(path: "weights")]), environment: environment)
        #expect(problems.isEmpty, "\(problems)")
        let reader = try LiveReader(address: try #require(pipelines.first).source.input.address)
        #expect(try reader.next() != nil)
    }

    @Test func aSourceThatGivesNothingSaysWhy() throws {
        let address = "rtsp://me:secret@127.0.0.1:\(Camera.freePort())/1"
        let error = #expect(throws: PosedError.self) {
            try Inspection.run(InspectedSource(address), seconds: 1)
        }
        #expect(error?.kind == .missingInput)
        #expect(error?.description.hasSuffix("cannot be read: connection refused") == true)
        #expect(error?.description.contains("secret") == false)
    }
}
