import Foundation
import Yams

/// What all values of a file share: where messages go, and what `${NAME}` stands for.
final class PipelineReading {
    let file: String
    let environment: [String: String]
    private(set) var problems: [PipelineProblem] = []

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    func refuse(_ message: String, at mark: Mark?) {
        problems.append(PipelineProblem(file: file, line: mark?.line, column: mark?.column, message: message))
    }
}

/// A value of a pipeline file on its way to a setting. It knows its name and place, and says there what is wrong with it;
/// whoever asked gets nil then.
struct PipelineValue {
    /// As a person would look for it: `source.url`.
    let name: String
    let node: Node
    let reading: PipelineReading

    /// What messages call it.
    var title: String { name.isEmpty ? "a pipeline" : name }

    func refuse(_ message: String) { reading.refuse("\(title) \(message)", at: node.mark) }

    /// Says what it should be, and shows what it is.
    func refuse(unless kind: String) { refuse("is \(kind), not \(shown)") }

    /// Nothing is written behind the key: the default holds.
    var isAbsent: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    var isSection: Bool { node.mapping != nil }

    /// `file:line:column`.
    var place: String {
        PipelineProblem(file: reading.file, line: node.mark?.line, column: node.mark?.column, message: "").place
    }

    /// What is written behind a key, if something is.
    subscript(key: String) -> PipelineValue? {
        node[key].map { PipelineValue(name: path(to: key), node: $0, reading: reading) }
    }

    /// An item of a list.
    subscript(index: Int) -> PipelineValue? {
        guard let list = node.sequence, list.indices.contains(index) else { return nil }
        return PipelineValue(name: name, node: list[index], reading: reading)
    }

    func path(to key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

    /// For messages: as it is written, so without what `${NAME}` stands for; what may be an address is not shown.
    private var shown: String {
        switch node {
        case .scalar(let scalar):
            let line = scalar.string.split(whereSeparator: \.isNewline).joined(separator: " ")
            if line.contains("@") || line.contains("://") { return "what is written here" }
            return line.isEmpty ? "nothing" : line.count > 60 ? line.prefix(60) + "…" : line
        case .mapping: return "a section"
        case .sequence: return "a list"
        case .alias: return "an alias"
        }
    }
}

extension PipelineValue {
    func text() -> String? {
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
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ choices: Choice.Type) -> Choice? {
        let words = listed(Choice.allCases.map(\.rawValue), "or")
        guard let word = word(words) else { return nil }
        if let choice = Choice(rawValue: word) { return choice }
        refuse(unless: words)
        return nil
    }

    func flag() -> Bool? {
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
    func number<Number: LosslessStringConvertible & Comparable>(in range: ClosedRange<Number>, _ kind: String) -> Number? {
        guard let text = word(kind) else { return nil }
        guard text.wholeMatch(of: /[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?/) != nil, let number = Number(text),
            range.contains(number)
        else {
            refuse(unless: kind)
            return nil
        }
        return number
    }

    /// A number with a unit, or without one.
    func quantity(_ units: [(String, Double)], _ kind: String) -> Double? {
        guard let text = word(kind) else { return nil }
        guard let match = text.wholeMatch(of: /([0-9]*\.?[0-9]+) *([A-Za-z]*)/), let number = Double(match.1),
            let unit = match.2.isEmpty ? 1 : units.first(where: { $0.0 == match.2 })?.1
        else {
            refuse(unless: kind)
            return nil
        }
        return number * unit
    }

    /// Whether this very word is written.
    func isWord(_ word: String) -> Bool {
        guard case .scalar(let scalar) = node, case .success(let text) = expanded(scalar.string) else { return false }
        return text == word
    }

    /// The values of a list.
    func items(_ kind: String) -> [PipelineValue]? {
        guard case .sequence(let sequence) = node else {
            refuse(unless: kind)
            return nil
        }
        return sequence.map { PipelineValue(name: name, node: $0, reading: reading) }
    }

    /// What is written, with the environment in it.
    private func word(_ kind: String) -> String? {
        guard case .scalar(let scalar) = node else {
            refuse(unless: kind)
            return nil
        }
        switch expanded(scalar.string) {
        case .success(let text): return text
        case .failure(let problem):
            refuse(problem.message)
            return nil
        }
    }

    private struct Unset: Error { let message: String }

    /// The text with `${NAME}` replaced by the environment's; `$${NAME}` is `${NAME}` itself.
    private func expanded(_ text: String) -> Result<String, Unset> {
        var problem: Unset?
        let result = text.replacing(/(\$?)\$\{([^}]*)\}/) { match in
            if !match.1.isEmpty { return "${\(match.2)}" }
            let name = String(match.2)
            if name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) == nil {
                let meaning = "without the name of an environment variable in it; $${ stands for ${ itself"
                problem = Unset(message: "holds ${…} \(meaning)")
            } else if reading.environment[name] == nil {
                problem = Unset(message: "needs the environment variable \(name), which is not set")
            }
            return reading.environment[name] ?? ""
        }
        return problem.map { .failure($0) } ?? .success(result)
    }
}

/// `a, b or c`.
func listed(_ words: [String], _ conjunction: String) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
}
