import Tracking

/// How a recording is refined.
package struct RefineOptions: Sendable {
    /// By its name on the command line.
    package enum Method: String, Sendable, CaseIterable {
        /// A low-pass filter run forwards and backwards.
        case butterworth
        /// The Kalman smoother of Rauch, Tung and Striebel.
        case rts
    }

    package var method = Method.butterworth
    /// Hz, of the low-pass filter.
    package var cutoff = 6.0
    /// Seconds: longer gaps of a joint stay missing.
    package var longestGap = Refiner.Settings().longestGap
    package var gatesBones = true

    package init() {}

    var settings: Refiner.Settings {
        var settings = Refiner.Settings()
        settings.method =
            switch method {
            case .butterworth: .butterworth(cutoff: cutoff, order: 4)
            case .rts: .kalman
            }
        settings.longestGap = longestGap
        settings.gatesBones = gatesBones
        return settings
    }
}
