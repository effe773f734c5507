import PoseTypes

/// A frame's line with other smoothed joints. Everything else stays the same to the byte, unknown keys included.
package struct JointEdit {
    private let line: [UInt8]

    /// - Parameter line: a line that `RecordReader` took for a frame: JSON that needs no more checking.
    package init(_ line: [UInt8]) { self.line = line }

    /// The line with the joints of each of its `persons`, and a newline. Who has no joints stays as before.
    package func callAsFunction(_ joints: [[SmoothedKeypoint]]) -> [UInt8] {
        guard let frame = line.firstIndex(of: UInt8(ascii: "{")),
            let persons = members(from: frame).last(where: { $0.key == "persons" })?.value
        else { return line + [10] }
        var json = TextBytes(capacity: line.count + 100 * joints.count)
        var done = 0
        for (joints, person) in zip(joints, elements(from: persons.lowerBound)) where !joints.isEmpty {
            let members = members(from: person.lowerBound)
            var missing: [String] = []
            var edits: [(place: Range<Int>, key: String)] = []
            for key in ["kps", "state", "sigma"] {
                let places = members.filter { $0.key == key }.map(\.value)
                if places.isEmpty { missing.append(key) }
                edits += places.map { ($0, key) }
            }
            for edit in edits.sorted(by: { $0.place.lowerBound < $1.place.lowerBound }) {
                json.append(line[done..<edit.place.lowerBound])
                json.value(of: edit.key, joints)
                done = edit.place.upperBound
            }
            let end = person.upperBound - 1
            json.append(line[done..<end])
            done = end
            for key in missing {
                json.append(",\"\(key)\":")
                json.value(of: key, joints)
            }
        }
        json.append(line[done...])
        return json.bytes + [10]
    }

    /// The keys and the places of the values of the object that begins at `start`.
    private func members(from start: Int) -> [(key: String, value: Range<Int>)] {
        var members: [(key: String, value: Range<Int>)] = []
        var place = next(after: start)
        while place < line.count, line[place] == UInt8(ascii: "\"") {
            let keyEnd = end(ofValueAt: place)
            let value = next(after: next(after: keyEnd - 1))
            let valueEnd = end(ofValueAt: value)
            members.append((String(decoding: line[(place + 1)..<(keyEnd - 1)], as: UTF8.self), value..<valueEnd))
            place = next(after: valueEnd - 1)
            if place < line.count, line[place] == UInt8(ascii: ",") { place = next(after: place) }
        }
        return members
    }

    /// The places of the values of the array that begins at `start`.
    private func elements(from start: Int) -> [Range<Int>] {
        var elements: [Range<Int>] = []
        var place = next(after: start)
        while place < line.count, line[place] != UInt8(ascii: "]") {
            let end = end(ofValueAt: place)
            elements.append(place..<end)
            place = next(after: end - 1)
            if place < line.count, line[place] == UInt8(ascii: ",") { place = next(after: place) }
        }
        return elements
    }

    /// The first byte after `place` that is no white space.
    private func next(after place: Int) -> Int {
        var place = place + 1
        while place < line.count, line[place] <= UInt8(ascii: " ") { place += 1 }
        return place
    }

    private func end(ofValueAt start: Int) -> Int {
        var (place, depth) = (start, 0)
        while place < line.count {
            switch line[place] {
            case UInt8(ascii: "\""):
                place += 1
                while place < line.count, line[place] != UInt8(ascii: "\"") {
                    place += line[place] == UInt8(ascii: "\\") ? 2 : 1
                }
                if depth == 0 { return min(place + 1, line.count) }
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth <= 0 { return depth < 0 ? place : place + 1 }
            case UInt8(ascii: ","), UInt8(ascii: " "), UInt8(ascii: "\t"):
                if depth == 0 { return place }
            default: break
            }
            place += 1
        }
        return line.count
    }
}

extension TextBytes {
    fileprivate mutating func value(of key: String, _ joints: [SmoothedKeypoint]) {
        switch key {
        case "kps": places(of: joints)
        case "state": states(of: joints)
        default: sigmas(of: joints)
        }
    }
}
