import Basics
import Delivery
import Flow
import FoundationEssentials
import Glibc
import Media
import PosedKit
import Settings
import Web

/// What `/metrics` shows, rendered when it is asked for.
struct MetricsPage {
    private var page = MetricsText()
    private let streams: [(name: String, channel: StreamChannel, status: StreamStatus)]

    var text: String { page.text }

    init(_ board: StreamBoard, web: WebServer.Counts) {
        streams = board.channels.compactMap { channel in channel.status.map { (channel.name, channel, $0) } }
        process(isReady: board.isReady)
        frames()
        source()
        stages()
        sinks()
        clients(web)
    }

    private mutating func process(isReady: Bool) {
        page.family("posed_build_info", .gauge, "Always 1; its label says which posed this is.")
        page.sample("posed_build_info", ["version": posedVersion], 1)
        page.single(
            "posed_ready", .gauge, "Whether every pipeline file was understood and the networks are loaded.", isReady ? 1 : 0)
        let usage = ProcessUsage.now
        page.single("process_resident_memory_bytes", .gauge, "Memory that the process holds.", usage.residentBytes)
        page.family("process_cpu_seconds_total", .counter, "Processor time that the process has used.")
        page.sample("process_cpu_seconds_total", [:], usage.seconds)
        page.single("process_open_fds", .gauge, "Open file descriptors.", usage.descriptors)
    }

    private mutating func frames() {
        each("posed_frames_total", .counter, "Frames that were looked at.") { $0.counts.frames }
        each("posed_frames_dropped_total", .counter, "Decoded frames that were not looked at, because newer ones were there.") {
            $0.counts.dropped
        }
        each("posed_people", .gauge, "People who were followed in the last frame.") { $0.counts.people }
        each("posed_restarts_total", .counter, "Times that the stream's pipeline had to begin anew.") { $0.counts.restarts }
        page.family("posed_latency_seconds", .histogram, "From taking a picture to knowing who is in it; live sources only.")
        for (name, _, status) in streams {
            page.samples("posed_latency_seconds", ["stream": name], status.counts.latencies)
        }
    }

    private mutating func source() {
        let states: [LiveStatus.State] = [.connecting, .live, .stalled, .waiting, .ended]
        page.family("posed_source_state", .gauge, "1 for the state that the source is in.")
        for (name, _, status) in streams {
            for state in states {
                let isCurrent = (status.source?.state ?? .connecting) == state
                page.sample("posed_source_state", ["stream": name, "state": state.rawValue], isCurrent ? 1 : 0)
            }
        }
        each("posed_reconnects_total", .counter, "Connections to the source after the first.") { $0.source?.reconnects ?? 0 }
        each("posed_stalls_total", .counter, "Times that the source fell silent.") { $0.source?.stalls ?? 0 }
        each("posed_decoded_total", .counter, "Pictures that were decoded.") { $0.source?.decoded ?? 0 }
        each("posed_damaged_total", .counter, "Decoded pictures that were hidden because they were damaged.") {
            $0.source?.damaged ?? 0
        }
        each("posed_lost_packets_total", .counter, "RTP packets that never came.") { $0.source?.lostPackets ?? 0 }
    }

    private mutating func stages() {
        page.family(
            "posed_stage_seconds", .histogram,
            "Work on one value. frame is detect, estimate, follow and smooth together, with the wait for other streams' turns.")
        for (name, _, status) in streams {
            for stage in status.namedStages + status.steps.map({ ($0.name, $0) }) {
                page.samples("posed_stage_seconds", ["stream": name, "stage": stage.0], stage.1.times)
            }
        }
        page.family("posed_queue_depth", .gauge, "Values that wait before a stage.")
        for (name, _, status) in streams {
            for stage in status.namedStages {
                page.sample("posed_queue_depth", ["stream": name, "stage": stage.0], stage.1.depth)
            }
        }
        page.family("posed_queue_dropped_total", .counter, "Values that the queue before a stage threw away.")
        for (name, _, status) in streams {
            for stage in status.namedStages {
                page.sample("posed_queue_dropped_total", ["stream": name, "stage": stage.0], stage.1.dropped)
            }
        }
    }

    private mutating func sinks() {
        let sinks = streams.flatMap { stream in stream.status.sinks.map { (stream.name, redacted(text: $0.name), $0.counts) }
        }
        for (family, help, value) in [
            ("records", "Records that were handed on.", \SinkReport.Counts.records),
            ("lost", "Records that were not: the sink was slow, or away.", \.lost),
            ("failures", "Times that a sink failed.", \.failures),
        ] {
            page.family("posed_sink_\(family)_total", .counter, help)
            for (stream, sink, counts) in sinks {
                page.sample("posed_sink_\(family)_total", ["stream": stream, "sink": sink], counts[keyPath: value])
            }
        }
    }

    private mutating func clients(_ web: WebServer.Counts) {
        page.single("posed_web_connections", .gauge, "Connections to this server.", web.connections)
        page.single("posed_web_refused_total", .counter, "Connections that were one too many.", web.refused)
        page.single("posed_web_requests_total", .counter, "Requests to this server.", web.requests)
        page.family("posed_web_readers", .gauge, "Clients that read a stream's records here.")
        for (name, channel, _) in streams { page.sample("posed_web_readers", ["stream": name], channel.records.readers) }
    }

    private mutating func each(
        _ name: String, _ kind: MetricsText.Kind, _ help: String, _ value: (StreamStatus) -> Int
    ) {
        page.family(name, kind, help)
        for (stream, _, status) in streams { page.sample(name, ["stream": stream], value(status)) }
    }
}

extension StreamStatus {
    /// The pipeline's threads by the names that metrics have: two sinks of one name are told apart by their number.
    fileprivate var namedStages: [(String, StageStatistics)] {
        var counts: [String: Int] = [:]
        return stages.map { stage in
            let name = stage.role == .stage ? "frame" : redacted(text: stage.name)
            counts[name, default: 0] += 1
            return (counts[name] == 1 ? name : "\(name) \(counts[name]!)", stage)
        }
    }
}

/// What the process takes of the machine.
private struct ProcessUsage {
    var residentBytes = 0
    var seconds = 0.0
    var descriptors = 0

    static var now: ProcessUsage {
        var result = ProcessUsage()
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        if let pages, pages.count > 1, let resident = Int(pages[1]) {
            result.residentBytes = resident &* Int(clamping: getpagesize())
        }
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            for time in [usage.ru_utime, usage.ru_stime] { result.seconds += Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        }
        result.descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        return result
    }
}
