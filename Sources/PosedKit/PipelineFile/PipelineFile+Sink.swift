extension PipelineFile {
    /// A place where the records go.
    public enum Sink: Sendable, Equatable {
        case file(File)
        case standardOutput
        case socket(Socket)

        /// JSON Lines in a file that is renamed when it is large or old enough.
        public struct File: Sendable, Equatable {
            public var path: String
            /// Bytes; nil for never.
            public var rotateSize: Int?
            /// Seconds; nil for never.
            public var rotateAge: Double?
            /// How many renamed files are kept; nil for all.
            public var keep: Int?
            public var fsync = Sync.rotation

            public init(path: String) { self.path = path }
        }

        /// When what was written is made to reach the disk.
        public enum Sync: Sendable, Equatable {
            case never
            /// When a file is complete.
            case rotation
            /// And every so many seconds.
            case every(Double)
        }

        /// A unix socket on which every client is sent the records from then on.
        public struct Socket: Sendable, Equatable {
            public var path: String
            /// How many records may wait for a slow client before it loses the oldest.
            public var queue = 256

            public init(path: String) { self.path = path }
        }
    }
}

extension PipelineFile.Sink {
    /// Nil for standard output.
    var path: String? {
        switch self {
        case .file(let file): file.path
        case .standardOutput: nil
        case .socket(let socket): socket.path
        }
    }
}
