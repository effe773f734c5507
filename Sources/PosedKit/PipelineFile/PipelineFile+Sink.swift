public import Delivery

extension PipelineFile {
    /// A place where the records, or pictures, go.
    public enum Sink: Sendable, Equatable {
        case file(File)
        case standardOutput
        case socket(Socket)
        case mqtt(MQTT)
        case overlay(Overlay)

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

        /// The pictures with the people drawn over them, in one mp4 after another.
        public struct Overlay: Sendable, Equatable {
            /// Segments have the time of their first picture in their names, before the ending.
            public var path: String
            /// Seconds, counted in whole periods since 1970.
            public var segment = 600.0
            /// How many whole segments stay; nil keeps all.
            public var keep: Int?

            public init(path: String) { self.path = path }
        }

        /// Topics of a broker.
        public struct MQTT: Sendable, Equatable {
            public var broker: MQTTBroker
            public var options: MQTTStream.Options

            public init(broker: MQTTBroker, options: MQTTStream.Options = MQTTStream.Options()) {
                self.broker = broker
                self.options = options
            }
        }
    }
}

extension PipelineFile.Sink {
    /// Nil for what has none.
    var path: String? {
        switch self {
        case .file(let file): file.path
        case .standardOutput, .mqtt: nil
        case .socket(let socket): socket.path
        case .overlay(let overlay): overlay.path
        }
    }

    /// Where the topics of a pipeline with this name begin; nil for what is no broker.
    func topic(of name: String) -> String? {
        if case .mqtt(let mqtt) = self { "\(mqtt.broker)/\(mqtt.broker.prefix)/\(name)" } else { nil }
    }
}
