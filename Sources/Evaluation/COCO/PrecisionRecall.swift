/// Precision and recall over all pictures of one area range (`COCOeval.accumulate`).
struct PrecisionRecall {
    /// `[threshold][recall 0, 0.01 … 1]`: the best precision at that recall or beyond. Empty without persons to find.
    private(set) var precision: [[Double]] = []
    /// `[threshold]`: the share of the wanted persons found. Empty without persons to find.
    private(set) var recall: [Double] = []

    /// - Parameter limit: how many results of a picture count.
    init(_ matches: [PictureMatch], thresholds: Int, limit: Int) {
        let wanted = matches.reduce(0) { $0 + $1.wanted }
        guard wanted > 0 else { return }
        let scores = matches.flatMap { $0.scores.prefix(limit) }
        let order = scores.bestFirst
        for threshold in 0..<thresholds {
            let fates = matches.flatMap { $0.fates[threshold].prefix(limit) }
            var (right, wrong) = (0.0, 0.0)
            var reached: [Double] = []
            var precise: [Double] = []
            for place in order {
                switch fates[place] {
                case .right: right += 1
                case .wrong: wrong += 1
                case .ignored: break
                }
                reached.append(right / Double(wanted))
                precise.append(right / (wrong + right + Double.ulpOfOne))
            }
            for place in precise.indices.dropLast().reversed() { precise[place] = max(precise[place], precise[place + 1]) }
            var place = 0
            precision.append(
                spaced(0, 1, count: 101).map { recall in
                    while place < reached.count, reached[place] < recall { place += 1 }
                    return place < precise.count ? precise[place] : 0
                })
            recall.append(reached.last ?? 0)
        }
    }
}

/// `numpy.linspace`, to the last bit: thresholds decide equalities.
func spaced(_ first: Double, _ last: Double, count: Int) -> [Double] {
    let step = (last - first) / Double(count - 1)
    return (0..<count - 1).map { Double($0) * step + first } + [last]
}
