public import PoseTypes

extension PipelineFile {
    /// Where pictures come from, and what happens when they come faster than they can be looked at.
    public struct Source: Sendable, Equatable {
        public enum Input: Sendable, Equatable {
            /// An address, with the user name and password in it.
            case url(Secret)
            case file(String)
            /// Numbered pictures.
            case folder(String)
            /// A video device of this machine, such as `/dev/video0`.
            case device(String)
            case standardInput
        }

        public enum Transport: String, Sendable, CaseIterable { case tcp, udp }

        public enum Policy: String, Sendable, CaseIterable {
            /// Only the newest picture is kept; the others are counted.
            case latest
            /// Every picture, in order. What is live drops the oldest when it is more than `maxDelay` behind.
            case all
        }

        /// The size of a device's pictures, in pixels.
        public struct Size: Sendable, Equatable {
            public var width: Int
            public var height: Int

            public init(width: Int, height: Int) {
                self.width = width
                self.height = height
            }
        }

        public var input: Input
        /// Of RTSP.
        public var transport = Transport.tcp
        public var policy: Policy
        /// Look at every so many-th picture.
        public var every = 1
        /// Seconds, for live pictures that are all looked at.
        public var maxDelay = 1.0
        /// Seconds to the first picture.
        public var openTimeout = 10.0
        /// Seconds without a picture after which the connection is given up.
        public var readTimeout = 5.0
        /// Whether a file begins again at its end.
        public var loop = false
        /// Whether a file is read no faster than it would be played.
        public var realtime = false
        /// What a device is asked for; nil leaves it as it is.
        public var size: Size?
        /// Pictures a second that a device is asked for; nil leaves it as it is.
        public var rate: Double?

        /// The policy is `latest` for what does not wait, and `all` for files, folders and standard input.
        public init(_ input: Input) {
            self.input = input
            policy = input.isLive ? .latest : .all
        }
    }
}

extension PipelineFile.Source.Input {
    /// Whether pictures come when they come: a camera does not wait.
    public var isLive: Bool {
        switch self {
        case .url, .device: true
        case .file, .folder, .standardInput: false
        }
    }

    /// What the reader opens.
    public var address: Secret {
        switch self {
        case .url(let address): address
        case .file(let path), .folder(let path), .device(let path): Secret(path)
        case .standardInput: Secret("-")
        }
    }
}

extension PipelineFile.Source.Input: CustomStringConvertible {
    /// Without credentials.
    public var description: String {
        switch self {
        case .url(let address): redacted(uri: address.reveal())
        case .file(let path), .folder(let path), .device(let path): path
        case .standardInput: "standard input"
        }
    }
}
