import Testing

@testable import Kernels

/// Numbers from -1 to 1 that look like chance, the same in every run.
func numbers(_ count: Int, _ seed: Int) -> [Float] {
    (0..<count).map { Float(($0 &* 7919 &+ seed &* 104_729) % 2003) / 1001.5 - 1 }
}

/// Products in bf16 against their definition: both sides rounded to bf16, sums exact.
@Suite(.enabled(if: Precision.bf16.isAvailable, "this processor has no instructions for bf16")) struct PrecisionTests {
    /// To the nearest of 8 bits of mantissa, ties to even.
    private func rounded(_ x: Float) -> Float {
        let bits = x.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    }

    /// The sums, and how far sums of so many terms in fp32 may be off them (Higham, Accuracy and Stability, section 4.2).
    private func product(
        _ x: [Float], _ weight: [Float], _ bias: [Float], rows: Int, depth: Int
    ) -> [(sum: Double, error: Double)] {
        (0..<rows * bias.count).map { index in
            let (row, column) = (index / bias.count, index % bias.count)
            let terms = (0..<depth).map { Double(rounded(x[row * depth + $0])) * Double(rounded(weight[column * depth + $0])) }
            return (terms.reduce(Double(bias[column]), +), terms.reduce(1) { $0 + abs($1) } * Double(depth + 4) * 0x1p-24)
        }
    }

    /// Rows, depths and columns beside the tile's, odd depths, and one that is summed in strips.
    static let shapes = [
        (1, 1, 1), (3, 7, 5), (12, 32, 32), (13, 33, 17), (25, 192, 96), (24, 193, 47), (13, 3200, 5), (200, 64, 33),
    ]

    @Test(arguments: shapes) func aProductIsThatOfRoundedNumbers(rows: Int, depth: Int, columns: Int) {
        let (x, weight, bias) = (numbers(rows * depth, 1), numbers(columns * depth, 2), numbers(columns, 3))
        let layer = Linear(weight: Tensor([columns, depth], weight), bias: Tensor([columns], bias), precision: .bf16)
        let y = Tensor([rows, columns])
        layer(Tensor([rows, depth], x), into: y)
        let expected = product(x, weight, bias, rows: rows, depth: depth)
        #expect(zip(y.array, expected).allSatisfy { abs(Double($0) - $1.sum) < $1.error })
        layer(Tensor([rows, depth], x), into: y, adding: true)
        #expect(zip(y.array, expected).allSatisfy { abs(Double($0) - 2 * $1.sum) < 2 * $1.error })
    }

    @Test(arguments: shapes) func wordsAreTheRoundedNumbers(rows: Int, depth: Int, columns: Int) {
        let (x, weight, bias) = (numbers(rows * depth, 4), numbers(columns * depth, 5), numbers(columns, 6))
        let layer = Linear(
            weight: Tensor([columns, depth], weight), bias: Tensor([columns], bias), activation: .gelu, precision: .bf16)
        let (y, words) = (Tensor([rows, columns]), Tensor([rows, columns], .bf16))
        layer(Tensor([rows, depth], x), into: y)
        layer(Tensor([rows, depth], x), into: words)
        #expect(read(words).elementsEqual(y.array) { abs($0 - $1) <= abs($1) / 256 + 3e-4 })
        // As the left side of the next product, words give what the numbers give, but for the order of the additions.
        let (next, others) = (Tensor([rows, depth]), Tensor([rows, depth]))
        let back = Linear(weight: Tensor([depth, columns], weight), bias: nil, precision: .bf16)
        back(words, into: next)
        back(Tensor([rows, columns], read(words)), into: others)
        let largest = others.array.map { abs($0) }.max() ?? 0
        #expect(difference(next, others) <= 1e-5 * largest)
    }

    @Test func layerNormWritesWords() {
        let (rows, width) = (5, 37)
        let layer = LayerNorm(gain: Tensor([width], numbers(width, 7)), bias: Tensor([width], numbers(width, 8)), epsilon: 1e-6)
        let (x, y, words) = (
            Tensor([rows, width], numbers(rows * width, 9)), Tensor([rows, width]), Tensor([rows, width], .bf16)
        )
        layer(x, into: y)
        layer(x, into: words)
        #expect(read(words) == y.array.map(rounded))
    }

    @Test(arguments: Goldens.cases.attention.indices) func attentionAgreesWithPyTorch(_ index: Int) throws {
        let golden = try Goldens("attention.\(index)")
        let (shape, expected) = (Goldens.cases.attention[index], try golden("y"))
        let (x, width) = (try golden("x"), expected.shape[1])
        guard (width / shape.heads).isMultiple(of: 2) else { return }
        let (words, y) = (Tensor(x.shape, .bf16), Tensor(expected.shape, .bf16))
        unit(3 * width)(x, into: words)
        attention(words, tokens: shape.tokens, heads: shape.heads, in: .bf16, into: y)
        let largest = expected.array.map { abs($0) }.max() ?? 0
        #expect(difference(Tensor(expected.shape, read(y)), expected) < 0.02 * max(1, largest))
    }

    @Test func whatIsNoNumberStaysNone() {
        let layer = Linear(weight: Tensor([2, 2], [1, 0, 0, 1]), bias: nil, precision: .bf16)
        let y = Tensor([1, 2])
        layer(Tensor([1, 2], [.nan, 1]), into: y)
        #expect(y.array[0].isNaN)
        layer(Tensor([1, 2], [.infinity, 1]), into: y)
        #expect(!y.array[0].isFinite)
    }

    private func unit(_ size: Int) -> Linear {
        let unit = Tensor([size, size])
        for index in 0..<size { unit.pointer[index * size + index] = 1 }
        return Linear(weight: unit, bias: nil, precision: .bf16)
    }

    private func read(_ words: Tensor) -> [Float] {
        let y = Tensor(words.shape)
        unit(words.shape[1])(words, into: y)
        return y.array
    }
}

