import Basics
import FoundationEssentials
import Glibc
import PoseTypes

/// The checksum of model files (FIPS 180-4, section 6.2).
///
/// Written out here because one checksum is not worth the minute and more that a cryptography package adds to every clean build.
enum SHA256 {
    /// 64 hexadecimal digits.
    static func digest(of data: Data) -> String {
        var state = initial
        let whole = data.count / 64 * 64
        data.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: whole, by: 64) { mix(bytes.baseAddress! + start, into: &state) }
        }
        // The rest, a one bit, zeros, and the length in bits fill the last one or two blocks.
        var tail = [UInt8](data.suffix(data.count - whole)) + [0x80]
        tail += [UInt8](repeating: 0, count: (tail.count > 56 ? 128 : 64) - tail.count - 8)
        tail += withUnsafeBytes(of: UInt64(clamping: data.count * 8).bigEndian, Array.init)
        tail.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: 64) { mix(bytes.baseAddress! + start, into: &state) }
        }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func mix(_ block: UnsafeRawPointer, into state: inout [UInt32]) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            for i in 0..<16 { words[i] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)) }
            for i in 16..<64 {
                let (a, b) = (words[i &- 15], words[i &- 2])
                let s0 = rotated(a, 7) ^ rotated(a, 18) ^ (a >> 3)
                let s1 = rotated(b, 17) ^ rotated(b, 19) ^ (b >> 10)
                words[i] = words[i &- 16] &+ s0 &+ words[i &- 7] &+ s1
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            for i in 0..<64 {
                let s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
                let first = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ constants[i] &+ words[i]
                let s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
                let second = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
                (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
            }
            for (i, word) in [a, b, c, d, e, f, g, h].enumerated() { state[i] &+= word }
        }
    }

    @inline(__always) private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word >> count) | (word << (32 &- count))
    }

    /// The fractional parts of the square roots of the first eight primes.
    private static let initial = primes.prefix(8).map { fraction(of: Double($0).squareRoot()) }

    /// The fractional parts of the cube roots of the first 64 primes.
    private static let constants = primes.map { fraction(of: cbrt(Double($0))) }

    private static func fraction(of root: Double) -> UInt32 { UInt32(saturating: (root - root.rounded(.down)) * 0x1p32) }

    private static let primes: [Int] = {
        var primes: [Int] = []
        var candidate = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes
    }()
}
