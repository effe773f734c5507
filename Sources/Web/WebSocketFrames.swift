/// Reads what a client says over a WebSocket: nothing of interest, but by the rules of RFC 6455, section 5.
struct WebSocketReader {
    enum Event: Equatable {
        /// To be answered with the same bytes.
        case ping([UInt8])
        /// The client is done, or broke the rules: answer with this code, and close.
        case close(UInt16)
    }

    /// Longer frames are refused: nobody has anything to say.
    static let longest = 4096

    private var buffer: [UInt8] = []
    private var isFragmented = false

    /// Takes what came and returns what it means; after `close` nothing more is to be said.
    mutating func read(_ bytes: ArraySlice<UInt8>) -> [Event] {
        buffer += bytes
        var events: [Event] = []
        while true {
            switch nextFrame() {
            case .incomplete: return events
            case .idle: continue
            case .event(let event):
                events.append(event)
                if case .close = event { return events }
            }
        }
    }

    private enum Frame {
        /// More has to come.
        case incomplete
        /// It asks for nothing.
        case idle
        case event(Event)
    }

    private mutating func nextFrame() -> Frame {
        guard buffer.count >= 2 else { return .incomplete }
        let (first, second) = (buffer[0], buffer[1])
        let (isLast, code) = (first & 0x80 != 0, first & 0x0F)
        let isControl = code >= 8
        // No extension was agreed on, and clients mask.
        guard first & 0x70 == 0, second & 0x80 != 0, [0, 1, 2, 8, 9, 10].contains(code) else { return .event(.close(1002)) }
        guard !isControl || isLast && second & 0x7F <= 125 else { return .event(.close(1002)) }
        var length = Int(clamping: second & 0x7F)
        var start = 2
        if length >= 126 {
            start = length == 126 ? 4 : 10
            guard buffer.count >= start else { return .incomplete }
            // Anything above the limit is the same, so the high bytes may saturate.
            length = buffer[2..<start].reduce(0) { min($0 << 8 | Int(clamping: $1), 1 << 32) }
        }
        guard length <= Self.longest else { return .event(.close(1009)) }
        let end = start + 4 + length
        guard buffer.count >= end else { return .incomplete }
        let mask = Array(buffer[start..<start + 4])
        let payload = buffer[start + 4..<end].enumerated().map { $1 ^ mask[$0 % 4] }
        buffer.removeFirst(end)
        switch code {
        case 8: return .event(.close(payload.count == 1 ? 1002 : 1000))
        case 9: return .event(.ping(payload))
        case 10: return .idle
        default:
            guard (code == 0) == isFragmented else { return .event(.close(1002)) }
            isFragmented = !isLast
            return .idle
        }
    }
}

/// Writes what a server says: whole frames, not masked.
enum WebSocketFrame {
    static func text(_ payload: [UInt8]) -> [UInt8] { frame(1, payload) }
    static func binary(_ payload: [UInt8]) -> [UInt8] { frame(2, payload) }
    static func ping() -> [UInt8] { frame(9, []) }
    static func pong(_ payload: [UInt8]) -> [UInt8] { frame(10, payload) }
    static func close(_ code: UInt16) -> [UInt8] { frame(8, [UInt8(clamping: code >> 8), UInt8(clamping: code & 0xFF)]) }

    private static func frame(_ code: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x80 | code]
        let count = payload.count
        if count < 126 {
            bytes.append(UInt8(clamping: count))
        } else if count < 1 << 16 {
            bytes += [126, UInt8(clamping: count >> 8), UInt8(clamping: count & 0xFF)]
        } else {
            bytes.append(127)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        }
        return bytes + payload
    }
}
