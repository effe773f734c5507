import Dispatch
import Glibc
import Sockets

/// One reader of a `RecordSocket`, served without ever waiting for it.
// @unchecked Sendable because everything in it runs on one serial queue, that of the socket.
final class SocketClient: @unchecked Sendable {
    private let descriptor: Descriptor
    private let queue: DispatchQueue
    private let reading: RecordReading
    private let onEnd: @Sendable () -> Void
    private var readSource: (any DispatchSourceRead)?
    /// There while the kernel takes no more.
    private var writeSource: (any DispatchSourceWrite)?
    private var rest: ArraySlice<UInt8> = []
    private var isOpen = true

    /// - Parameter onEnd: called when the reader has gone; not after `close`.
    init(
        _ descriptor: Descriptor, on queue: DispatchQueue, reading: RecordReading,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.descriptor = descriptor
        self.queue = queue
        self.reading = reading
        self.onEnd = onEnd
        readSource = descriptor.whenReadable(on: queue) { [weak self] in self?.hear() }
    }

    /// Whether everything that came so far is with the kernel.
    var isIdle: Bool { rest.isEmpty && writeSource == nil }

    func close() {
        isOpen = false
        readSource?.cancel()
        writeSource?.cancel()
        writeSource = nil
        rest = []
    }

    /// Sends what there is, until the kernel takes no more.
    func flush() {
        while isOpen && writeSource == nil {
            if rest.isEmpty {
                guard case .lines(let lines, _, _) = reading.next() else { return }
                rest = lines[...]
            }
            let sent = rest.withUnsafeBytes { send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent >= 0 {
                rest = rest.dropFirst(sent)
            } else if errno == EAGAIN {
                writeSource = descriptor.whenWritable(on: queue) { [weak self] in self?.roomCame() }
            } else if errno != EINTR {
                end()
            }
        }
    }

    private func roomCame() {
        writeSource?.cancel()
        writeSource = nil
        flush()
    }

    /// Nothing that a reader says matters, only that it goes.
    private func hear() {
        var bytes: [UInt8] = Array(repeating: 0, count: 4096)
        let count = recv(descriptor.number, &bytes, bytes.count, 0)
        if count > 0 || count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        // A reader may close its half of the connection and read on.
        var poll = pollfd(fd: descriptor.number, events: 0, revents: 0)
        let isGone = Glibc.poll(&poll, 1, 0) > 0 && poll.revents & Int16(POLLHUP | POLLERR) != 0
        if count < 0 || isGone { end() } else { readSource?.cancel() }
    }

    private func end() {
        close()
        onEnd()
    }
}
