import Delivery
import Flow
import Media

extension PipelineFile.Source {
    /// What waits between reading and following. Only here are pictures dropped, before a network has spent time on them.
    var queue: (capacity: Int, overflow: Overflow) {
        switch policy {
        case .latest: (1, .dropOldest)
        // A rate that is not known is taken for 30 a second.
        case .all where isLive: (max(1, Int(maxDelay * (options.rate ?? 30))), .dropOldest)
        case .all: (2, .wait)
        }
    }

    /// What comes back: trouble with it is waited out. A file that cannot be read stays as it is.
    var isCamera: Bool {
        switch input {
        case .url, .device: true
        case .file, .folder, .standardInput: false
        }
    }
}

extension PipelineFile.Sink {
    /// In logs and counts.
    var name: String {
        switch self {
        case .file(let file): file.path
        case .standardOutput: "stdout"
        case .socket(let socket): socket.path
        }
    }

    func open() throws -> any RecordOutlet {
        switch self {
        case .file(let file): try RotatingFile(path: file.path, policy: file.policy)
        case .standardOutput: try JSONLinesWriter(path: "-")
        case .socket(let socket): try RecordSocket(path: socket.path, capacity: socket.queue)
        }
    }
}
