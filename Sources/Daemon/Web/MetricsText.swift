import Basics
import Flow
import PoseTypes

/// Writes metrics in the text format of Prometheus (version 0.0.4): every family once, its samples below it.
struct MetricsText {
    enum Kind: String { case counter, gauge, histogram }

    private(set) var text = ""

    /// Begins a family, whose samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String>, _ value: Double) {
        text += name + Self.braces(labels.map { ($0.key, $0.value) }) + " " + Self.number(value) + "\n"
    }

    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String>, _ value: Int) {
        sample(name, labels, Double(value))
    }

    /// A family of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        family(name, kind, help)
        sample(name, [:], value)
    }

    mutating func samples(_ name: String, _ labels: KeyValuePairs<String, String>, _ histogram: Histogram) {
        let labels = labels.map { ($0.key, $0.value) }
        var count = 0
        for (bound, more) in zip(histogram.bounds + [.infinity], histogram.counts) {
            count += more
            text += "\(name)_bucket\(Self.braces(labels + [("le", Self.number(bound))])) \(count)\n"
        }
        text += "\(name)_sum\(Self.braces(labels)) \(Self.number(histogram.sum))\n"
        text += "\(name)_count\(Self.braces(labels)) \(count)\n"
    }

    private static func braces(_ labels: [(String, String)]) -> String {
        if labels.isEmpty { return "" }
        return "{" + labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(saturating: value))" : "\(value)"
    }
}
