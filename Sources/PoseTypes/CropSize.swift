/// Height and width of a crop in pixels, written `384x288`.
package struct CropSize: Sendable, Hashable, LosslessStringConvertible {
    package let height: Int
    package let width: Int

    package init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

    /// Nil where it is not two whole numbers from 16 to 4096 with an x between them.
    package init?(_ text: String) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let height = Self.side(parts[0]), let width = Self.side(parts[1]) else { return nil }
        self.init(height: height, width: width)
    }

    package var description: String { "\(height)x\(width)" }

    private static func side(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text).flatMap { (16...4096).contains($0) ? $0 : nil }
    }
}
