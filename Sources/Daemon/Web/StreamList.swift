import Basics
import FoundationEssentials
import Media
import PosedKit

/// What `/streams` tells of a stream. Keys are added, never changed.
struct StreamList: Encodable {
    struct Sink: Encodable {
        let name: String
        let records: Int
        let lost: Int
        let failures: Int
    }

    struct Stream: Encodable {
        let name: String
        let state: String
        /// UTC, RFC 3339; nil before anything happened.
        let since: String?
        let error: String?
        let width: Int?
        let height: Int?
        let cameraFps: Double?
        let frames: Int
        let dropped: Int
        let people: Int
        let latencyMs: Double?
        let reconnects: Int
        let restarts: Int
        let preview: Bool
        let sinks: [Sink]
    }

    let version: String
    let streams: [Stream]

    init(_ board: StreamBoard) {
        version = posedVersion
        streams = board.channels.map(Stream.init)
    }

    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array((try? encoder.encode(self)) ?? Data()) + Array("\n".utf8)
    }
}

extension StreamList.Stream {
    init(_ channel: StreamChannel) {
        let source = channel.status?.source
        let counts = channel.status?.counts ?? StreamStatus.Counts()
        name = channel.name
        state = (source?.state ?? .connecting).rawValue
        since = source.flatMap { source in
            let date = Date(timeIntervalSince1970: Double(source.since) / 1e9)
            return source.since == 0 ? nil : date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }
        error = source?.lastError.map(redacted(text:))
        (width, height) = (source?.info?.width, source?.info?.height)
        cameraFps = source?.frameRate.map { ($0 * 100).rounded() / 100 }
        (frames, dropped, people) = (counts.frames, counts.dropped, counts.people)
        latencyMs = counts.latency.map { ($0 * 1e4).rounded() / 10 }
        (reconnects, restarts) = (source?.reconnects ?? 0, counts.restarts)
        preview = channel.preview != nil
        sinks = (channel.status?.sinks ?? []).map { sink in
            let counts = sink.counts
            return StreamList.Sink(
                name: redacted(text: sink.name), records: counts.records, lost: counts.lost, failures: counts.failures)
        }
    }
}
