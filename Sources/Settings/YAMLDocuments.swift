import Basics
internal import CYAML

/// The documents of a YAML text, one a pipeline.
///
/// The work is bounded by the text, not by what its aliases stand for: every limit below is checked while the tree grows.
package struct YAMLDocuments {
    package static let maxValues = 20_000
    /// Bytes of one scalar.
    package static let longestScalar = 4096
    package static let deepest = 32
    package static let maxDocuments = 1000

    package struct Failure: Error {
        package let message: String
        package let mark: YAMLNode.Mark?
    }

    package private(set) var roots: [YAMLNode] = []
    /// Why the text ends here, and where.
    package private(set) var failure: Failure?

    package init(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            let composer = YAMLComposer(bytes)
            do throws(Failure) {
                while let root = try composer.nextRoot() {
                    guard roots.count < Self.maxDocuments else {
                        throw Failure(message: "a file holds up to \(Self.maxDocuments) pipelines", mark: root.mark)
                    }
                    roots.append(root)
                }
            } catch { failure = error }
        }
    }
}

/// Makes a tree of the events of libyaml.
private final class YAMLComposer {
    package typealias Failure = YAMLDocuments.Failure

    // It points to itself, so it must not move.
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private var anchors: [String: YAMLNode] = [:]
    private var values = 0

    /// - Parameter text: stays where it is while this lives.
    package init(_ text: UnsafeBufferPointer<UInt8>) {
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// Nil at the end of the text.
    package func nextRoot() throws(Failure) -> YAMLNode? {
        while true {
            switch try next() {
            case .end: return nil
            case .other: continue
            case let event: return try node(event, depth: 1)
            }
        }
    }

    private enum Event {
        case scalar(String, isPlain: Bool, anchor: String?, YAMLNode.Mark)
        case sequence(anchor: String?, YAMLNode.Mark)
        case mapping(anchor: String?, YAMLNode.Mark)
        case close, end, other
        case alias(String, YAMLNode.Mark)
    }

    private func next() throws(Failure) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
        defer { yaml_event_delete(&event) }
        let mark = mark(event.start_mark)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            guard scalar.length <= YAMLDocuments.longestScalar else {
                throw Failure(message: "a value is longer than \(YAMLDocuments.longestScalar) bytes", mark: mark)
            }
            try refuseTag(scalar.tag, at: mark)
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: Int(clamping: scalar.length)), as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            if isPlain, text.isEmpty, scalar.anchor != nil {
                throw Failure(message: "a value that begins with & is written in quotes", mark: mark)
            }
            return .scalar(text, isPlain: isPlain, anchor: name(scalar.anchor), mark)
        case YAML_SEQUENCE_START_EVENT:
            try refuseTag(event.data.sequence_start.tag, at: mark)
            return .sequence(anchor: name(event.data.sequence_start.anchor), mark)
        case YAML_MAPPING_START_EVENT:
            try refuseTag(event.data.mapping_start.tag, at: mark)
            return .mapping(anchor: name(event.data.mapping_start.anchor), mark)
        case YAML_ALIAS_EVENT: return .alias(name(event.data.alias.anchor) ?? "", mark)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .close
        case YAML_STREAM_END_EVENT: return .end
        default: return .other
        }
    }

    private func node(_ event: Event, depth: Int) throws(Failure) -> YAMLNode {
        switch event {
        case .scalar(let text, let isPlain, let anchor, let mark):
            return try add(YAMLNode(.scalar(text, isPlain: isPlain), at: mark), anchor, counting: 1)
        case .sequence(let anchor, let mark):
            try check(depth, at: mark)
            var items: [YAMLNode] = []
            while let item = try child(depth) { items.append(item) }
            return try add(YAMLNode(.sequence(items), at: mark), anchor, counting: 1)
        case .mapping(let anchor, let mark):
            try check(depth, at: mark)
            var pairs: [(key: YAMLNode, value: YAMLNode)] = []
            while let key = try child(depth) {
                guard let value = try child(depth) else { break }
                pairs.append((key, value))
            }
            return try add(YAMLNode(.mapping(pairs), at: mark), anchor, counting: 1)
        case .alias(let name, let mark):
            guard let target = anchors[name] else {
                throw Failure(message: "this is not YAML: found undefined alias", mark: mark)
            }
            return try add(target, nil, counting: target.size)
        case .close, .end, .other: throw Failure(message: "this is not YAML", mark: nil)
        }
    }

    /// Nil where the sequence or mapping ends.
    private func child(_ depth: Int) throws(Failure) -> YAMLNode? {
        let event = try next()
        if case .close = event { return nil }
        return try node(event, depth: depth + 1)
    }

    private func add(_ node: YAMLNode, _ anchor: String?, counting count: Int) throws(Failure) -> YAMLNode {
        values += count
        guard values <= YAMLDocuments.maxValues else {
            throw Failure(
                message: "a file holds up to \(YAMLDocuments.maxValues) values, those behind aliases included", mark: node.mark)
        }
        if let anchor { anchors[anchor] = node }
        return node
    }

    private func check(_ depth: Int, at mark: YAMLNode.Mark) throws(Failure) {
        guard depth <= YAMLDocuments.deepest else {
            throw Failure(message: "sections and lists lie up to \(YAMLDocuments.deepest) deep in one another", mark: mark)
        }
    }

    /// `!` begins a type, of which pipelines have none; `!!str` and its like do no harm.
    private func refuseTag(_ tag: UnsafeMutablePointer<yaml_char_t>?, at mark: YAMLNode.Mark) throws(Failure) {
        guard let tag = name(tag), !tag.hasPrefix("tag:yaml.org,2002:") else { return }
        throw Failure(message: "a value that begins with ! is written in quotes", mark: mark)
    }

    private func name(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? { text.map { String(cString: $0) } }

    private func mark(_ mark: yaml_mark_t) -> YAMLNode.Mark {
        YAMLNode.Mark(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    /// Why the parser goes no further, without the text that is there: it may hold a password.
    private var problem: Failure {
        let parser = parser.pointee
        guard let problem = parser.problem else { return Failure(message: "this is not YAML", mark: nil) }
        let hasMark = parser.error == YAML_SCANNER_ERROR || parser.error == YAML_PARSER_ERROR
        let place = parser.context.map {
            " \(String(cString: $0).trimmed) that began in line \(mark(parser.context_mark).line)"
        }
        return Failure(
            message: "this is not YAML: \(String(cString: problem))\(hasMark ? place ?? "" : "")",
            mark: hasMark ? mark(parser.problem_mark) : nil)
    }
}
