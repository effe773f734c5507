import Basics
import Media
import PoseTypes

extension PipelineFile {
    /// Where pictures come from, and what happens when they come faster than they can be looked at.
    package struct Source: Sendable, Equatable {
        package enum Input: Sendable, Equatable {
            /// An address, with the user name and password in it.
            case url(Secret)
            case file(String)
            /// Numbered pictures.
            case folder(String)
            /// A video device of this machine, such as `/dev/video0`.
            case device(String)
            case standardInput
        }

        package enum Policy: String, Sendable, CaseIterable {
            /// Only the newest picture is kept; the others are counted.
            case latest
            /// Every picture, in order. What is live drops the oldest when it is more than `maxDelay` behind.
            case all
        }

        package var input: Input
        package var policy: Policy
        /// Seconds, for live pictures that are all looked at.
        package var maxDelay = 1.0
        /// How the reader opens and watches it; `every` is with these.
        package var options = LiveOptions()

        /// The policy is `latest` for cameras, and `all` for what waits.
        package init(_ input: Input) {
            self.input = input
            policy = .all
            if isLive { policy = .latest }
        }

        /// Whether pictures come when they come: a camera does not wait.
        package var isLive: Bool {
            switch input {
            case .url, .device: true
            case .file, .folder: options.realtime
            case .standardInput: false
            }
        }
    }
}

extension PipelineFile.Source.Input {
    /// What the reader opens.
    package var address: Secret {
        switch self {
        case .url(let address): address
        case .file(let path), .folder(let path), .device(let path): Secret(path)
        case .standardInput: Secret("-")
        }
    }
}

extension PipelineFile.Source.Input: CustomStringConvertible {
    /// Without credentials.
    package var description: String {
        switch self {
        case .url(let address): redacted(uri: address.reveal())
        case .file(let path), .folder(let path), .device(let path): path
        case .standardInput: "standard input"
        }
    }
}
