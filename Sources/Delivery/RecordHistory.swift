import Records
import Synchronization

/// The last records of one stream, for readers who each go through them at their own pace, and may come back to where they
/// were.
///
///     header, records ─▶ the last few ─┬▶ reader: a browser
///                                      ├▶ reader: a client of a unix socket
///                                      └▶ reader: an MQTT broker
///
/// A reader costs a position and nothing more. One that falls behind what is kept is told how many records it lost, and goes
/// on with the oldest that is there. It gets a header first, and again whenever that of the next records is another one.
package final class RecordHistory: Sendable {
    /// Up to where a stream was read.
    package struct Position: Sendable, Equatable, LosslessStringConvertible {
        /// A position is of use in the history that gave it.
        let history: String
        /// Lines before it.
        let lines: Int

        init(history: String, lines: Int) { (self.history, self.lines) = (history, lines) }

        package init?(_ text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let lines = Int(parts[1]), lines >= 0 else { return nil }
            self.init(history: String(parts[0]), lines: lines)
        }

        package var description: String { "\(history)-\(lines)" }
    }

    package enum Step: Sendable, Equatable {
        /// So many whole lines, and where a reader is that has them. That is nil for a header, and for what only this reader is
        /// told.
        case lines([UInt8], count: Int, Position?)
        /// There is nothing yet.
        case nothing
        /// Nothing follows.
        case end
    }

    fileprivate struct Header {
        var number = 0
        var line: [UInt8] = []
    }

    fileprivate struct Item {
        let header: Header
        let lines: [UInt8]
        /// Lines of the stream before and behind it.
        let before: Int
        let after: Int
    }

    // @unchecked Sendable because it is touched under the history's lock only.
    fileprivate final class Reader: @unchecked Sendable {
        let onReady: @Sendable () -> Void
        /// Read, or lost.
        var lines: Int
        var header = 0
        /// Not told yet, and in all.
        var lost = 0
        var lostInAll = 0
        var isWaiting = true

        init(lines: Int, onReady: @escaping @Sendable () -> Void) { (self.lines, self.onReady) = (lines, onReady) }
    }

    private struct State {
        var header = Header()
        /// Never more than twice what is kept.
        var items: [Item] = []
        var lines = 0
        var isOver = false
        var readers: [ObjectIdentifier: Reader] = [:]
    }

    private let name = StreamHeader.newSession()
    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many calls of `records` are kept.
    package init(capacity: Int = 256) { self.capacity = max(1, capacity) }

    package func header(_ line: [UInt8]) {
        change { $0.header = Header(number: $0.header.number + 1, line: line) }
    }

    /// Takes one or several whole lines.
    package func records(_ lines: [UInt8]) {
        change { state in
            let before = state.lines
            state.lines += lines.count { $0 == UInt8(ascii: "\n") }
            state.items.append(Item(header: state.header, lines: lines, before: before, after: state.lines))
            if state.items.count >= 2 * capacity { state.items.removeFirst(state.items.count - capacity) }
        }
    }

    /// Nothing follows: readers come to their end.
    package func end() { change { $0.isOver = true } }

    package var readers: Int { state.withLock { $0.readers.count } }

    /// - Parameters:
    ///   - position: up to where the stream was read before; otherwise the reader begins with what comes next.
    ///   - onReady: called when there is something after a reader found nothing; on the publisher's thread, so it hands on to
    ///     where `next` is called and does no more.
    package func read(after position: Position? = nil, onReady: @escaping @Sendable () -> Void) -> RecordReading {
        state.withLock { state in
            let reader = Reader(lines: state.lines, onReady: onReady)
            if let position, position.history == name { reader.lines = min(position.lines, state.lines) }
            state.readers[ObjectIdentifier(reader)] = reader
            return RecordReading(reader, of: self)
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            let waiting = state.readers.values.filter(\.isWaiting)
            for reader in waiting { reader.isWaiting = false }
            return waiting
        }
        for reader in waiting { reader.onReady() }
    }

    fileprivate func leave(_ reader: Reader) { state.withLock { $0.readers[ObjectIdentifier(reader)] = nil } }

    fileprivate func lost(_ reader: Reader) -> Int {
        state.withLock { reader.lostInAll + max(0, ($0.items.suffix(capacity).first?.before ?? 0) - reader.lines) }
    }

    fileprivate func isUpToDate(_ reader: Reader) -> Bool {
        state.withLock { reader.lines == $0.lines && reader.header == $0.header.number }
    }

    fileprivate func next(for reader: Reader) -> Step {
        state.withLock { state in
            let kept = state.items.suffix(capacity)
            if let oldest = kept.first, reader.lines < oldest.before {
                reader.lost += oldest.before - reader.lines
                reader.lostInAll += oldest.before - reader.lines
                reader.lines = oldest.before
            }
            let item = reader.lines == state.lines ? nil : kept[kept.firstIndex(from: reader.lines)...].first
            let header = item?.header ?? state.header
            if header.number != reader.header {
                reader.header = header.number
                return .lines(header.line, count: 1, nil)
            }
            if reader.lost > 0 {
                defer { reader.lost = 0 }
                return .lines(RecordEncoder.lost(records: reader.lost), count: 1, nil)
            }
            guard let item else {
                reader.isWaiting = true
                return state.isOver ? .end : .nothing
            }
            reader.lines = item.after
            return .lines(item.lines, count: item.after - item.before, Position(history: name, lines: item.after))
        }
    }
}

extension ArraySlice<RecordHistory.Item> {
    /// The first item that a reader of so many lines has not read.
    fileprivate func firstIndex(from lines: Int) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].before < lines { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// One reader of a history; it leaves with its last reference.
package final class RecordReading: Sendable {
    private let history: RecordHistory
    private let reader: RecordHistory.Reader

    fileprivate init(_ reader: RecordHistory.Reader, of history: RecordHistory) {
        (self.reader, self.history) = (reader, history)
    }

    deinit { history.leave(reader) }

    /// What comes next. After `nothing`, `onReady` will be called.
    package func next() -> RecordHistory.Step { history.next(for: reader) }

    /// Records that it was too slow for.
    package var lost: Int { history.lost(reader) }

    /// Nothing is left to read.
    var isUpToDate: Bool { history.isUpToDate(reader) }
}

extension RecordHistory: RecordSink {
    /// The history outlives its sinks: a stream that begins anew goes on in it.
    package func finish() {}
}
