import Glibc

/// What a detector's scores are in those of the official YOLOX-nano, to which the tracker's evidence was fitted: with a calibrated score a
/// detection is a person as often as one of that network with the same score.
///
///     logit(calibrated) = scale logit(score) + shift
///
/// Data of the detector, `calibration` in the manifest; `weights/training/calibrate_detector.py` finds it. Scores of 0 and 1 stay finite:
/// they count as a millionth and as one less a millionth.
package struct ScoreCalibration: Sendable, Equatable {
    /// Scores as they are.
    package static let none = ScoreCalibration(scale: 1, shift: 0)

    let scale: Double
    let shift: Double

    package init(scale: Double, shift: Double) {
        self.scale = scale
        self.shift = shift
    }

    package func calibrated(_ score: Float) -> Float {
        self == .none ? score : Self.logistic(scale * Self.logit(score) + shift)
    }

    /// The score that is calibrated to this one.
    package func raw(_ score: Float) -> Float {
        self == .none ? score : Self.logistic((Self.logit(score) - shift) / scale)
    }

    private static func logit(_ score: Float) -> Double {
        let share = min(max(Double(score), 1e-6), 1 - 1e-6)
        return log(share / (1 - share))
    }

    private static func logistic(_ logit: Double) -> Float { Float(1 / (1 + exp(-logit))) }
}

extension ScoreCalibration: Decodable {
    private enum CodingKeys: CodingKey { case scale, shift }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(scale: try values.decode(Double.self, forKey: .scale), shift: try values.decode(Double.self, forKey: .shift))
        guard scale > 0, scale.isFinite, shift.isFinite else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "scale is a number above 0, and shift a number"))
        }
    }
}
