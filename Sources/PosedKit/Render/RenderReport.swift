import Basics
/// What became of a rendering.
package struct RenderReport: Sendable, CustomStringConvertible {
    package let description: String
    /// What was wrong with the video or does not fit, in one line.
    package let warning: String?
    /// Whether any frame has a record; true if there are no records, or not all frames were compared.
    let fits: Bool

    /// - Parameter isWhole: whether the video was gone through to its end.
    init(
        records: String, video: String, entries: Int, counts: ReplayPoses.Report.Counts, decoding: String?, isWhole: Bool,
        wall: Double
    ) {
        fits = counts.matched > 0 || entries == 0 || !isWhole
        let rate = Double(counts.frames) / max(wall, 1e-9)
        description =
            "\(video): \(counted(counts.frames, "frame", "frames")) in \(decimals(wall, 1)) s: \(decimals(rate, 1)) fps"
            + (counts.matched < counts.frames ? "; \(counts.matched) of them have a record" : "")
        var warnings = [decoding].compactMap(\.self)
        if isWhole, counts.matched < entries {
            warnings.append("\(entries - counts.matched) of \(entries) records of \(records) fit no frame of \(video)")
        }
        if counts.renumbered > 0 {
            warnings.append("\(counts.renumbered) frames of \(video) bear another number in \(records): is it the same video?")
        }
        warning = warnings.isEmpty ? nil : warnings.joined(separator: "; ")
    }
}
