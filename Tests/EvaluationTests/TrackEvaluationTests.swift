import Evaluation
import Foundation
import TestSupport
import Testing

/// What TrackEval and py-motmetrics found for the fixtures (make_tracks.py).
private struct Manifest: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
        let truth: String
        let results: String
        let trackeval: [String: Double]
        let motmetrics: [String: Double]?
        var testDescription: String { results }
    }

    let cases: [Case]

    static func read() throws -> Manifest {
        try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: fixture("tracks/manifest.json")))
    }
}

@Suite struct TrackEvaluationTests {
    private func file(_ name: String) throws -> TrackFile {
        try TrackFile(String(contentsOf: fixture("tracks/\(name)"), encoding: .utf8), named: name)
    }

    @Test(arguments: try Manifest.read().cases)
    fileprivate func `figures are those of TrackEval`(_ expected: Manifest.Case) throws {
        let found = try TrackEvaluation(of: file(expected.results), against: file(expected.truth))
        let values: [String: Double] = [
            "HOTA": found.hota.accuracy, "DetA": found.hota.detection, "AssA": found.hota.association,
            "LocA": found.hota.localisation, "IDF1": found.identity.f1, "IDP": found.identity.precision,
            "IDR": found.identity.recall, "MOTA": found.clear.accuracy, "MOTP": found.clear.precision,
            "IDSW": Double(found.clear.switches), "Frag": Double(found.clear.fragmentations),
            "MT": Double(found.clear.mostlyTracked), "ML": Double(found.clear.mostlyLost),
            "CLR_TP": Double(found.clear.found), "CLR_FN": Double(found.clear.missed),
            "CLR_FP": Double(found.clear.invented),
        ]
        #expect(Set(values.keys) == Set(expected.trackeval.keys))
        for (name, value) in expected.trackeval { #expect(abs((values[name] ?? .nan) - value) < 1e-9, "\(name)") }
    }

    /// Fragmentations are left out: TrackEval also counts the gaps that the ground truth itself has.
    @Test(arguments: try Manifest.read().cases.filter { $0.motmetrics != nil })
    fileprivate func `figures are those of motmetrics`(_ expected: Manifest.Case) throws {
        let found = try TrackEvaluation(of: file(expected.results), against: file(expected.truth))
        let other = try #require(expected.motmetrics)
        #expect(abs(found.identity.f1 - (other["idf1"] ?? .nan)) < 1e-9)
        #expect(abs(found.clear.accuracy - (other["mota"] ?? .nan)) < 1e-9)
        #expect(Double(found.clear.switches) == other["num_switches"])
        #expect(Double(found.clear.mostlyTracked) == other["mostly_tracked"])
        #expect(Double(found.clear.mostlyLost) == other["mostly_lost"])
    }

    @Test func `the ground truth itself scores 1`() throws {
        let truth = try TrackFile("1,1,10,10,20,40,1\n2,1,12,10,20,40,1\n2 2 90 10 20 40 1\n", named: "truth")
        let found = try TrackEvaluation(of: truth, against: truth)
        #expect(found.hota.accuracy == 1)
        #expect(found.identity.f1 == 1)
        #expect(found.clear.accuracy == 1)
    }

    @Test func `no results score 0`() throws {
        let found = try TrackEvaluation(of: TrackFile("", named: "r"), against: TrackFile("1,1,10,10,20,40,1", named: "t"))
        #expect(found.hota.accuracy == 0)
        #expect(found.identity.f1 == 0)
        #expect(found.clear.accuracy == 0)
        #expect(found.clear.mostlyLost == 1)
    }

    @Test(arguments: [
        ("1,1,10,10,20,40,1\n1,2,10,ten,20,40", "t.txt:2: a row is"), ("1,1,10,10,20", "t.txt:1: a row is"),
        ("1,1,1,1,2,2\n\n1,1,5,5,2,2", "t.txt:3: id 1 is in frame 1 already"),
    ])
    func `a bad row is named`(_ text: String, _ complaint: String) {
        #expect { try TrackFile(text, named: "t.txt") } throws: { "\($0)".contains(complaint) }
    }

    @Test(arguments: ["\r\n", "\n", "\r", "\r\n\r\n"])
    func `rows end as they do on any system`(end: String) throws {
        let rows = ["1,1,10,10,20,40,1", "2,1,12,10,20,40,1", "2,2,90,10,20,40,1"]
        let (plain, file) = try (
            TrackFile(rows.joined(separator: "\n"), named: "plain"), TrackFile(rows.joined(separator: end) + end, named: "file")
        )
        let found = try TrackEvaluation(of: file, against: plain)
        #expect(found.hota.accuracy == 1 && found.clear.found == 3)
        // A spreadsheet begins with a byte order mark.
        let marked = try TrackFile("\u{FEFF}" + rows.joined(separator: end), named: "marked")
        #expect(try TrackEvaluation(of: marked, against: plain).clear.found == 3)
    }

    @Test(arguments: [
        ("1,1,1,1,1,1,1,1e300,1", "the eighth number is a class"), ("1,1,1,1,1,1,1,1.5,1", "the eighth number is a class"),
        ("1,1,1,1,1,1,1,-9e18", "the eighth number is a class"), ("1e300,1,1,1,1,1,1", "a row is"),
        ("1,1e300,1,1,1,1,1", "a row is"),
        ("1,1,1e300,1,1,1,1", "a row is"), ("1,1,1,1,-1e300,1,1", "a row is"), ("9223372036854775808,1,1,1,1,1", "a row is"),
        ("1,nan,1,1,1,1", "a row is"), ("1.5,1,1,1,1,1", "a row is"),
        ("0,1,1,1,1,1", "frame 0: MOTChallenge counts frames from 1"),
        ("-1,1,1,1,1,1", "frame -1"), (Array(repeating: "1", count: 1000).joined(separator: ","), "a row is"),
    ])
    func `a row that cannot be is refused with its line`(row: String, hint: String) {
        let error = #expect(throws: EvaluationError.self) { try TrackFile("1,5,1,1,1,1\r\n\(row)\r\n", named: "gt.txt") }
        #expect(error?.description.hasPrefix("gt.txt:2: \(hint)") == true, "\(error!)")
    }

    @Test func `identities that change in every frame are too many to compare`() throws {
        let rows = (1...10_000).map { "\($0),\($0),1,1,9,9" }.joined(separator: "\n")
        let file = try TrackFile(rows, named: "many")
        let error = #expect(throws: EvaluationError.self) { try TrackEvaluation(of: file, against: file) }
        #expect(error?.description.contains("too many to compare") == true)
    }
}
