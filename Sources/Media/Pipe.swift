import Basics
import Glibc
import PoseTypes

/// Owns the reading end of a named pipe. FFmpeg would wait in the kernel, where no interrupt reaches it; a descriptor that
/// does not block makes it ask again and again.
struct Pipe: ~Copyable {
    private let descriptor: Int32
    private let handle = Handle()

    /// Opens nothing where `path` is no pipe.
    init(path: String) {
        var status = stat()
        let isPipe = path.withPath({ stat($0, &status) }) == 0 && status.st_mode & S_IFMT == S_IFIFO
        descriptor = isPipe ? path.withPath({ open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }) : -1
    }

    /// FFmpeg's name for the descriptor; nil where none is open.
    var address: String? { descriptor < 0 ? nil : "pipe:\(descriptor)" }

    /// Waits for a writer: before that a read would return the end of the pipe.
    func waitForData(interrupt: Interrupt) {
        if descriptor < 0 { return }
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while !interrupt.isInterrupted, poll(&state, 1, 20) <= 0 {}
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
