internal import CKernels

/// What windows over feature maps see, gathered into rows that a matrix multiplies: each place is rounded once to the matrix's precision,
/// and not by every window that sees it. In int8 the places of a map share a scale, so that any of them can lie in one row.
struct WindowSource {
    private let map: FeatureMap
    private let products: ck_products
    /// Numbers in one of its words; 1 where they stay fp32.
    private let numbers: Int
    /// Words of all places, then the parts' largest magnitudes, then the scales that belong to them.
    private let words: UnsafeMutablePointer<Float>?
    private let parts: Int

    private static let part = 192

    /// The channels that a window sees at once fill whole words, or the rows stay fp32. Its memory is the calling thread's, until its next
    /// product.
    init(_ map: FeatureMap, for precision: Precision, channels: Int) {
        self.map = map
        products = precision.products!
        let places = map.height * map.width
        parts = (places + Self.part - 1) / Self.part
        guard precision != .fp32, channels.isMultiple(of: precision.numbersInAWord) else {
            (numbers, words) = (1, nil)
            return
        }
        numbers = precision.numbersInAWord
        let across = map.channels / numbers
        words = ck_scratch(CK_ROWS, map.places * across + 2 * map.batch * parts)
        let (words, magnitudes) = (words!, words! + map.places * across)
        if let magnitude = products.magnitude {
            parallel(maps: map.batch, places, by: Self.part) { [parts] image, range in
                magnitudes[image * parts + range.lowerBound / Self.part] = magnitude(
                    range.count, map.channels, map.pointer(image) + range.lowerBound * map.stride, map.stride)
            }
        }
        parallel(maps: map.batch, places, by: Self.part) { [products, parts] image, range in
            // As bits, magnitudes are in the same order, with what is no number at the end.
            let ranks = products.magnitude == nil ? 0..<0 : 0..<parts
            let bits = ranks.reduce(UInt32(0)) { max($0, magnitudes[image * parts + $1].bitPattern) }
            magnitudes[(map.batch + image) * parts + range.lowerBound / Self.part] = products.map_to_words(
                range.count, map.channels, map.pointer(image) + range.lowerBound * map.stride, map.stride,
                Float(bitPattern: bits),
                words + (image * places + range.lowerBound) * across)
        }
    }

    var rowsAreWords: Bool { words != nil }

    /// Words from one row of `depth` numbers to the next.
    func stride(depth: Int) -> Int { words == nil ? depth : products.row_words(depth) }

    /// Writes what the window sees of `count` channels from `channel` on, from the places of its output in `range`, as rows at `columns`.
    func gather(
        channels count: Int, from channel: Int = 0, of image: Int, under window: ck_window, _ range: Range<Int>,
        into columns: UnsafeMutablePointer<Float>
    ) {
        var window = window
        let depth = window.kernel_height * window.kernel_width * count
        guard let words else {
            window.ldx = map.stride
            return kernels.im2col(
                count, window, range.lowerBound, range.upperBound, map.pointer(image) + channel, 0, nil, columns, depth)
        }
        let across = map.channels / numbers
        window.ldx = across
        kernels.im2col(
            count / numbers, window, range.lowerBound, range.upperBound,
            words + image * map.height * map.width * across + channel / numbers,
            products.blank, products.magnitude != nil ? words + map.places * across + (map.batch + image) * parts : nil, columns,
            stride(depth: depth))
    }
}
