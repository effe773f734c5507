import Testing

@testable import Web

@Suite struct WebSocketReaderTests {
    private func frame(_ first: UInt8, _ payload: [UInt8], length: [UInt8]? = nil) -> [UInt8] {
        [first] + (length ?? [0x80 | UInt8(payload.count)]) + [1, 2, 3, 4] + payload.enumerated().map { $1 ^ UInt8($0 % 4 + 1) }
    }

    private func events(_ bytes: [UInt8]) -> [WebSocketReader.Event] {
        var reader = WebSocketReader()
        return reader.read(bytes[...])
    }

    @Test func framesAreReadHoweverTheyAreCut() {
        let stream =
            frame(0x81, [104, 105]) + frame(0x89, [7, 8, 9]) + frame(0x01, [1]) + frame(0x80, [2]) + frame(0x8A, [])
            + frame(0x88, [3, 232])
        #expect(events(stream) == [.ping([7, 8, 9]), .close(1000)])
        var reader = WebSocketReader()
        #expect(stream.flatMap { reader.read([$0]) } == [.ping([7, 8, 9]), .close(1000)])
    }

    @Test func framesThatBreakTheRulesEndTheTalk() {
        #expect(events([0x81, 0x01, 0x61]) == [.close(1002)], "not masked")
        #expect(events(frame(0xC1, [])) == [.close(1002)], "a reserved bit")
        #expect(events(frame(0x83, [])) == [.close(1002)], "an unknown code")
        #expect(events(frame(0x09, [])) == [.close(1002)], "a ping in parts")
        #expect(events(frame(0x89, [], length: [0xFE, 0, 126])) == [.close(1002)], "a long ping")
        #expect(events(frame(0x80, [])) == [.close(1002)], "the middle of nothing")
        #expect(events(frame(0x01, []) + frame(0x81, [])) == [.close(1002)], "a beginning in the middle")
        #expect(events(frame(0x88, [3])) == [.close(1002)], "half a code")
        #expect(events([0x82, 0xFE, 0x10, 0x01]) == [.close(1009)])
        #expect(events([0x82, 0xFF] + [UInt8](repeating: 0xFF, count: 8)) == [.close(1009)])
        #expect(events([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0]) == [.close(1009)])
    }

    @Test func noiseIsSurvived() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var reader = WebSocketReader()
            for _ in 0..<4 { _ = reader.read((0..<64).map { _ in random.next() }[...]) }
        }
    }

    @Test func lengthsAreWrittenInTheShortestForm() {
        #expect(WebSocketFrame.text(Array(repeating: 0, count: 125)).prefix(2) == [0x81, 125])
        #expect(WebSocketFrame.text(Array(repeating: 0, count: 126)).prefix(4) == [0x81, 126, 0, 126])
        #expect(WebSocketFrame.binary(Array(repeating: 0, count: 65536)).prefix(10) == [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0])
        #expect(WebSocketFrame.close(1001) == [0x88, 2, 3, 233])
    }
}
