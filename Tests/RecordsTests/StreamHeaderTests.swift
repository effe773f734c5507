import PoseTypes
import Testing

@testable import Records

@Suite struct StreamHeaderTests {
    @Test func aSourceLosesItsCredentials() {
        let source = StreamHeader.Source(uri: "rtsp://admin:hunter2@cam.local:554/live", width: 1, height: 1, codec: "h264")
        #expect(source.uri == "rtsp://***@cam.local:554/live")
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
