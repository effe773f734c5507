import Foundation
import Yams

/// The documents of a YAML text, one a pipeline.
///
/// Yams gives up at the first mapping that has a key twice. So that this hides no other problem, the first of the two keys
/// gets another name: a character of Unicode's private use area in place of its first one.
struct PipelineDocuments {
    private(set) var roots: [Node] = []
    /// Why the text ends here, and where.
    private(set) var failure: (message: String, mark: Mark?)?

    init(_ text: String) {
        var text = text
        var renamings = 0
        while true {
            do {
                let parser = try Parser(yaml: text, encoding: .utf8)
                roots = []
                while let root = try parser.nextRoot() { roots.append(root) }
                return
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                if renamings < 100, let renamed = Self.renaming(keyAt: context.mark, in: text, number: renamings) {
                    text = renamed
                    renamings += 1
                } else {
                    failure = ("a key is given twice", context.mark)
                    return
                }
            } catch {
                failure = Self.reason(of: error)
                return
            }
        }
    }

    /// Whether this is what became of the first one of two keys; `second` is the other.
    static func isDouble(_ first: String, of second: String) -> Bool {
        guard let scalar = first.unicodeScalars.first, privateUse.contains(scalar.value) else { return false }
        return first.unicodeScalars.dropFirst().elementsEqual(second.unicodeScalars.dropFirst())
    }

    /// Whether this is the first one of two keys.
    static func isRenamed(_ key: String) -> Bool { key.unicodeScalars.first.map { privateUse.contains($0.value) } ?? false }

    private static let privateUse: ClosedRange<UInt32> = 0xE000...0xF8FF

    /// Nil where no plain word stands there.
    private static func renaming(keyAt mark: Mark, in text: String, number: Int) -> String? {
        var scalars = Array(text.unicodeScalars)
        var (line, index) = (1, 0)
        while line < mark.line, index < scalars.count {
            if scalars[index] == "\n" { line += 1 }
            index += 1
        }
        index += mark.column - 1
        if index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, scalars[index].properties.isAlphabetic,
            let other = Unicode.Scalar(privateUse.lowerBound + UInt32(clamping: number))
        else { return nil }
        scalars[index] = other
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }

    /// Without the text that Yams would quote: it may hold a password.
    private static func reason(of error: any Error) -> (message: String, mark: Mark?) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _), YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let place = context.map { " \($0.text.trimming) that began in line \($0.mark.line)" } ?? ""
            return ("this is not YAML: \(problem)\(place)", mark)
        case YamlError.reader(let problem, _, _, _): return ("this is not YAML: \(problem)", nil)
        default: return ("this is not YAML", nil)
        }
    }
}

extension String {
    fileprivate var trimming: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
