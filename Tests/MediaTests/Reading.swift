import Foundation
import PoseTypes
import Testing

@testable import Media

extension VideoReader {
    /// All frames that are left.
    func rest() throws -> [VideoFrame] {
        var frames: [VideoFrame] = []
        while let frame = try next() { frames.append(frame) }
        return frames
    }
}

extension [VideoFrame] {
    var times: [Int64] { map(\.time.nanoseconds) }
    var indices: [Int] { map(\.index) }
}

extension Image {
    /// The colour of the pixel in column `x`, row `y`.
    func colour(_ x: Int, _ y: Int) -> [Int] { (0..<3).map { Int(pixels[(y * width + x) * 3 + $0]) } }
}

/// Compares frames in a way whose failure does not print their pixels.
func isSame<Element: Equatable>(_ left: some Sequence<Element>, _ right: some Sequence<Element>) -> Bool {
    left.elementsEqual(right)
}

/// How far two colours lie apart, at most in any channel.
func distance(_ left: [Int], _ right: [Int]) -> Int { zip(left, right).map { abs($0 - $1) }.max()! }

/// The error that `body` throws.
func mediaError(_ body: () throws -> Void) -> MediaError? {
    do {
        try body()
        return nil
    } catch {
        return error as? MediaError
    }
}
