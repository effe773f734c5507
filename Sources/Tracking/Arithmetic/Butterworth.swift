import Glibc

/// A Butterworth low-pass filter, run forwards and backwards so that nothing is delayed.
struct Butterworth: Sendable {
    /// The transfer function's coefficients, by rising powers of z⁻¹; `denominator[0]` is 1.
    let numerator: [Double]
    let denominator: [Double]

    /// `cutoff` in Hz below half of `rate`: where one pass takes off 3 dB. (Bilinear transform with prewarping, as
    /// `scipy.signal.butter(order, cutoff, fs=rate)`.)
    init(order: Int, cutoff: Double, rate: Double) {
        precondition(order >= 1 && cutoff > 0 && cutoff < rate / 2, "a cutoff below half the rate")
        let warped = tan(.pi * cutoff / rate)
        var (numerator, denominator) = ([1.0], [1.0])
        for pair in 0..<(order / 2) {
            let damping = 2 * sin(.pi * Double(2 * pair + 1) / Double(2 * order)) * warped
            let scale = 1 + damping + warped * warped
            let gain = warped * warped / scale
            numerator = Self.product(numerator, [gain, 2 * gain, gain])
            denominator = Self.product(
                denominator, [1, 2 * (warped * warped - 1) / scale, (1 - damping + warped * warped) / scale])
        }
        if !order.isMultiple(of: 2) {
            let gain = warped / (1 + warped)
            numerator = Self.product(numerator, [gain, gain])
            denominator = Self.product(denominator, [1, (warped - 1) / (1 + warped)])
        }
        (self.numerator, self.denominator) = (numerator, denominator)
    }

    /// The signal filtered in both directions, which doubles the order. Ends are continued by turning the signal about them.
    /// (`scipy.signal.filtfilt` with its defaults; signals too short for its padding are padded by what there is.)
    func zeroPhase(_ signal: [Double]) -> [Double] {
        guard signal.count > 1 else { return signal }
        let padding = min(3 * denominator.count, signal.count - 1)
        let (first, last) = (signal[0], signal[signal.count - 1])
        let before = (1...padding).reversed().map { 2 * first - signal[$0] }
        let after = (1...padding).map { 2 * last - signal[signal.count - 1 - $0] }
        let forwards = pass(before + signal + after)
        let both = pass(forwards.reversed())
        return both.reversed()[padding..<(padding + signal.count)].map(\.self)
    }

    /// One pass, begun as if the signal had always had its first value (`scipy.signal.lfilter_zi`).
    private func pass(_ signal: some Collection<Double>) -> [Double] {
        guard let first = signal.first else { return [] }
        let order = denominator.count - 1
        var state = [Double](repeating: 0, count: order + 1)
        for index in (0..<order).reversed() {
            state[index] = state[index + 1] + (numerator[index + 1] - denominator[index + 1]) * first
        }
        return signal.map { value in
            let result = numerator[0] * value + state[0]
            for index in 0..<order {
                state[index] = state[index + 1] + numerator[index + 1] * value - denominator[index + 1] * result
            }
            return result
        }
    }

    private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: a.count + b.count - 1)
        for (i, x) in a.enumerated() { for (j, y) in b.enumerated() { result[i + j] += x * y } }
        return result
    }
}
