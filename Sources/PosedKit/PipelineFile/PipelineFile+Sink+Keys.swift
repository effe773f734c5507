import Delivery

extension PipelineFile.Sink {
    enum Kind: String, CaseIterable {
        case file, stdout, socket, mqtt, overlay
    }

    var kind: Kind {
        switch self {
        case .file: .file
        case .standardOutput: .stdout
        case .socket: .socket
        case .mqtt: .mqtt
        case .overlay: .overlay
        }
    }

    init?(_ value: PipelineValue) {
        guard let fields = value.fields() else { return nil }
        let kinds = fields.compactMap { field in Kind(rawValue: field.key) }
        guard let kind = kinds.first else {
            value.refuse("holds a sink without \(listed(Kind.allCases.map(\.rawValue), "or"))")
            return nil
        }
        guard kinds.count == 1 else {
            value.refuse("holds a sink with \(kinds[0]) and \(kinds[1]): begin each sink with a dash")
            return nil
        }
        let title = "a sink with \(kind)"
        switch kind {
        case .file:
            var file = File(path: "")
            value.read(fields, File.keys, of: title, into: &file)
            if file.path.isEmpty { return nil }
            self = .file(file)
        case .stdout:
            var isSet = false
            value.read(fields, [PipelineKey("stdout") { value, isSet in isSet = value.isSet() }], of: title, into: &isSet)
            if !isSet { return nil }
            self = .standardOutput
        case .socket:
            var socket = Socket(path: "")
            value.read(fields, Socket.keys, of: title, into: &socket)
            if socket.path.isEmpty { return nil }
            self = .socket(socket)
        case .mqtt:
            guard let mqtt = MQTT(fields, of: value, title: title) else { return nil }
            self = .mqtt(mqtt)
        case .overlay:
            var overlay = Overlay(path: "")
            value.read(fields, Overlay.keys, of: title, into: &overlay)
            if overlay.path.isEmpty { return nil }
            self = .overlay(overlay)
        }
    }
}

extension PipelineFile.Sink.File {
    static var keys: [PipelineKey<Self>] {
        [
            .text("file", \.path),
            .bytes("rotate_size", \.policy.rotateSize, or: "never"),
            .seconds("rotate_age", \.policy.rotateAge, 1...31_536_000, or: "never"),
            .count("keep", \.policy.keep, 1...countless, or: "all"),
            PipelineKey("fsync", \.policy.fsync) { value in
                if value.isWord("never") { return .never }
                if value.isWord("rotation") { return .rotation }
                return value.seconds(in: 0.1...86400, or: "never or rotation").map { .every(seconds: $0) }
            },
        ]
    }
}

extension PipelineFile.Sink.Overlay {
    static var keys: [PipelineKey<Self>] {
        [
            PipelineKey("overlay", \.path) { value in
                guard let path = value.text() else { return nil }
                if value.isUnresolved || path.hasSuffix(".mp4") { return path }
                value.refuse("is the name of mp4 files, such as front.mp4")
                return nil
            },
            .seconds("segment", \.segment, 1...86400),
            .count("keep", \.keep, 1...countless, or: "all"),
        ]
    }
}

extension PipelineFile.Sink.Socket {
    static var keys: [PipelineKey<Self>] {
        [
            PipelineKey("socket", \.path) { value in
                guard let path = value.text() else { return nil }
                // sockaddr_un has room for so many bytes.
                if value.isUnresolved || path.utf8.count <= 107 { return path }
                value.refuse("is \(path.utf8.count) bytes long; the path of a socket has 107 at most")
                return nil
            },
            .count("queue", \.queue, 1...1_000_000),
        ]
    }
}
