extension PipelineFile {
    /// Who is looked for, and where.
    public struct Detect: Sendable, Equatable {
        /// An id of the model store, a folder or a file.
        public var detector = ModelStore.defaultDetector
        /// The least score of somebody new.
        public var threshold = FileOptions().threshold
        public var detectEvery = FileOptions().detectEvery
        /// Of more people, those with the highest scores; nil for all.
        public var maxPersons = FileOptions().mostPeople
        public var regions = Regions()

        public init() {}

        static var keys: [PipelineKey<Self>] {
            [
                .text("detector", \.detector),
                .number("threshold", \.threshold, 0...1),
                .count("detect_every", \.detectEvery, 1...countless),
                .count("max_persons", \.maxPersons, 1...countless, or: "all"),
                .section("regions", \.regions, Regions.keys),
            ]
        }
    }

    public struct Estimate: Sendable, Equatable {
        /// An id of the model store, or a folder.
        public var pose = ModelStore.defaultPose

        public init() {}

        static var keys: [PipelineKey<Self>] {
            [
                .text("pose", \.pose)
            ]
        }
    }

    public struct Follow: Sendable, Equatable {
        /// Seconds for which somebody who is lost is remembered.
        public var trackBuffer = FileOptions().trackBuffer

        public init() {}

        static var keys: [PipelineKey<Self>] {
            [
                .seconds("track_buffer", \.trackBuffer, 0...3600)
            ]
        }
    }

    public struct Smooth: Sendable, Equatable {
        /// Hz.
        public var minCutoff = FileOptions().minCutoff
        /// Hz per size/s.
        public var beta = FileOptions().beta
        /// Seconds after which a frame is given again, smoothed with what came after it; nil for never.
        public var lag = FileOptions().lag
        public var swapRepair = FileOptions().repairsSwaps
        public var boneGate = FileOptions().gatesBones

        public init() {}

        static var keys: [PipelineKey<Self>] {
            [
                .number("min_cutoff", \.minCutoff, 0.001...1000),
                .number("beta", \.beta, 0...1000),
                .seconds("lag", \.lag, 0.001...10, or: "never"),
                .flag("swap_repair", \.swapRepair),
                .flag("bone_gate", \.boneGate),
            ]
        }
    }
}
