import Dispatch
import Glibc

/// A file descriptor that closes with its last reference. Dispatch sources that watch it hold it until they are cancelled.
package final class Descriptor: Sendable {
    package let number: Int32

    package init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Calls `handler` on `queue` while something can be read, until the source is cancelled.
    package func whenReadable(
        on queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void
    ) -> any DispatchSourceRead {
        let source = DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
        begin(source, handler)
        return source
    }

    /// The same while the kernel takes more.
    package func whenWritable(
        on queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void
    ) -> any DispatchSourceWrite {
        let source = DispatchSource.makeWriteSource(fileDescriptor: number, queue: queue)
        begin(source, handler)
        return source
    }

    /// Gives `handler` everyone who comes to this listening socket, as a descriptor that does not block.
    package func whenJoined(
        on queue: DispatchQueue, _ handler: @escaping @Sendable (Descriptor) -> Void
    ) -> any DispatchSourceRead {
        // Sources may be used on any thread; that this one holds itself ends when it is cancelled.
        nonisolated(unsafe) let source = DispatchSource.makeReadSource(fileDescriptor: number, queue: queue)
        begin(source) { [number] in
            let client = accept(number, nil, nil)
            if client >= 0 {
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                _ = fcntl(client, F_SETFL, O_NONBLOCK)
                return handler(Descriptor(client))
            }
            // Out of descriptors, the source would fire again and again: let the next try wait.
            guard [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(errno) else { return }
            source.suspend()
            queue.asyncAfter(deadline: .now() + 1) { @Sendable in source.resume() }
        }
        return source
    }

    private func begin(_ source: any DispatchSourceProtocol, _ handler: @escaping @Sendable () -> Void) {
        source.setEventHandler(handler: handler)
        source.setCancelHandler { @Sendable in withExtendedLifetime(self) {} }
        source.resume()
    }
}
