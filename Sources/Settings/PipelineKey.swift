import Basics
import PoseTypes

/// A key of a section: what it is called, and how its value becomes a setting of `Owner`.
///
/// Each section lists its keys beside its type, so that what is read, what messages name and what the samples must show is one
/// list.
package struct PipelineKey<Owner> {
    package let name: String
    /// Whether something has to stand behind the key; otherwise nothing there means the default.
    package let isRequired: Bool
    package let read: (PipelineValue, inout Owner) -> Void

    package init(_ name: String, isRequired: Bool = false, _ read: @escaping (PipelineValue, inout Owner) -> Void) {
        self.name = name
        self.isRequired = isRequired
        self.read = read
    }

    /// A key whose value is made by `make`; the setting stays as it is where that finds a problem.
    package init<Value>(
        _ name: String, _ path: WritableKeyPath<Owner, Value>, isRequired: Bool = false,
        _ make: @escaping (PipelineValue) -> Value?
    ) {
        self.init(name, isRequired: isRequired) { value, owner in
            if let made = make(value) { owner[keyPath: path] = made }
        }
    }
}

extension PipelineKey {
    package static func text(_ name: String, _ path: WritableKeyPath<Owner, String>) -> Self {
        Self(name, path) { $0.text() }
    }

    package static func flag(_ name: String, _ path: WritableKeyPath<Owner, Bool>) -> Self {
        Self(name, path) { $0.flag() }
    }

    package static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ path: WritableKeyPath<Owner, Choice>
    ) -> Self { Self(name, path) { $0.choice(Choice.self) } }

    package static func number<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ name: String, _ path: WritableKeyPath<Owner, Number>, _ range: ClosedRange<Number>
    ) -> Self {
        Self(name, path) { $0.number(in: range, "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))") }
    }

    package static func count(_ name: String, _ path: WritableKeyPath<Owner, Int>, _ range: ClosedRange<Int>) -> Self {
        Self(name, path) { $0.count(in: range) }
    }

    /// A whole number, or a word for nil.
    package static func count(_ name: String, _ path: WritableKeyPath<Owner, Int?>, _ range: ClosedRange<Int>, or word: String)
        -> Self
    {
        Self(name, path) { $0.isWord(word) ? .some(nil) : $0.count(in: range, or: word) }
    }

    package static func seconds(_ name: String, _ path: WritableKeyPath<Owner, Double>, _ range: ClosedRange<Double>) -> Self {
        Self(name, path) { $0.seconds(in: range) }
    }

    /// A time, or a word for nil.
    package static func seconds(
        _ name: String, _ path: WritableKeyPath<Owner, Double?>, _ range: ClosedRange<Double>, or word: String
    ) -> Self { Self(name, path) { $0.isWord(word) ? .some(nil) : $0.seconds(in: range, or: word) } }

    /// Bytes, or a word for nil.
    package static func bytes(_ name: String, _ path: WritableKeyPath<Owner, Int?>, or word: String) -> Self {
        Self(name, path) { $0.isWord(word) ? .some(nil) : $0.bytes(or: word) }
    }

    /// The same key where its owner is a part of another.
    package func inside<Outer>(_ path: WritableKeyPath<Outer, Owner>) -> PipelineKey<Outer> {
        PipelineKey<Outer>(name, isRequired: isRequired) { value, outer in read(value, &outer[keyPath: path]) }
    }

    /// A section with keys of its own.
    package static func section<Section>(
        _ name: String, _ path: WritableKeyPath<Owner, Section>, _ keys: [PipelineKey<Section>]
    ) -> Self { Self(name) { value, owner in value.read(keys, into: &owner[keyPath: path]) } }
}

extension PipelineValue {
    /// A key and what is written behind it.
    package struct Field {
        package let key: String
        let mark: YAMLNode.Mark
        package let value: PipelineValue
    }

    /// Reads a section: every key once, and none but these.
    package func read<Owner>(_ keys: [PipelineKey<Owner>], into owner: inout Owner) {
        guard let fields = fields() else { return }
        read(fields, keys, of: title, into: &owner)
    }

    /// - Parameter title: what messages call the section.
    package func read<Owner>(_ fields: [Field], _ keys: [PipelineKey<Owner>], of title: String, into owner: inout Owner) {
        for field in fields {
            if let key = keys.first(where: { $0.name == field.key }) {
                if !field.value.isAbsent {
                    key.read(field.value, &owner)
                } else if key.isRequired {
                    field.value.refuse("has nothing behind it: a value that begins with # (or is null or ~) is written in quotes")
                }
            } else {
                let isWord = field.key.wholeMatch(of: /[A-Za-z0-9_ -]{1,32}/) != nil
                let problem = isWord ? "has no key \(field.key)" : "does not have this key"
                reading.refuse("\(title) \(problem): it has \(listed(keys.map(\.name), "and"))", at: field.mark)
            }
        }
    }

    /// What a section holds, in order.
    package func fields() -> [Field]? {
        guard let pairs = node.pairs else {
            refuse(unless: "a section of keys")
            return nil
        }
        var last: [String: Int] = [:]
        for (index, pair) in pairs.enumerated() {
            guard let key = pair.key.text else { continue }
            if let first = last[key] {
                reading.refuse("\(path(to: key)) is given twice, first in line \(pairs[first].key.mark.line)", at: pair.key.mark)
            }
            last[key] = index
        }
        return pairs.enumerated().compactMap { index, pair in
            guard let key = pair.key.text else {
                reading.refuse("\(title) has a key that is no word", at: pair.key.mark)
                return nil
            }
            if last[key] != index { return nil }
            return Field(
                key: key, mark: pair.key.mark,
                value: PipelineValue(name: path(to: key), node: pair.value, reading: reading))
        }
    }
}

extension PipelineValue {
    fileprivate func count(in range: ClosedRange<Int>, or word: String? = nil) -> Int? {
        let kind = range.upperBound == countless ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
        return number(in: range, "a whole number, \(kind)" + alternative(word))
    }

    package func seconds(in range: ClosedRange<Double>, or word: String? = nil) -> Double? {
        let units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)]
        let kind =
            "a time from \(time(range.lowerBound)) to \(time(range.upperBound)), such as 1.5, 500ms or 2m" + alternative(word)
        guard let seconds = quantity(units, kind) else { return nil }
        if range.contains(seconds) { return seconds }
        refuse(unless: kind)
        return nil
    }

    fileprivate func bytes(or word: String) -> Int? {
        let units = [("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824)]
        let kind = "a size from 4kB to 1000GB, such as 100MB or 1GiB" + alternative(word)
        guard let bytes = quantity(units, kind) else { return nil }
        if (4e3...1e12).contains(bytes) { return Int(saturating: bytes) }
        refuse(unless: kind)
        return nil
    }

    private func alternative(_ word: String?) -> String { word.map { ", or \($0)" } ?? "" }
}

/// More than there is of anything that is counted, and so little that sums of it are numbers.
package let countless = 1_000_000_000

/// `500ms`, `5s`, `2h`, `7d`.
package func time(_ seconds: Double) -> String {
    if seconds == 0 { return "0" }
    let units = [("d", 86400.0), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)]
    for (name, size) in units where (seconds / size).rounded() * size == seconds {
        return "\(Int(saturating: seconds / size))\(name)"
    }
    return "\(seconds)s"
}

/// Without a fraction where there is none.
package func plain(_ number: some BinaryFloatingPoint) -> String {
    number.rounded() == number ? "\(Int(saturating: number))" : "\(number)"
}