/// Products in int8 against their definition: rows and columns rounded to 255 steps of their own, sums whole.
@Suite(.enabled(if: Precision.int8.isAvailable, "this processor has no instructions for int8")) struct Int8Tests {
    /// A row in steps of its largest magnitude / 127.
    private func quantized(_ row: some Collection<Float>) -> (steps: [Int], scale: Float) {
        let top = row.map { abs($0) }.max() ?? 0
        let inverse: Float = top > 0 ? 127 / top : 0
        return (row.map { Int(($0 * inverse).rounded(.toNearestOrEven)) }, top / 127)
    }

    private func product(_ x: [Float], _ weight: [Float], _ bias: [Float], rows: Int, depth: Int) -> [Float] {
        let left = (0..<rows).map { quantized(x[$0 * depth..<($0 + 1) * depth]) }
        let right = bias.indices.map { quantized(weight[$0 * depth..<($0 + 1) * depth]) }
        return left.flatMap { row in
            zip(right, bias).map { column, bias in
                Float(zip(row.steps, column.steps).reduce(0) { $0 + $1.0 * $1.1 }) * (row.scale * column.scale) + bias
            }
        }
    }

    @Test(arguments: PrecisionTests.shapes) func aProductIsThatOfRoundedNumbers(rows: Int, depth: Int, columns: Int) {
        // Rows of different sizes: each has its scale.
        let x = numbers(rows * depth, 1).enumerated().map { $1 * Float($0 / depth % 5 + 1) }
        let (weight, bias) = (numbers(columns * depth, 2), numbers(columns, 3))
        let layer = Linear(weight: Tensor([columns, depth], weight), bias: Tensor([columns], bias), precision: .int8)
        let y = Tensor([rows, columns])
        layer(Tensor([rows, depth], x), into: y)
        let expected = product(x, weight, bias, rows: rows, depth: depth)
        let largest = expected.map { abs($0) }.max() ?? 0
        #expect(difference(y, Tensor(y.shape, expected)) <= largest * 2e-6)
        layer(Tensor([rows, depth], x), into: y, adding: true)
        #expect(difference(y, Tensor(y.shape, expected.map { 2 * $0 })) <= largest * 4e-6)
    }

    @Test(arguments: Goldens.cases.attention.indices) func attentionAgreesWithPyTorch(_ index: Int) throws {
        let golden = try Goldens("attention.\(index)")
        let (shape, expected) = (Goldens.cases.attention[index], try golden("y"))
        let y = Tensor(expected.shape)
        attention(try golden("x"), tokens: shape.tokens, heads: shape.heads, in: .int8, into: y)
        let largest = expected.array.map { abs($0) }.max() ?? 0
        #expect(difference(y, expected) < 0.03 * max(1, largest))
    }

    /// A score that is no number spoils the rows it is in, and no others.
    @Test func attentionToWhatIsNoNumberIsNone() {
        let (tokens, width) = (37, 12)
        var x = numbers(tokens * 3 * width, 12)
        x[5 * 3 * width + 2] = .nan
        let y = Tensor([tokens, width])
        attention(Tensor([tokens, 3 * width], x), tokens: tokens, heads: 2, in: .int8, into: y)
        let rows = (0..<tokens).map { y.array[$0 * width..<($0 + 1) * width] }
        #expect(rows[5].prefix(6).allSatisfy { $0.isNaN } && rows[5].suffix(6).allSatisfy { $0.isFinite })
        #expect(rows[4].allSatisfy { $0.isFinite })
        x[5 * 3 * width + 2] = 1
        x[7 * 3 * width + width + 3] = .infinity  // a key
        attention(Tensor([tokens, 3 * width], x), tokens: tokens, heads: 2, in: .int8, into: y)
        #expect((0..<tokens).allSatisfy { !y.array[$0 * width].isFinite && y.array[$0 * width + 6].isFinite })
    }

    @Test func layerNormWritesWhatIsRoundedElsewhere() {
        let (rows, width) = (13, 192)
        let norm = LayerNorm(gain: Tensor([width], numbers(width, 7)), bias: Tensor([width], numbers(width, 8)), epsilon: 1e-6)
        let layer = Linear(weight: Tensor([40, width], numbers(40 * width, 9)), bias: nil, activation: .gelu, precision: .int8)
        let (x, normed, words) = (
            Tensor([rows, width], numbers(rows * width, 10)), Tensor([rows, width]), Tensor([rows, width], .int8)
        )
        norm(x, into: normed)
        norm(x, into: words)
        let (y, others) = (Tensor([rows, 40]), Tensor([rows, 40]))
        layer(normed, into: y)
        layer(words, into: others)
        #expect(y.array == others.array)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func whatIsNoNumberStaysNone(_ value: Float) {
        let layer = Linear(weight: Tensor([2, 5], numbers(10, 11)), bias: nil, precision: .int8)
        let y = Tensor([2, 2])
        layer(Tensor([2, 5], [1, 2, value, 4, 5, 1, 2, 3, 4, 5]), into: y)
        #expect(!y.array[0].isFinite && !y.array[1].isFinite && y.array[2].isFinite && y.array[3].isFinite)
    }

    /// Sums in 32 bits hold 66,311 products of 255 and 127; deeper ones are computed in fp32.
    @Test(arguments: [66_000, 70_000, 150_000]) func deepProductsDoNotWrap(depth: Int) {
        let ones = [Float](repeating: 1, count: depth)
        let y = Tensor([1, 1])
        Linear(weight: Tensor([1, depth], ones), bias: nil, precision: .int8)(Tensor([1, depth], ones), into: y)
        #expect(abs(y.array[0] - Float(depth)) < 1e-3 * Float(depth))
    }

    @Test func zerosAreZero() {
        let layer = Linear(weight: Tensor([3, 7]), bias: Tensor([3], [1, 2, 3]), precision: .int8)
        let y = Tensor([2, 3])
        layer(Tensor([2, 7]), into: y)
        #expect(y.array == [1, 2, 3, 1, 2, 3])
    }
}
