public import PoseTypes

/// What is known about a stream before its first frame: the header record of `posed/1`.
public struct StreamHeader: Sendable, Equatable {
    /// A network, named so that its results can be made again.
    public struct Model: Sendable, Equatable {
        public var id: String
        /// Of the weights, in lower-case hexadecimal; nil where nobody computed it.
        public var sha256: String?

        public init(id: String, sha256: String? = nil) {
            self.id = id
            self.sha256 = sha256
        }
    }

    /// Where the pictures come from, as they are after rotation.
    public struct Source: Sendable, Equatable {
        /// A path or an address, always without credentials.
        public let uri: String
        public var width: Int
        public var height: Int
        /// The clockwise turn in degrees that was applied: 0, 90, 180 or 270.
        public var rotation: Int
        /// FFmpeg's name of it.
        public var codec: String
        /// Frames a second as the container tells; nil where it does not, as for a still picture.
        public var frameRate: Double?

        /// - Parameter uri: what the user gave; credentials in it are replaced by `***`.
        public init(uri: String, width: Int, height: Int, rotation: Int = 0, codec: String, frameRate: Double? = nil) {
            self.uri = redacted(uri: uri)
            self.width = width
            self.height = height
            self.rotation = rotation
            self.codec = codec
            self.frameRate = frameRate
        }
    }

    /// The name that the user gave the stream, or that the file bears.
    public var stream: String
    /// New with every start of the program: see `newSession`.
    public var session: String
    public var skeleton: Skeleton
    /// Nil where the boxes came from elsewhere.
    public var detector: Model?
    public var pose: Model
    public var source: Source
    /// Of posed.
    public var version: String

    public init(
        stream: String, session: String = StreamHeader.newSession(), skeleton: Skeleton, detector: Model?, pose: Model,
        source: Source, version: String
    ) {
        self.stream = stream
        self.session = session
        self.skeleton = skeleton
        self.detector = detector
        self.pose = pose
        self.source = source
        self.version = version
    }
}
