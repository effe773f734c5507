/// The address without user name, password, tokens and the like; each is replaced by `***`. File paths stay as they are.
///
/// Shows the values of `key=value` only for keys that are known to be harmless: the next
/// name of a session or a ticket is unknown. Of an address of more than 2048 characters it shows only the scheme.
///
/// Users write passwords without escaping them, so this reads wider than RFC 3986: user names and passwords may hold
/// `@`, `:`, `/`, `?` and `#`, and `password=` is looked for in the path as well (`/user=admin_password=…_channel=1.sdp` is
/// real). Where the two readings differ, too much is hidden rather than too little.
package func redacted(uri: String) -> String {
    guard let scheme = uri.firstRange(of: "://"), scheme.lowerBound > uri.startIndex else { return uri }
    var rest = uri[scheme.upperBound...]
    if rest.utf8.count > 2048 { return uri[..<scheme.upperBound] + "***" }
    var result = String(uri[..<scheme.upperBound])
    if let at = rest.indices.last(where: { rest[$0] == "@" && isUserInfo(rest[..<$0]) }) {
        result += "***@"
        rest = rest[rest.index(after: at)...]
    }
    let query = rest.firstIndex(of: "?") ?? rest.endIndex
    return result + hideSecrets(in: rest[..<query]) + hideSecrets(in: rest[query...])
}

/// Whether this, which an `@` follows, may be a user name and a password, rather than a host and some of its path or query.
private func isUserInfo(_ text: Substring) -> Bool {
    let authority = text.prefix { !"/?#".contains($0) }
    if authority.endIndex == text.endIndex { return true }
    let start = authority.lastIndex(of: "@").map { text.index(after: $0) } ?? text.startIndex
    let host = authority[start...]
    if isAddress(host) { return false }
    if let colon = host.firstIndex(of: ":"), !host[colon...].dropFirst().allSatisfy(\.isNumber) { return true }
    // `?key=value` behind a path: `http://host:80/video?mail=a` before `@b.c`.
    if let query = text.firstIndex(of: "?"), text[query...].contains("="), text[..<query].contains("/") { return false }
    return text.contains { $0 == ":" || $0 == "@" }
}

/// An IPv6 address in its brackets, perhaps with a zone and a port.
private func isAddress(_ host: Substring) -> Bool { host.wholeMatch(of: /\[[0-9A-Fa-f:.]*(%[^\]]*)?\](:[0-9]*)?/) != nil }

private func hideSecrets(in text: Substring) -> String {
    var result = ""
    var item = text.startIndex
    var isHiding = false
    while item < text.endIndex {
        let end = text[item...].dropFirst().firstIndex { $0 == "&" || $0 == ";" } ?? text.endIndex
        let words = text[item..<end]
        // Without a key it is the rest of a secret with & or ; in it, if one came before.
        if !isHiding || words.contains("=") {
            let shown = hideSecret(in: words)
            isHiding = shown != words
            result += shown
        }
        item = end
    }
    return result
}

/// `key=value`, perhaps several run together: everything after the first key that is not harmless goes.
private func hideSecret(in item: Substring) -> String {
    var from = item.startIndex
    while let equals = item[from...].firstIndex(of: "=") {
        if !isHarmless(key: item[from..<equals]) { return item[...equals] + "***" }
        from = item.index(after: equals)
    }
    return String(item)
}

private func isHarmless(key: Substring) -> Bool {
    let word = key.lastIndex { "/?#".contains($0) }.map { key[key.index(after: $0)...] } ?? key
    let name = word.lowercased().filter { $0.isLetter || $0.isNumber }
    return harmlessKeys.contains(name)
}

/// What cameras and FFmpeg's protocols are asked for, without `_`, `-` and `.`.
private let harmlessKeys: Set<String> = [
    "action", "audio", "audiocodec", "bitrate", "buffersize", "cam", "camera", "ch", "channel", "channelid", "channels", "chn",
    "clock", "cmd", "codec", "color", "colour", "compression", "connect", "connecttimeout", "date", "duration", "end", "endtime",
    "fifosize", "format", "fps", "framerate", "from", "gop", "h", "height", "image", "index", "input", "interval", "lang",
    "latency", "listen", "live", "localaddr", "localport", "mail", "main", "maxbw", "mode", "mute", "nocache", "number",
    "overrunnonfatal", "page", "part", "path", "peerlatency", "pktsize", "port", "preset", "profile", "proto", "protocol",
    "quality", "rate", "rcvlatency", "reconnect", "res", "resolution", "reuse", "rotate", "rotation", "scale", "size", "smoother",
    "sources", "start", "starttime", "stream", "streamindex", "streamno", "streamprofile", "streamtype", "sub", "substream",
    "subtype", "tcp", "timeout", "timestamp", "to", "tracks", "transport", "transportmode", "transtype", "trackid", "ttl", "type",
    "udp", "unicast", "until", "v", "version", "video", "videocodec", "view", "w", "width", "zoom",
]
