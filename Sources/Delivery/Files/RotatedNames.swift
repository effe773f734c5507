import Basics
import FoundationEssentials
import Glibc

/// The names of the files that made way for a new one: `poses.jsonl` becomes `poses-20261122T110000250Z.jsonl`.
///
/// Sorted by name they are sorted by time.
package struct RotatedNames {
    let folder: String
    private let start: String
    private let end: String

    package init(of path: String) {
        let slash = path.lastIndex(of: "/")
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let dot = name.dropFirst().lastIndex(of: ".") ?? name.endIndex
        start = name[..<dot] + "-"
        end = String(name[dot...])
    }

    /// A path that nobody has yet.
    package func next(at unixNanoseconds: Int64) -> String {
        var time = unixNanoseconds
        while true {
            let path = "\(folder)/\(start)\(Self.stamp(time))\(end)"
            if access(path, F_OK) != 0 { return path }
            time += 1_000_000
        }
    }

    /// Deletes the oldest; one that cannot be deleted stays.
    package func prune(keeping count: Int) {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter(isRotated).sorted()
        for name in names.dropLast(count) { unlink("\(folder)/\(name)") }
    }

    /// Deletes what a process that was killed left behind: names with this behind them.
    package func removeUnfinished(_ ending: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(ending) {
            if isRotated(String(name.dropLast(ending.count))) { unlink("\(folder)/\(name)") }
        }
    }

    private func isRotated(_ name: String) -> Bool {
        guard name.hasPrefix(start), name.hasSuffix(end), name.count > start.count + end.count else { return false }
        return name.dropFirst(start.count).dropLast(end.count).wholeMatch(of: /\d{8}T\d{9}Z/) != nil
    }

    /// To the millisecond, in the basic format of ISO 8601.
    private static func stamp(_ unixNanoseconds: Int64) -> String {
        let text = UTC.text(unixNanoseconds).filter { $0.isNumber || $0 == "T" }
        return text.prefix(18) + "Z"
    }
}
