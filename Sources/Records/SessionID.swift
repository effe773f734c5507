import Basics
import FoundationEssentials
import PoseTypes

extension StreamHeader {
    /// A ULID (github.com/ulid/spec): 48 bits of Unix milliseconds and 80 random bits in Crockford's base 32, so that
    /// sessions sort by their start.
    package static func newSession() -> String {
        var generator = SystemRandomNumberGenerator()
        return session(milliseconds: UInt64(saturating: max(0, Date().timeIntervalSince1970 * 1000)), using: &generator)
    }

    static func session(milliseconds: UInt64, using generator: inout some RandomNumberGenerator) -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let time = (0..<10).reversed().map { alphabet[Int(clamping: milliseconds >> (5 * $0)) & 31] }
        let chance = (0..<16).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] }
        return String(time + chance)
    }
}
