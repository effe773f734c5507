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
    }

    public struct Estimate: Sendable, Equatable {
        /// An id of the model store, or a folder.
        public var pose = ModelStore.defaultPose

        public init() {}
    }

    public struct Follow: Sendable, Equatable {
        /// Seconds for which somebody who is lost is remembered.
        public var trackBuffer = FileOptions().trackBuffer

        public init() {}
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
    }
}
