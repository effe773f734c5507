import Basics
import Flow
import Media
import PoseTypes

extension PipelineFile.Source {
    /// What waits between reading and following. Only here are pictures dropped, before a network has spent time on them.
    var queue: (capacity: Int, overflow: Overflow) {
        switch policy {
        case .latest: (1, .dropOldest)
        // A rate that is not known is taken for 30 a second. Decoded pictures wait, so not even an hour's worth may.
        case .all where isLive:
            (min(max(1, Int(saturating: maxDelay * (options.rate ?? 30))), Self.maxWaiting), .dropOldest)
        case .all: (2, .wait)
        }
    }

    /// Pictures: 900 MB of 1920x1080.
    private static let maxWaiting = 300

    /// What comes back: trouble with it is waited out. A file that cannot be read stays as it is.
    var isCamera: Bool {
        switch input {
        case .url, .device: true
        case .file, .folder, .standardInput: false
        }
    }
}
