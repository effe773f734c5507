import Media

extension VideoReader {
    /// Opens a video; a signal before that is done is a `CancellationError`.
    static func open(_ path: String, from: Double? = nil, to: Double? = nil, signals: StopSignals) throws -> sending VideoReader {
        let interrupt = Interrupt()
        signals.onStop { interrupt.interrupt() }
        do {
            return try VideoReader(path: path, from: from, to: to, interrupt: interrupt)
        } catch  where error.kind == .interrupted {
            throw CancellationError()
        }
    }
}
