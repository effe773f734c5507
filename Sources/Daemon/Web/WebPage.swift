import Web

/// The live page: its files are part of the program.
enum WebPage {
    /// A file of the page; nil where there is none of this name.
    static func file(at path: [String]) -> WebResponse? {
        guard let (type, bytes) = files[path.isEmpty ? "index.html" : path.joined(separator: "/")] else { return nil }
        return WebResponse(headers: [("Content-Type", type)], body: .bytes(bytes))
    }

    private static let files: [String: (type: String, bytes: [UInt8])] = [
        "index.html": ("text/html; charset=utf-8", PackageResources.index_html),
        "icon.svg": ("image/svg+xml", PackageResources.icon_svg),
        "page.css": ("text/css; charset=utf-8", PackageResources.page_css),
        "page.js": (script, PackageResources.page_js),
        "card.js": (script, PackageResources.card_js),
        "curve.js": (script, PackageResources.curve_js),
        "skeleton.js": (script, PackageResources.skeleton_js),
        "socket.js": (script, PackageResources.socket_js),
    ]

    private static let script = "text/javascript; charset=utf-8"
}
