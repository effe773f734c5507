/// The address without user name, password, tokens and the like; each is replaced by `***`. File paths stay as they are.
///
/// Cameras are asked with passwords that nobody escaped, so this reads wider than RFC 3986: a password may hold `@`,
/// `/` and `?`, and `password=` is looked for in the path as well (`/user=admin_password=…_channel=1.sdp` is real).
/// Where the two readings differ, too much is hidden rather than too little.
public func redacted(uri: String) -> String {
    guard let scheme = uri.firstRange(of: "://"), scheme.lowerBound > uri.startIndex else { return uri }
    var rest = uri[scheme.upperBound...]
    var result = String(uri[..<scheme.upperBound])
    if let end = endOfUserInfo(rest) {
        result += "***@"
        rest = rest[end...]
    }
    let query = rest.firstIndex(of: "?") ?? rest.endIndex
    result += hideSecrets(in: rest[..<query], separators: "/;&")
    result += hideSecrets(in: rest[query...], separators: "?&;")
    return result
}

/// The index behind the `@` that ends the user information; nil where there is none.
private func endOfUserInfo(_ rest: Substring) -> Substring.Index? {
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let at = authority.lastIndex(of: "@") { return rest.index(after: at) }
    guard !authority.hasPrefix("["), let colon = authority.firstIndex(of: ":") else { return nil }
    // `user:pa/ss@host` or `host:554/path@2x`: what follows the colon tells.
    let isPort = authority[authority.index(after: colon)...].allSatisfy(\.isNumber)
    let reach = isPort ? rest.prefix { $0 != "?" } : rest
    return reach.lastIndex(of: "@").map { rest.index(after: $0) }
}

private func hideSecrets(in text: Substring, separators: String) -> String {
    var result = ""
    var item = text.startIndex
    while item < text.endIndex {
        let end = text[item...].dropFirst().firstIndex { separators.contains($0) } ?? text.endIndex
        result += hideSecret(in: text[item..<end])
        item = end
    }
    return result
}

/// `key=value`, perhaps several run together: everything after the first secret key goes.
private func hideSecret(in item: Substring) -> String {
    var from = item.startIndex
    while let equals = item[from...].firstIndex(of: "=") {
        if isSecret(key: item[from..<equals]) { return item[...equals] + "***" }
        from = item.index(after: equals)
    }
    return String(item)
}

private func isSecret(key: Substring) -> Bool {
    let words = ["pass", "pwd", "token", "secret", "auth", "signature", "credential", "apikey", "user", "usr", "login"]
    let name = key.lowercased().filter { $0.isLetter || $0.isNumber }
    return ["key", "sig", "pw", "psw"].contains(name) || words.contains { name.contains($0) }
}
