import Tracking

/// What a user can tune between the frames and their records: detection, tracking, smoothing, drawing. The same for the command
/// line and for pipeline files, which take names, ranges and defaults from here (``keys``).
package struct PoseSettings: Sendable, Equatable {
    /// The lowest score of a detection that may begin a track.
    package var threshold = Tracker.Settings().threshold
    /// Every how many frames people are detected.
    package var detectEvery = 1
    /// The most people in a frame, those with the highest scores; nil for all.
    package var maxPersons: Int?
    /// Seconds for which a track that is lost is remembered.
    package var trackBuffer = Tracker.Settings().trackBuffer
    /// Seconds for which somebody who left is known again by the looks, 0 for never; nil for 30 in files and never in live sources.
    package var reidentify: Double?
    /// Hz: what a keypoint at rest is smoothed with.
    package var minCutoff = PoseSmoother.Settings().minCutoff
    /// Hz per size/s: how much motion opens the filter.
    package var beta = PoseSmoother.Settings().beta
    /// Seconds after which a frame is given out again, smoothed with what came after it; nil for never.
    package var lag: Double?
    package var boneGate = true
    /// Below it, keypoints are neither drawn nor listed.
    package var keypointThreshold: Float = 0.3
    /// Seconds of their way that hands and feet draw behind them.
    package var trail = 0.0

    package init() {}
}

extension PoseSettings {
    /// The part of a pipeline that a setting belongs to, and the section of pipeline files.
    package enum Section { case detect, follow, smooth, draw }

    /// A setting's name, range and words, once for all who ask.
    package struct Key: Sendable {
        /// In pipeline files; the command line writes dashes for its underscores.
        let name: String
        let section: Section
        /// For `--help` and the documents.
        let help: String
        /// What it must be, where its value is not that.
        let problem: @Sendable (PoseSettings) -> String?
        /// Its default, as it is written.
        let standard: String
        let reading: @Sendable () -> PipelineKey<PoseSettings>

        /// `--track-buffer`
        var option: String { "--" + name.replacing("_", with: "-") }
    }

    /// Every setting that has a range. A flag (`boneGate`) has none.
    package static let keys: [Key] = [
        .number(
            "threshold", .detect, \.threshold, 0...1, "",
            "The lowest score, 0 to 1, that begins a track; one that is tracked already may be lower."),
        .count(
            "detect_every", .detect, \.detectEvery, 1...countless,
            "Detect people in every Nth frame, and at once after a track is lost; in between look where they should be."),
        .count("max_persons", .detect, \.maxPersons, 1...countless, or: "all", "Keep only the N people with the highest scores."),
        .seconds(
            "track_buffer", .follow, \.trackBuffer, 0...3600,
            "How long a person who is hidden or has left is followed unseen: one who comes back in time has the same id."),
        .seconds(
            "reidentify", .follow, \.reidentify, 0...3600, or: "auto",
            """
            How long somebody who left is remembered by the colours of clothes, hair and skin: one who comes back in time, and looks \
            like nobody else, has the same id. 0 for never; auto is 30 in files, and 0 where the source is live.
            """),
        .number(
            "min_cutoff", .smooth, \.minCutoff, 0.001...1000, " Hz",
            "How freely keypoints at rest may move. Lower: calmer, but slower to start; higher: more trembling."),
        .number(
            "beta", .smooth, \.beta, 0...1000, "",
            "How soon smoothing lets go of a keypoint that moves fast. Higher: less delay; lower: smoother motion."),
        .seconds(
            "lag", .smooth, \.lag, 0.001...10, or: "never",
            """
            Write every frame a second time ("rev":1) so much later, smoothed with what came after it; 0.4 is a good value. \
            Recordings are better served by posed refine.
            """),
        .number(
            "keypoint_threshold", .draw, \.keypointThreshold, 0...1, "",
            "The lowest score of a keypoint that is drawn or listed, 0 to 1; records hold all of them."),
        .number("trail", .draw, \.trail, 0...60, " seconds", "Draw for so long where wrists and ankles have been."),
    ]

