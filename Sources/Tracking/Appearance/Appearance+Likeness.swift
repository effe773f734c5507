import Glibc
import PoseTypes

extension Appearance {
    /// One standard deviation of what light, folds and errors of the pose change in the colours of one person within three seconds, on the
    /// tuning sequences: of brightness, and of the other two.
    private static let (brightness, hue) = (Float(0.35), Float(0.12))

    /// Of the clothes, which tell neighbours apart: 1 for the same colours, towards 0 for others; nil where no part is seen in both.
    func likeness(to other: Appearance) -> Float? { Self.likeness(zip(clothes, other.clothes), least: 1) }

    /// Of all parts, at least four of them, which tell somebody from everybody else: as `likeness`.
    func resemblance(to other: Appearance) -> Float? {
        Self.likeness(zip(clothes + others, other.clothes + other.others), least: 4)
    }

    private static func likeness(_ parts: some Sequence<(Colour?, Colour?)>, least: Int) -> Float? {
        var (distance, count): (Float, Int) = (0, 0)
        for case let (a?, b?) in parts {
            let (brightness, red, blue) = (
                (a.brightness - b.brightness) / Self.brightness, (a.red - b.red) / hue, (a.blue - b.blue) / hue
            )
            distance += (brightness * brightness + red * red + blue * blue) / 3
            count += 1
        }
        return count >= least ? exp(-distance / Float(count) / 2) : nil
    }

    /// Goes a part of the way to what was seen now.
    mutating func approach(_ seen: Appearance, by share: Float) {
        for part in clothes.indices { clothes[part] = Colour.between(clothes[part], seen.clothes[part], share) }
        for part in others.indices { others[part] = Colour.between(others[part], seen.others[part], share) }
    }
}

extension Appearance.Colour {
    fileprivate static func between(_ before: Self?, _ now: Self?, _ share: Float) -> Self? {
        guard let before, let now else { return now ?? before }
        return Self(
            brightness: before.brightness + share * (now.brightness - before.brightness),
            red: before.red + share * (now.red - before.red), blue: before.blue + share * (now.blue - before.blue))
    }
}
