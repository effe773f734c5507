import Basics
import PoseTypes
import Settings

/// What `posed inspect` looks at: an address with its credentials, a video device, a file, or standard input.
package struct InspectedSource: Sendable {
    package let address: Secret
    /// Without credentials.
    package let name: String

    package init(_ text: String) {
        address = Secret(text)
        name = redacted(uri: text)
    }

    var isAddress: Bool { name.contains("://") }
    var isDevice: Bool { name.hasPrefix("/dev/video") }
    var isLive: Bool { isAddress || isDevice }
    var isRTSP: Bool { name.lowercased().hasPrefix("rtsp") }

    /// The keys of a pipeline file's `source` that name it; credentials as variables.
    var keys: [String] {
        if name == "-" { return ["stdin: true"] }
        guard isAddress else {
            if isDevice { return ["device: \(quoted(name))"] }
            return ["\(isFolder(name) ? "folder" : "file"): \(quoted(name))"]
        }
        let plain = name.replacing("://***@", with: "://", maxReplacements: 1)
        // Some cameras take their password in the path or the query.
        if plain.contains("***") { return ["url: ${CAMERA_URL}"] }
        if plain == name { return ["url: \(quoted(plain))"] }
        return ["url: \(quoted(plain))", "username: ${CAMERA_USER}", "password: ${CAMERA_PASSWORD}"]
    }

    /// As YAML reads it, and pipeline files: `$${` is `${` itself.
    private func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("${", with: "$${")
        return "\"\(escaped)\""
    }
}
