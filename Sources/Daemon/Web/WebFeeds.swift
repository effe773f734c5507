import Delivery
import PoseTypes
import Settings
import Synchronization
import Web

/// Records as server-sent events: one for each line, with an `id` behind which a client that comes back goes on.
final class RecordEvents: WebFeed {
    let heartbeat = Array(":\n\n".utf8)
    private let reading: RecordReading
    private let isFresh = Mutex(true)

    init(_ reading: RecordReading) { self.reading = reading }

    func next() -> WebPiece? {
        let isFresh = isFresh.withLock { isFresh in
            defer { isFresh = false }
            return isFresh
        }
        if isFresh { return .text(Array("retry: 1000\n\n".utf8)[...]) }
        switch reading.next() {
        case .nothing: return nil
        case .end: return .end
        case .lines(let bytes, let count, let position):
            var events: [UInt8] = []
            let lines = separated(bytes, count: count)
            for (index, line) in lines.enumerated() {
                if let position, index == lines.count - 1 { events += Array("id: \(position)\n".utf8) }
                events += Array("data: ".utf8) + line + Array("\n\n".utf8)
            }
            return .text(events[...])
        }
    }

    func end() {}
}

/// Records as messages of a WebSocket: one for each line.
final class RecordMessages: WebFeed {
    let heartbeat: [UInt8] = []
    private let reading: RecordReading
    /// Lines that were read and not sent.
    private let lines = Mutex<ArraySlice<ArraySlice<UInt8>>>([])

    init(_ reading: RecordReading) { self.reading = reading }

    func next() -> WebPiece? {
        while true {
            if let line = lines.withLock({ $0.popFirst() }) { return .text(line) }
            switch reading.next() {
            case .nothing: return nil
            case .end: return .end
            case .lines(let bytes, 1, _): return .text(bytes.dropLast())
            case .lines(let bytes, let count, _): lines.withLock { $0 = separated(bytes, count: count)[...] }
            }
        }
    }

    func end() {}
}

/// Lines without their ends. Most often there is one, and looking for more in it would be most of what a client costs.
private func separated(_ bytes: [UInt8], count: Int) -> [ArraySlice<UInt8>] {
    count == 1 ? [bytes.dropLast()] : bytes.split(separator: UInt8(ascii: "\n"))
}

/// The newest pictures, as motion JPEG; or, over a WebSocket, each as a text that names its frame and a binary message.
final class PreviewPictures: WebFeed {
    static let boundary = "picture"
    let heartbeat: [UInt8] = []
    private let preview: Preview
    private let watcher: Int
    private let isSocket: Bool
    private let state = Mutex((number: 0, jpeg: [UInt8]?.none))

    init(_ preview: Preview, isSocket: Bool, onReady: @escaping @Sendable () -> Void) {
        self.preview = preview
        self.isSocket = isSocket
        watcher = preview.watch(onReady: onReady)
    }

    func next() -> WebPiece? {
        state.withLock { state in
            if let jpeg = state.jpeg {
                state.jpeg = nil
                return .binary(jpeg[...])
            }
            guard let (shot, number) = preview.shot(after: state.number) else { return preview.isOver ? .end : nil }
            state.number = number
            if isSocket {
                state.jpeg = shot.jpeg
                return .text(Array(#"{"frame":\#(shot.frame),"pts_ns":\#(shot.time.nanoseconds)}"#.utf8)[...])
            }
            let head = "--\(Self.boundary)\r\nContent-Type: image/jpeg\r\nContent-Length: \(shot.jpeg.count)\r\n\r\n"
            return .binary((Array(head.utf8) + shot.jpeg + Array("\r\n".utf8))[...])
        }
    }

    func end() { preview.leave(watcher) }
}
