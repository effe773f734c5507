import Flow
import Media

/// The pictures of a camera, or of whatever else is read as one: as they come, whether anybody waits for them or not.
struct ReadStream: Source {
    private let reader: LiveReader
    private let interrupting: Interrupt

    init(_ reader: LiveReader, interrupt: Interrupt) {
        self.reader = reader
        interrupting = interrupt
    }

    var interrupt: @Sendable () -> Void { { [interrupting] in interrupting.interrupt() } }

    func next() throws -> LivePicture? { try reader.next() }
}
