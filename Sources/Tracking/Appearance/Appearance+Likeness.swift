import Glibc
import PoseTypes

extension Appearance {
    /// One standard deviation of what light, folds and errors of the pose change in the colours of one person within three seconds, on the
    /// tuning sequences: of brightness, and of the other two.
    private static let (brightness, hue) = (Float(0.35), Float(0.12))

    /// 1 for the same colours, towards 0 for others; nil where no part is seen in both.
    func likeness(to other: Appearance) -> Float? {
        var (distance, count): (Float, Float) = (0, 0)
        for (a, b) in zip(parts, other.parts) {
            guard let a, let b else { continue }
            let (brightness, red, blue) = (
                (a.brightness - b.brightness) / Self.brightness, (a.red - b.red) / Self.hue, (a.blue - b.blue) / Self.hue
            )
            distance += (brightness * brightness + red * red + blue * blue) / 3
            count += 1
        }
        return count > 0 ? exp(-distance / count / 2) : nil
    }

    /// Goes a part of the way to what was seen now.
    mutating func approach(_ seen: Appearance, by share: Float) {
        for part in parts.indices {
            guard let now = seen.parts[part] else { continue }
            guard let before = parts[part] else {
                parts[part] = now
                continue
            }
            parts[part] = Colour(
                brightness: before.brightness + share * (now.brightness - before.brightness),
                red: before.red + share * (now.red - before.red), blue: before.blue + share * (now.blue - before.blue))
        }
    }
}
