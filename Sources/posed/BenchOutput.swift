import ArgumentParser
import Basics
import FoundationEssentials
import Kernels
import PosedKit

/// How a bench tells what it measured: a table whose lines come as they are measured, or one JSON object at the end.
struct BenchOutput: ParsableArguments {
    @Flag(help: "Print one JSON object instead of a table.") var json = false

    /// A line for a person.
    func say(_ line: @autoclosure () -> String) { if !json { print(line()) } }

    /// Prints the rows that `measure` adds.
    func rows<Row: Encodable>(
        of bench: String, _ table: BenchTable<Row>, _ measure: (_ add: (Row) -> Void) throws -> Void
    ) throws {
        var rows: [Row] = []
        say(table.titles)
        try measure { row in
            rows.append(row)
            say(table.line(row))
        }
        try finish(bench, rows)
    }

    /// Prints the object, if one was asked for.
    func finish(_ bench: String, _ results: some Encodable) throws {
        guard json else { return }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(BenchObject(bench: bench, results: results)), as: UTF8.self))
    }
}

/// A column of a bench's table, as wide as its title: left-aligned if that ends with a space, else right-aligned.
struct BenchColumn<Row> {
    let title: String
    let text: (Row) -> String

    init(_ title: String, _ text: @escaping (Row) -> String) { (self.title, self.text) = (title, text) }

    func cell(_ row: Row) -> String {
        title.hasSuffix(" ") ? text(row).padded(to: title.count) : text(row).led(to: title.count)
    }

    /// A number with so many decimals.
    init(_ title: String, _ places: Int, _ number: @escaping (Row) -> Double) {
        self.init(title) { decimals(number($0), places) }
    }
}

/// The columns of a bench's table.
struct BenchTable<Row> {
    let columns: [BenchColumn<Row>]

    init(_ columns: BenchColumn<Row>...) { self.columns = columns }

    var titles: String { columns.map(\.title).joined(separator: " ") }

    func line(_ row: Row) -> String { columns.map { $0.cell(row) }.joined(separator: " ") }
}

private struct BenchObject<Results: Encodable>: Encodable {
    let bench: String
    let version = posedVersion
    let kernels = kernelSet
    /// Those that the process may use.
    let processors = ThreadBudget.availableCores
    let results: Results
}
