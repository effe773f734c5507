import Basics

/// The files of a folder that gave no picture.
struct SkippedPictures {
    private(set) var count = 0
    /// Why, for the first few: enough to see what is wrong.
    private(set) var reasons: [String] = []

    mutating func add(_ reason: String) {
        count += 1
        if reasons.count < 3 { reasons.append(reason) }
    }

    /// `2 pictures were skipped (a.jpg: damaged; b.jpg: …)`; nil where none was.
    var warning: String? {
        guard count > 0 else { return nil }
        let more = count > reasons.count ? "; …" : ""
        return "\(count) \(count == 1 ? "picture was" : "pictures were") skipped (\(reasons.joined(separator: "; "))\(more))"
    }
}
