public import Delivery

extension PipelineFile {
    /// A place where the records go.
    public enum Sink: Sendable, Equatable {
        case file(File)
        case standardOutput
        case socket(Socket)

        /// JSON Lines in a file that is renamed when it is large or old enough.
        public struct File: Sendable, Equatable {
            public var path: String
            public var policy = RotatingFile.Policy()

            public init(path: String) { self.path = path }
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
