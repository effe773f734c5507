/// What a subscriber has not taken yet: a bounded queue whose oldest records make way, whose headers do not, and that
/// tells what was lost where it was lost.
struct RecordBacklog {
    private enum Item {
        case header([UInt8])
        case records([UInt8])
    }

    private let capacity: Int
    private var items: [Item] = []
    /// Items that are no header.
    private var count = 0
    /// Records lost and not told yet. The oldest were lost, so they belong before the first that is left.
    private var lost = 0
    private(set) var lostInAll = 0

    init(capacity: Int) { self.capacity = capacity }

    var isEmpty: Bool { items.isEmpty }

    mutating func append(header line: [UInt8]) {
        // With nothing between them, the older header says nothing.
        if case .header = items.last { items.removeLast() }
        items.append(.header(line))
    }

    mutating func append(records lines: [UInt8]) {
        if count == capacity { dropOldest() }
        items.append(.records(lines))
        count += 1
    }

    mutating func next() -> [UInt8]? {
        switch items.first {
        case .header(let line):
            items.removeFirst()
            return line
        case .records where lost > 0:
            defer { lost = 0 }
            return RecordEncoder.lost(records: lost)
        case .records(let lines):
            items.removeFirst()
            count -= 1
            return lines
        case nil: return nil
        }
    }

    private mutating func dropOldest() {
        let oldest = items.firstIndex { if case .records = $0 { true } else { false } }
        guard let oldest, case .records(let lines) = items.remove(at: oldest) else { return }
        count -= 1
        let records = lines.count { $0 == UInt8(ascii: "\n") }
        lost += records
        lostInAll += records
        if oldest > 0, oldest < items.count, case .header = items[oldest] { items.remove(at: oldest - 1) }
    }
}