    /// A section's keys in pipeline files; those of smoothing with its flag.
    package static func keys(in section: Section) -> [PipelineKey<PoseSettings>] {
        let flags: [PipelineKey<PoseSettings>] =
            section == .smooth ? [.flag("bone_gate", \.boneGate)] : []
        return keys.filter { $0.section == section }.map { $0.reading() } + flags
    }

    /// The help of a setting; `name` as in pipeline files.
    package static func help(_ name: String) -> String {
        guard let key = keys.first(where: { $0.name == name }) else { preconditionFailure("there is no setting \(name)") }
        return key.help
    }

    /// What is wrong with the first setting outside its range, for the command line: `--lag lies between 0.001 and 10 seconds`.
    package var problem: String? { Self.keys.lazy.compactMap { key in key.problem(self).map { "\(key.option) \($0)" } }.first }
}

extension PoseSettings.Key {
    fileprivate typealias Path<Value> = any WritableKeyPath<PoseSettings, Value> & Sendable

    fileprivate static func number<Number: BinaryFloatingPoint & LosslessStringConvertible & Sendable>(
        _ name: String, _ section: PoseSettings.Section, _ path: Path<Number>, _ range: ClosedRange<Number>, _ unit: String,
        _ help: String
    ) -> Self {
        Self(
            name: name, section: section, help: help,
            problem: { range.contains($0[keyPath: path]) ? nil : words(range.lowerBound, range.upperBound, unit) },
            standard: plain(PoseSettings()[keyPath: path]), reading: { .number(name, path, range) })
    }

    fileprivate static func seconds(
        _ name: String, _ section: PoseSettings.Section, _ path: Path<Double>, _ range: ClosedRange<Double>, _ help: String
    ) -> Self {
        Self(
            name: name, section: section, help: help,
            problem: { range.contains($0[keyPath: path]) ? nil : words(range.lowerBound, range.upperBound, " seconds") },
            standard: plain(PoseSettings()[keyPath: path]), reading: { .seconds(name, path, range) })
    }

    fileprivate static func seconds(
        _ name: String, _ section: PoseSettings.Section, _ path: Path<Double?>, _ range: ClosedRange<Double>, or word: String,
        _ help: String
    ) -> Self {
        Self(
            name: name, section: section, help: help,
            problem: { settings in
                guard let value = settings[keyPath: path], !range.contains(value) else { return nil }
                return words(range.lowerBound, range.upperBound, " seconds")
            }, standard: word, reading: { .seconds(name, path, range, or: word) })
    }

    fileprivate static func count(
        _ name: String, _ section: PoseSettings.Section, _ path: Path<Int>, _ range: ClosedRange<Int>, _ help: String
    ) -> Self {
        Self(
            name: name, section: section, help: help,
            problem: { range.contains($0[keyPath: path]) ? nil : "is \(range.lowerBound) or more" },
            standard: "\(PoseSettings()[keyPath: path])", reading: { .count(name, path, range) })
    }

    fileprivate static func count(
        _ name: String, _ section: PoseSettings.Section, _ path: Path<Int?>, _ range: ClosedRange<Int>, or word: String,
        _ help: String
    ) -> Self {
        Self(
            name: name, section: section, help: help,
            problem: { $0[keyPath: path].map(range.contains) ?? true ? nil : "is \(range.lowerBound) or more" },
            standard: word, reading: { .count(name, path, range, or: word) })
    }

    private static func words<Number: BinaryFloatingPoint>(_ low: Number, _ high: Number, _ unit: String) -> String {
        "lies between \(plain(low)) and \(plain(high))\(unit)"
    }
}

extension PoseSettings {
    /// What the detector is asked for: low-score detections continue a track.
    package var lowestScore: Float { tracking().weakThreshold }

    package func tracking(isLive: Bool = false) -> Tracker.Settings {
        var settings = Tracker.Settings()
        settings.threshold = threshold
        settings.weakThreshold = min(threshold, settings.weakThreshold)
        settings.trackBuffer = trackBuffer
        settings.reidentify = reidentify ?? (isLive ? 0 : 30)
        settings.detectEvery = detectEvery
        return settings
    }

    package var smoothing: PoseSmoother.Settings {
        var settings = PoseSmoother.Settings()
        (settings.minCutoff, settings.beta, settings.lag) = (minCutoff, beta, lag)
        settings.gatesBones = boneGate
        return settings
    }
}
