import Kernels
import Testing

@Suite struct MatrixTests {
    @Test(arguments: Goldens.cases.linear.indices) func linearLayersAgreeWithPyTorch(_ index: Int) throws {
        let golden = try Goldens("linear.\(index)")
        let (x, expected) = (try golden("x"), try golden("y"))
        let y = Tensor(expected.shape)
        Linear(weight: try golden("weight"), bias: try golden("bias"))(x, into: y)
        #expect(difference(y, expected) < 2e-6)
        Linear(weight: try golden("weight"), bias: try golden("bias"), activation: .gelu)(x, into: y)
        #expect(try difference(y, golden("gelu")) < 3e-6)
    }

    @Test(arguments: Goldens.cases.linear.indices) func aLinearLayerAddsToWhatIsThere(_ index: Int) throws {
        let golden = try Goldens("linear.\(index)")
        let expected = try golden("y")
        let y = Tensor(expected.shape, Array(repeating: 3, count: expected.count))
        Linear(weight: try golden("weight"), bias: try golden("bias"))(try golden("x"), into: y, adding: true)
        #expect(difference(y, Tensor(y.shape, expected.array.map { $0 + 3 })) < 1e-5)
    }

    @Test func multiplyingByTheUnitMatrixChangesNothing() {
        for size in [1, 2, 7, 12, 13, 16, 17, 31, 32, 33, 100] {
            let unit = Tensor([size, size])
            for index in 0..<size { unit.pointer[index * size + index] = 1 }
            let x = Tensor([size + 3, size], (0..<(size + 3) * size).map { Float($0 % 97) })
            let y = Tensor(x.shape)
            Linear(weight: unit, bias: nil)(x, into: y)
            #expect(y.array == x.array, "\(size)")
        }
    }

    @Test func layerNormAgreesWithPyTorch() throws {
        let golden = try Goldens("norm")
        let y = Tensor([5, 37])
        LayerNorm(gain: try golden("gain"), bias: try golden("bias"), epsilon: 1e-6)(try golden("x"), into: y)
        #expect(try difference(y, golden("y")) < 2e-6)
    }

    @Test func layerNormLeavesMeanZeroAndVarianceOne() {
        let (rows, width) = (3, 100)
        let x = Tensor([rows, width], (0..<rows * width).map { Float($0 * $0 % 101) * 0.3 + 5 })
        let (gain, bias) = (Tensor([width], Array(repeating: 1, count: width)), Tensor([width]))
        LayerNorm(gain: gain, bias: bias, epsilon: 0)(x, into: x)
        for row in 0..<rows {
            let values = x.slice(row..<row + 1).array
            #expect(abs(values.reduce(0, +)) < 1e-3)
            #expect(abs(values.reduce(0) { $0 + $1 * $1 } - Float(width)) < 1e-2)
        }
    }

    @Test(arguments: Goldens.cases.attention.indices) func attentionAgreesWithPyTorch(_ index: Int) throws {
        let golden = try Goldens("attention.\(index)")
        let (shape, expected) = (Goldens.cases.attention[index], try golden("y"))
        let y = Tensor(expected.shape)
        attention(try golden("x"), tokens: shape.tokens, heads: shape.heads, into: y)
        #expect(difference(y, expected) < 2e-6)
    }

    @Test func attentionToEqualTokensIsTheirMean() {
        // All keys alike: every query sees the mean of the values, however large the scores are.
        let (tokens, width) = (19, 6)
        var rows: [Float] = []
        var expected: [Float] = []
        for token in 0..<tokens {
            rows += Array(repeating: Float(token * 40), count: width)
            rows += Array(repeating: 9, count: width)
            rows += (0..<width).map { Float(token + $0) }
            expected += (0..<width).map { Float(tokens - 1) / 2 + Float($0) }
        }
        let y = Tensor([tokens, width])
        attention(Tensor([tokens, 3 * width], rows), tokens: tokens, heads: 2, into: y)
        #expect(difference(y, Tensor(y.shape, expected)) < 1e-4)
    }

    @Test(arguments: [
        (Activation.relu, "relu", Float(0)), (.gelu, "gelu", 1e-6), (.silu, "silu", 2e-6), (.sigmoid, "sigmoid", 3e-7),
    ]) func activationsAgreeWithPyTorch(_ activation: Activation, _ name: String, _ tolerance: Float) throws {
        let golden = try Goldens("activation")
        let x = try golden("x")
        activation(x)
        #expect(try difference(x, golden(name)) <= tolerance)
    }

    @Test func activationsBearExtremes() {
        let x: [Float] = [-1e30, -1000, -88, -6, 6, 88, 1000, 1e30]
        func values(_ activation: Activation) -> [Float] {
            let tensor = Tensor([x.count], x)
            activation(tensor)
            return tensor.array
        }
        #expect(values(.gelu).map { abs($0) < 1e-6 ? 0 : $0 } == [0, 0, 0, 0, 6, 88, 1000, 1e30])
        #expect(values(.sigmoid).allSatisfy { (0...1).contains($0) })
        #expect(values(.silu).allSatisfy { $0.isFinite })
        #expect(abs(values(.silu)[1]) < 1e-30 && values(.silu)[7] == 1e30)
    }
}
