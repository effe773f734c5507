import PoseTypes

/// A recorded stream at random access: every frame once, in its last version, in the order of time.
///
/// The file is read through at once, so that what is wrong with it is known before anything is made of it. In memory
/// stays only where each frame lies.
package struct Recording {
    /// What one run of posed said about one stream.
    package struct Session: Sendable {
        /// In the order in which they came: a header is repeated when something in it changes.
        public fileprivate(set) var headers: [StreamHeader]
        public fileprivate(set) var entries: [Entry] = []
        /// Whether anybody in it has an id.
        public fileprivate(set) var isFollowed = false

        package var stream: String { headers[0].stream }
        package var id: String { headers[0].session }

        package func header(of entry: Entry) -> StreamHeader { headers[entry.header] }
    }

    /// Where a frame lies.
    package struct Entry: Sendable {
        package let time: Timestamp
        fileprivate let revision: Int
        fileprivate let header: Int
        fileprivate let mark: RecordReader.Mark
    }

    package let sessions: [Session]
    private var reader: RecordReader

    package init(path: String) throws(RecordError) { try self.init(RecordReader(path: path)) }

    init(_ start: RecordReader) throws(RecordError) {
        reader = start
        var sessions: [Session] = []
        var current = (session: 0, header: 0)
        var mark = reader.mark
        while let record = try reader.next() {
            switch record {
            case .header(let header):
                current = Self.place(header, in: &sessions)
            case .frame(let frame):
                sessions[current.session].entries.append(
                    Entry(time: frame.time, revision: frame.revision, header: current.header, mark: mark))
                if frame.people.contains(where: { $0.track != nil }) { sessions[current.session].isFollowed = true }
            case .track, .gap, .lost, .unknown: break
            }
            mark = reader.mark
        }
        for index in sessions.indices { sessions[index].entries = Self.lastVersions(of: sessions[index].entries) }
        self.sessions = sessions
    }

    package mutating func frame(at entry: Entry) throws(RecordError) -> PoseFrame {
        reader.mark = entry.mark
        guard case .frame(let frame) = try reader.next() else { preconditionFailure("an entry lies before a frame") }
        return frame
    }

    private static func place(_ header: StreamHeader, in sessions: inout [Session]) -> (session: Int, header: Int) {
        guard let session = sessions.firstIndex(where: { $0.stream == header.stream && $0.id == header.session }) else {
            sessions.append(Session(headers: [header]))
            return (sessions.count - 1, 0)
        }
        if let known = sessions[session].headers.firstIndex(of: header) { return (session, known) }
        sessions[session].headers.append(header)
        return (session, sessions[session].headers.count - 1)
    }

    /// The entry of each time with the highest revision, and of those the last.
    private static func lastVersions(of entries: [Entry]) -> [Entry] {
        let sorted = entries.enumerated().sorted {
            ($0.element.time, $0.element.revision, $0.offset) < ($1.element.time, $1.element.revision, $1.offset)
        }
        return sorted.indices.compactMap { index in
            let entry = sorted[index].element
            let isLast = index + 1 == sorted.count || sorted[index + 1].element.time != entry.time
            return isLast ? entry : nil
        }
    }
}
