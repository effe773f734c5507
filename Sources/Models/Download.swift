import Basics
internal import CCurl
import FoundationEssentials
import Glibc

/// Fetches one file from a server or a folder, by libcurl: over redirects, through a proxy that the environment names, and from where
/// an earlier try ended.
struct Download {
    /// `http:`, `https:` or `file:`.
    let address: String
    /// For the host of `address`, and for no other that it sends on to.
    let token: Secret?
    let file: URL
    /// Bytes.
    let limit: Int
    /// Seconds without a byte after which it is given up.
    var patience = 60
    /// Whether the bytes of an earlier try are of use even where the server does not say that they are of the same file.
    let isChecked: Bool

    enum Problem: Error {
        /// The server's answer is this status.
        case status(Int)
        /// In words.
        case unreachable(String)
        case endedEarly
        case tooLarge
        case cannotWrite(String)
    }

    /// - Parameter progress: is told how many bytes are there, and how many there will be, 0 for unknown.
    func run(progress: @escaping (Int, Int) -> Void) throws(Problem) {
        var start = 0
        let mark = file.appendingPathExtension("etag")
        let kept = isChecked ? nil : (try? contents(ofFile: mark.path, atMost: 1024)).map { String(decoding: $0, as: UTF8.self) }
        if isChecked || kept != nil { start = Self.size(of: file) }
        do throws(Problem) { return try fetch(from: start, of: kept, mark, progress) } catch {
            // There is nothing behind what is here: it may be of another file.
            guard case .status(416) = error, start > 0 else { throw error }
        }
        try fetch(from: 0, of: nil, mark, progress)
    }

    /// In bytes; 0 where there is no such file.
    static func size(of file: URL) -> Int {
        var status = stat()
        return stat(file.path, &status) == 0 ? status.st_size : 0
    }

    private func fetch(
        from start: Int, of etag: String?, _ mark: URL, _ progress: @escaping (Int, Int) -> Void
    ) throws(Problem) {
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotWrite(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard let curl = curl_easy_init() else { throw .unreachable("libcurl does not start") }
        defer { curl_easy_cleanup(curl) }
        let transfer = Transfer(curl, into: descriptor, from: start, limit: limit, progress: progress) {
            try? FileManager.default.removeItem(at: mark)
            if let etag = $0 { try? Data(etag.utf8).write(to: mark) }
        }
        guard transfer.truncate(to: start) else { throw .cannotWrite(String(cString: strerror(errno))) }

        let isFolder = address.hasPrefix("file:")
        let isSecure = address.lowercased().hasPrefix("https:")
        curl_set_text(curl, CURLOPT_URL, address)
        curl_set_text(curl, CURLOPT_PROTOCOLS_STR, isFolder ? "file" : "http,https")
        curl_set_text(curl, CURLOPT_REDIR_PROTOCOLS_STR, isSecure ? "https" : "http,https")
        curl_set_text(curl, CURLOPT_USERAGENT, "posed")
        for (option, value) in [
            (CURLOPT_FOLLOWLOCATION, 1), (CURLOPT_MAXREDIRS, 10), (CURLOPT_FAILONERROR, 1), (CURLOPT_NOSIGNAL, 1),
            (CURLOPT_CONNECTTIMEOUT, patience), (CURLOPT_LOW_SPEED_LIMIT, 1), (CURLOPT_LOW_SPEED_TIME, patience),
            (CURLOPT_NOPROGRESS, 0),
        ] { curl_set_number(curl, option, value) }
        if start > 0 { curl_set_text(curl, CURLOPT_RANGE, "\(start)-") }
        if let token { curl_set_bearer(curl, token.reveal()) }
        let headers = start > 0 ? etag.flatMap { curl_slist_append(nil, "If-Range: \($0)") } : nil
        defer { curl_slist_free_all(headers) }
        curl_set_pointer(curl, CURLOPT_HTTPHEADER, headers)
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_XFERINFODATA] { curl_set_pointer(curl, option, context) }
        curl_set_taker(curl, CURLOPT_WRITEFUNCTION) { bytes, _, count, context in
            of(context).take(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
        }
        curl_set_taker(curl, CURLOPT_HEADERFUNCTION) { bytes, _, count, context in
            of(context).hear(String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self))
            return count
        }
        curl_set_watcher(curl, CURLOPT_XFERINFOFUNCTION) { context, total, _, _, _ in
            of(context).report(Int(clamping: total))
            return 0
        }
        let result = withExtendedLifetime(transfer) { curl_easy_perform(curl) }
        if let problem = transfer.problem { throw problem }
        switch result {
        case CURLE_OK: break
        case CURLE_HTTP_RETURNED_ERROR: throw .status(curl_response_code(curl))
        case CURLE_PARTIAL_FILE: throw .endedEarly
        case CURLE_OPERATION_TIMEDOUT: throw .unreachable("nothing came for \(patience) s")
        default: throw .unreachable(String(cString: curl_easy_strerror(result)))
        }
        // A file without a byte was not taken from at all.
        transfer.begin()
    }
}

private func of(_ context: UnsafeMutableRawPointer?) -> Transfer {
    Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
}

/// What comes of one request.
private final class Transfer {
    private let curl: UnsafeMutableRawPointer
    private let descriptor: Int32
    private let limit: Int
    private let progress: (Int, Int) -> Void
    private let keep: (String?) -> Void
    private var count: Int
    private var hasBegun = false
    /// What the last answer says of itself.
    private var etag: String?
    private var first: Int?
    private(set) var problem: Download.Problem?

    /// - Parameter keep: is told by what the server will know this very file again, where it will.
    init(
        _ curl: UnsafeMutableRawPointer, into descriptor: Int32, from start: Int, limit: Int,
        progress: @escaping (Int, Int) -> Void, keep: @escaping (String?) -> Void
    ) {
        (self.curl, self.descriptor, self.limit, self.progress, self.keep) = (curl, descriptor, limit, progress, keep)
        count = start
    }

    /// Goes on behind so many bytes.
    func truncate(to length: Int) -> Bool {
        count = length
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_size == length { return lseek(descriptor, 0, SEEK_END) >= 0 }
        return ftruncate(descriptor, length) == 0 && lseek(descriptor, length, SEEK_SET) == length
    }

    func hear(_ line: String) {
        if line.hasPrefix("HTTP/") { (etag, first) = (nil, nil) }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].trimmingPrefix { $0.isWhitespace }
        let text = String(value.reversed().drop { $0.isWhitespace }.reversed())
        switch line[..<colon].lowercased() {
        case "etag": etag = text.hasPrefix("\"") && text.utf8.count <= 1024 ? text : nil
        case "content-range": first = text.firstMatch(of: /bytes ([0-9]+)-/).flatMap { Int($0.1) }
        default: break
        }
    }

    /// Before the first byte: the answer may be the whole file, though only its rest was asked for.
    func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        let status = curl_response_code(curl)
        if status == 200, !truncate(to: 0) { problem = .cannotWrite(String(cString: strerror(errno))) }
        if status == 206, first != count { problem = .unreachable("the server answered with another part than was asked for") }
        keep(etag)
    }

    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        begin()
        guard problem == nil else { return false }
        guard bytes.count <= limit - count else {
            problem = .tooLarge
            return false
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                problem = .cannotWrite(String(cString: strerror(errno)))
                return false
            }
        }
        count += bytes.count
        return true
    }

    /// - Parameter total: of this answer; 0 for unknown.
    func report(_ total: Int) { if hasBegun { progress(count, total > 0 ? max(count, (first ?? 0) + total) : 0) } }
}
