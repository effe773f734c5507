/// What all values of a file share: where messages go, and what `${NAME}` stands for.
package final class PipelineReading {
    package let file: String
    package let environment: [String: String]
    /// Whether the file is only looked at: what the service's environment lacks here is a note then, not a problem.
    package let isCheck: Bool
    package private(set) var problems: [PipelineProblem] = []
    package private(set) var notes: [PipelineProblem] = []

    package init(file: String, environment: [String: String], isCheck: Bool) {
        self.file = file
        self.environment = environment
        self.isCheck = isCheck
    }

    package func refuse(_ message: String, at mark: YAMLNode.Mark?) {
        problems.append(PipelineProblem(file: file, line: mark?.line, column: mark?.column, message: message))
    }

    /// Something to know before the file is run; said once.
    package func note(_ message: String, at mark: YAMLNode.Mark?) {
        let note = PipelineProblem(file: file, line: mark?.line, column: mark?.column, message: "note: \(message)")
        if !notes.contains(note) { notes.append(note) }
    }
}

/// A value of a pipeline file on its way to a setting. It knows its name and place, and says there what is wrong with it;
/// the caller gets nil then.
package struct PipelineValue {
    /// As a person would look for it: `source.url`.
    package let name: String
    package let node: YAMLNode
    package let reading: PipelineReading

    package init(name: String, node: YAMLNode, reading: PipelineReading) {
        self.name = name
        self.node = node
        self.reading = reading
    }

    /// What messages call it.
    package var title: String { name.isEmpty ? "a pipeline" : name }

    package func refuse(_ message: String) { reading.refuse("\(title) \(message)", at: node.mark) }

    /// Says what it should be, and shows what it is.
    package func refuse(unless kind: String) { refuse("is \(kind), not \(shown)") }

    /// Nothing is written behind the key: the default holds.
    package var isAbsent: Bool {
        guard case .scalar(let text, isPlain: true) = node.content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    package var isSection: Bool { node.pairs != nil }

    /// `file:line:column`.
    package var place: String {
        PipelineProblem(file: reading.file, line: node.mark.line, column: node.mark.column, message: "").place
    }

    /// What is written behind a key, if something is.
    package subscript(key: String) -> PipelineValue? {
        node[key].map { PipelineValue(name: path(to: key), node: $0, reading: reading) }
    }

    /// An item of a list.
    package subscript(index: Int) -> PipelineValue? {
        guard let list = node.items, list.indices.contains(index) else { return nil }
        return PipelineValue(name: name, node: list[index], reading: reading)
    }

    package func path(to key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

    /// For messages: as it is written, so without what `${NAME}` stands for; what may be an address is not shown.
    private var shown: String {
        switch node.content {
        case .scalar(let text, _):
            let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
            if line.contains("@") || line.contains("://") { return "what is written here" }
            return line.isEmpty ? "nothing" : line.count > 60 ? line.prefix(60) + "…" : line
        case .mapping: return "a section"
        case .sequence: return "a list"
        }
    }
}

extension PipelineValue {
    package func text() -> String? {
        if isUnresolved { return node.text }
        guard let text = word("a text") else { return nil }
        guard !text.isEmpty else {
            refuse("is empty")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            refuse("holds a control character")
            return nil
        }
        return text
    }

    /// One of a few words.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(_ choices: Choice.Type) -> Choice? {
        let words = listed(Choice.allCases.map(\.rawValue), "or")
        guard let word = word(words) else { return nil }
        if let choice = Choice(rawValue: word) { return choice }
        refuse(unless: words)
        return nil
    }

    package func flag() -> Bool? {
        switch word("true or false") {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        case nil: return nil
        default:
            refuse(unless: "true or false")
            return nil
        }
    }

    /// A number in the range, whose words are `kind`: `a number from 0 to 1`.
    package func number<Number: LosslessStringConvertible & Comparable>(in range: ClosedRange<Number>, _ kind: String) -> Number?
    {
        guard let text = word(kind) else { return nil }
        guard text.utf8.count <= Self.longestNumber, text.wholeMatch(of: /[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?/) != nil,
            let number = Number(text),
            range.contains(number)
        else {
            refuse(unless: kind)
            return nil
        }
        return number
    }

    /// A number with a unit, or without one.
    package func quantity(_ units: [(String, Double)], _ kind: String) -> Double? {
        guard let text = word(kind) else { return nil }
        guard text.utf8.count <= Self.longestNumber, let match = text.wholeMatch(of: /([0-9]*\.?[0-9]+) *([A-Za-z]*)/),
            let number = Double(match.1),
            let unit = match.2.isEmpty ? 1 : units.first(where: { $0.0 == match.2 })?.1
        else {
            refuse(unless: kind)
            return nil
        }
        return number * unit
    }

    /// A pattern may take the square of a number's length to say no.
    private static let longestNumber = 64

    /// Whether this very word is written.
    package func isWord(_ word: String) -> Bool {
        guard let text = node.text, case .success(let text) = expanded(text) else { return false }
        return text == word
    }

    /// Whether what is written depends on an environment that is not here, in a check; there is a note about it then, and
    /// nothing else can be said of the value.
    package var isUnresolved: Bool {
        guard reading.isCheck, let text = node.text, case .failure(.unset(let name)) = expanded(text) else { return false }
        reading.note("\(title) needs the environment variable \(name), which is not set here", at: node.mark)
        return true
    }

    /// The values of a list.
    package func items(_ kind: String) -> [PipelineValue]? {
        guard let items = node.items else {
            refuse(unless: kind)
            return nil
        }
        return items.map { PipelineValue(name: name, node: $0, reading: reading) }
    }

    /// What is written, with the environment in it.
    private func word(_ kind: String) -> String? {
        guard let text = node.text else {
            refuse(unless: kind)
            return nil
        }
        if isUnresolved { return nil }
        switch expanded(text) {
        case .success(let text): return text
        case .failure(let problem):
            refuse(problem.message)
            return nil
        }
    }

    private enum Unexpanded: Error {
        case unset(String), noName, tooLong

        var message: String {
            switch self {
            case .unset(let name): "needs the environment variable \(name), which is not set"
            case .noName: "holds ${…} without the name of an environment variable in it; $${ stands for ${ itself"
            case .tooLong: "is longer than \(PipelineValue.longestText) bytes with the environment in it"
            }
        }
    }

    private static let longestText = 1 << 16

    /// The text with `${NAME}` replaced by the environment's; `$${NAME}` is `${NAME}` itself. One pass, whatever the text is.
    private func expanded(_ text: String) -> Result<String, Unexpanded> {
        var result: Substring = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = String(rest[start.upperBound..<end])
            let before = rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
            if before.last == "$" {
                result += before.dropLast() + "${\(name)}"
                continue
            }
            guard name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil else { return .failure(.noName) }
            guard let value = reading.environment[name] else { return .failure(.unset(name)) }
            result += before + value
            guard result.utf8.count <= Self.longestText else { return .failure(.tooLong) }
        }
        return .success(String(result + rest))
    }
}

/// `a, b or c`.
package func listed(_ words: [String], _ conjunction: String) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
}
