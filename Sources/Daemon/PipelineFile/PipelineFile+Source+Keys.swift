import Basics
import Glibc
import Media
import PoseTypes
import Settings

extension PipelineFile.Source {
    /// What a source can be, and the keys that belong to each.
    enum Kind: String, CaseIterable {
        case url, file, folder, device, stdin

        var keys: [PipelineKey<Draft>] {
            let input = PipelineKey<Draft>(rawValue, \.input) { value in
                switch self {
                case .url: value.address()
                case .file: value.path(PipelineFile.Source.Input.file)
                case .folder: value.path(PipelineFile.Source.Input.folder)
                case .device: value.path(PipelineFile.Source.Input.device)
                case .stdin: value.isSet() ? .standardInput : nil
                }
            }
            let timeouts: [PipelineKey<Draft>] = [
                .seconds("open_timeout", \.source.options.openTimeout, 0.1...3600),
                .seconds("read_timeout", \.source.options.readTimeout, 0.1...3600),
            ]
            let own: [PipelineKey<Draft>] =
                switch self {
                case .url:
                    PipelineCredentials.keys(\.credentials) + [
                        .choice("transport", \.source.options.transport), .flag("tls_verify", \.source.options.tlsVerify),
                        PipelineKey("ca_file", \.source.options.caFile) { $0.readableFile() },
                    ] + timeouts
                case .file, .folder: [.flag("loop", \.source.options.loop), .flag("realtime", \.source.options.realtime)]
                case .device:
                    [
                        PipelineKey("size", \.source.options.size) { $0.isWord("auto") ? .some(nil) : $0.size() },
                        PipelineKey("rate", \.source.options.rate) { value in
                            if value.isWord("auto") { return .some(nil) }
                            return value.number(in: 0.01...1000, "a number of pictures a second, or auto")
                        },
                    ] + timeouts
                case .stdin: []
                }
            return [input] + own + [
                PipelineKey("policy", \.policy) { $0.choice(Policy.self) },
                .seconds("max_delay", \.source.maxDelay, 0.01...3600),
                .count("every", \.source.options.every, 1...countless),
            ]
        }
    }

    /// A source while its keys are read.
    struct Draft {
        var source = PipelineFile.Source(.standardInput)
        var input: Input?
        var policy: Policy?
        var credentials = PipelineCredentials()
    }

    init?(_ value: PipelineValue) {
        guard let fields = value.fields() else { return nil }
        let inputs = fields.filter { Kind(rawValue: $0.key) != nil && !$0.value.isAbsent }
        guard let first = inputs.first, let kind = Kind(rawValue: first.key) else {
            value.refuse("has no \(listed(Kind.allCases.map(\.rawValue), "or")): where do the pictures come from?")
            return nil
        }
        for other in inputs.dropFirst() { other.value.refuse("stands beside source.\(kind): a source has one of them") }
        var draft = Draft()
        let others = inputs.dropFirst().map(\.key)
        value.read(fields.filter { !others.contains($0.key) }, kind.keys, of: "a source with \(kind)", into: &draft)
        guard let input = draft.input else { return nil }
        self = draft.source
        let isUnresolved = value[Kind.url.rawValue]?.isUnresolved ?? false
        if !isUnresolved, options.caFile != nil, case .url(let address) = input, !address.reveal().lowercased().hasPrefix("http")
        {
            value.refuse("has a ca_file, which is for https only: FFmpeg checks no other certificates")
        }
        self.input = draft.credentialed(input, value)
        policy = draft.policy ?? (isLive ? .latest : .all)
    }
}

extension PipelineFile.Source.Draft {
    private typealias Kind = PipelineFile.Source.Kind

    /// The address with user name and password in it, escaped as RFC 3986 asks.
    fileprivate func credentialed(_ input: PipelineFile.Source.Input, _ value: PipelineValue) -> PipelineFile.Source.Input {
        guard case .url(let address) = input else { return input }
        let text = address.reveal()
        if value[Kind.url.rawValue]?.isUnresolved ?? false { return input }
        guard credentials.isWhole(value), let username = credentials.username else { return input }
        guard let scheme = text.firstRange(of: "://"), redacted(uri: text).contains("://***@") == false else {
            value.refuse("has a username, and its url holds one, too")
            return input
        }
        let parts = [Secret(username)] + credentials.passwords.prefix(1)
        let userInfo = parts.map { percentEncoded($0.reveal()) }
        return .url(Secret(text[..<scheme.upperBound] + userInfo.joined(separator: ":") + "@" + text[scheme.upperBound...]))
    }
}

extension PipelineValue {
    /// A file, a folder or a device.
    fileprivate func path(_ make: (String) -> PipelineFile.Source.Input) -> PipelineFile.Source.Input? {
        guard let text = text() else { return nil }
        if !text.contains("://") { return make(text) }
        refuse("is a path; an address is given as url")
        return nil
    }

    fileprivate func address() -> PipelineFile.Source.Input? {
        guard let text = text() else { return nil }
        if isUnresolved { return .url(Secret(text)) }
        let schemes = ["rtsp", "rtsps", "http", "https", "rtmp", "rtmps", "srt", "udp", "rtp", "tcp"]
        guard let match = text.wholeMatch(of: /([A-Za-z0-9+.-]+):\/\/[^\s\/?#][^\s]*/),
            schemes.contains(match.1.lowercased())
        else {
            refuse("is an address such as rtsp://camera.local/stream, which begins with \(listed(schemes, "or"))")
            return nil
        }
        let authority = text[match.1.endIndex...].dropFirst(3).prefix { !"/?#".contains($0) }
        let port = authority.split(separator: "]").last.flatMap { part in part.lastIndex(of: ":").map { part[$0...].dropFirst() }
        }
        guard authority.contains("@") || port?.allSatisfy(\.isNumber) ?? true else {
            refuse("has a user name or password with / ? or # in it: give them as username and password")
            return nil
        }
        return .url(Secret(text))
    }

    func readableFile() -> String? {
        guard let path = text() else { return nil }
        if isUnresolved || access(path, R_OK) == 0 { return path }
        refuse("names a file that cannot be read: \(String(cString: strerror(errno)))")
        return nil
    }

    /// `true`; nothing else says anything.
    func isSet() -> Bool {
        guard let flag = flag() else { return false }
        if !flag { refuse("is true, or left out") }
        return flag
    }

    fileprivate func size() -> String? {
        guard let text = text(), !isUnresolved else { return nil }
        if text.wholeMatch(of: /[1-9][0-9]{0,4}x[1-9][0-9]{0,4}/) != nil { return text }
        refuse(unless: "a size such as 1280x720, or auto")
        return nil
    }
}
