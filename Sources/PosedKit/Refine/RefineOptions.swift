import Tracking

/// How a recording is refined.
public struct RefineOptions: Sendable {
    /// By its name on the command line.
    public enum Method: String, Sendable, CaseIterable {
        /// A low-pass filter run forwards and backwards.
        case butterworth
        /// The Kalman smoother of Rauch, Tung and Striebel.
        case rts
    }

    public var method = Method.butterworth
    /// Hz, of the low-pass filter.
    public var cutoff = 6.0
    /// Seconds: longer gaps of a joint stay missing.
    public var longestGap = Refiner.Settings().longestGap
    public var repairsSwaps = true
    public var gatesBones = true

    public init() {}

    var settings: Refiner.Settings {
        var settings = Refiner.Settings()
        settings.method =
            switch method {
            case .butterworth: .butterworth(cutoff: cutoff, order: 4)
            case .rts: .kalman
            }
        settings.longestGap = longestGap
        (settings.repairsSwaps, settings.gatesBones) = (repairsSwaps, gatesBones)
        return settings
    }
}
