import PoseTypes
import Testing

@testable import Delivery

@Suite struct StreamHeaderTests {
    @Test(arguments: [
        ("rtsp://admin:hunter2@cam.local:554/live?channel=1", "rtsp://***@cam.local:554/live?channel=1"),
        ("rtsp://admin@cam.local/live", "rtsp://***@cam.local/live"),
        ("rtsp://a.b%40c:p@ss:w0rd@10.0.0.5/h264", "rtsp://***@10.0.0.5/h264"),
        ("rtsp://admin:pa/ss?w#rd@10.0.0.5/h264", "rtsp://***@10.0.0.5/h264"),
        ("rtsp://[fe80::1]:554/cam", "rtsp://[fe80::1]:554/cam"),
        ("http://host:8080/still@2x.jpg?mail=a@b.c", "http://***@2x.jpg?mail=a@b.c"),
        ("http://host:8080/video?mail=a@b.c", "http://host:8080/video?mail=a@b.c"),
        (
            "https://host/v.m3u8?X-Amz-Signature=abc&part=3&access_token=x=y",
            "https://host/v.m3u8?X-Amz-Signature=***&part=3&access_token=***"
        ),
        ("http://cam/video.cgi?user=admin&pwd=1/2?3&res=1", "http://cam/video.cgi?user=***&pwd=***?3&res=1"),
        ("rtsp://10.0.0.5:554/channel=1_password=tlJwpbo6_stream=0.sdp", "rtsp://10.0.0.5:554/channel=1_password=***"),
        ("clips/me@home token=1.mp4", "clips/me@home token=1.mp4"),
        ("/data/walk.mp4", "/data/walk.mp4"),
        ("://x:y@z", "://x:y@z"),
    ])
    func addressesLoseTheirCredentials(uri: String, expected: String) {
        let source = StreamHeader.Source(uri: uri, width: 1, height: 1, codec: "h264")
        #expect(source.uri == expected)
    }

    @Test func sessionsSortByTheirStart() {
        var generator = SeededGenerator(seed: 3)
        let times: [UInt64] = [0, 1, 31, 32, 1_763_800_000_000, 1_763_800_000_001, (1 << 48) - 1]
        let sessions = times.map { StreamHeader.session(milliseconds: $0, using: &generator) }
        #expect(sessions == sessions.sorted())
        #expect(sessions.allSatisfy { $0.count == 26 && $0.allSatisfy("0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains) })
        // The example of the ULID specification's reference implementation: 1469918176385 is 01ARYZ6S41.
        #expect(StreamHeader.session(milliseconds: 1_469_918_176_385, using: &generator).hasPrefix("01ARYZ6S41"))
        #expect(StreamHeader.newSession() != StreamHeader.newSession())
    }
}
