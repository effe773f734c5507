import Basics
import Media
import PoseTypes

extension Inspection: CustomStringConvertible {
    /// The findings, a line each, then a `source` for a pipeline file with the advice as comments.
    package var description: String {
        let lines = findings.map { "  \($0.0.padded(to: 12))\($0.1)" }
        let block = ["source:"] + recommendation.map { "  \($0)" }
        return ([source.name] + lines + [""] + block).joined(separator: "\n")
    }

    private var findings: [(String, String)] {
        let info = status.info
        let turn = info.map { $0.rotation == 0 ? "" : ", turned by \($0.rotation)°" } ?? ""
        return [
            ("transport", (status.format ?? "?") + (source.isRTSP ? " over \(options.transport.rawValue)" : "")),
            ("codec", info.map { "\($0.codec), \($0.width)x\($0.height)\(turn)" } ?? "?"),
            ("connecting", "\(decimals(start, 1)) s to the first whole picture"),
            ("frame rate", rate),
            ("keyframes", keyframes),
            ("B-frames", bFrames == 0 ? "none" : "up to \(bFrames) in a row"),
            ("clock", clock),
            ("losses", losses),
            ("decoding", "\(decimals(milliseconds, 1)) ms a picture, \(decimals(decodeLoad * 100, 0)) % of a core"),
        ]
    }

    private var milliseconds: Double { 1000 * status.decodeSeconds / Double(max(status.decoded, 1)) }

    private var rate: String {
        guard let frameRate else { return "a single picture" }
        let said = status.info?.frameRate.map { ", announced \(decimals($0, 2))" } ?? ""
        return "\(decimals(frameRate, 2)) a second\(said); \(decimals(1000 / frameRate, 1)) ms apart, give or take "
            + "\(decimals(spread * 1000, 1)); longest wait \(decimals(longestGap * 1000, 0)) ms"
    }

    private var keyframes: String {
        guard let groupLength else { return "fewer than two in \(decimals(samples.last?.arrival ?? 0, 0)) s" }
        return groupLength == 1
            ? "every picture" : "every \(groupLength) pictures, \(decimals(Double(groupLength) / (frameRate ?? 1), 1)) s"
    }

    private var clock: String {
        let within = "right to within \(decimals(capture.error, 2)) s"
        return switch capture.clock {
        case .rtcp: "the camera's (RTCP sender reports), \(within)"
        case .container: "the stream's own, \(within)"
        case .arrival: "ours on arrival, \(within)"
        }
    }

    private var losses: String {
        "\(counted(status.lostPackets, "packet", "packets")) lost, \(status.damaged) of \(status.decoded) pictures damaged"
    }

    /// The keys, each advice as comments above the key that it is about.
    var recommendation: [String] {
        var lines = source.keys
        if source.isRTSP {
            let isLossy = options.transport == .udp && status.lostPackets > 0
            if isLossy { lines.append("# udp lost \(counted(status.lostPackets, "packet", "packets")).") }
            lines.append("transport: \(isLossy ? "tcp" : options.transport.rawValue)")
        }
        if !options.tlsVerify, source.name.lowercased().hasPrefix("https:") {
            lines += ["# Anybody could be this camera: better name its certificate as ca_file.", "tls_verify: false"]
        }
        if source.isAddress, status.damaged == 0, longestGap * 3 > 5 {
            lines += [
                "# Pictures are up to \(decimals(longestGap, 1)) s apart.",
                "read_timeout: \(Int(saturating: (longestGap * 3).rounded(.up)))",
            ]
        }
        if source.isLive, let frameRate, frameRate > 40 {
            let every = Int(saturating: (frameRate / 25).rounded())
            lines += ["# \(decimals(frameRate, 0)) pictures a second are more than poses need.", "every: \(every)"]
        }
        if status.damaged > 0, options.transport == .tcp, source.isAddress {
            lines.append("# \(status.damaged) pictures came damaged: the camera or its network is overloaded.")
        }
        if let groupLength, let frameRate, Double(groupLength) / frameRate > 4, source.isAddress {
            lines += [
                "# After a loss or a reconnect nothing is seen up to the next keyframe, \(decimals(Double(groupLength) / frameRate, 0)) s:",
                "# set the camera's I-frame interval to 1 or 2 s.",
            ]
        }
        if bFrames > 0, source.isAddress {
            lines.append("# B-frames come late by themselves: turn them off in the camera, if it can.")
        }
        if source.isLive, decodeLoad > 0.5 {
            lines.append(
                "# Decoding takes \(decimals(decodeLoad * 100, 0)) % of a core: a camera's second stream is often large enough.")
        }
        // Reports come every five seconds or so.
        if source.isRTSP, capture.clock == .arrival, (samples.last?.arrival ?? 0) > 8 {
            lines.append("# The camera does not say when it took its pictures, or its clock is wrong: set up NTP in it.")
        }
        return lines
    }
}
