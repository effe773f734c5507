import Kernels
import Testing

@Suite struct ConvolutionTests {
    private func convolution(
        _ index: Int, _ activation: Activation, _ precision: Precision = .fp32
    ) throws -> (Convolution, FeatureMap, FeatureMap) {
        let (golden, shape) = (try Goldens("convolution.\(index)"), Goldens.cases.convolution[index])
        let weights = ConvolutionWeights(
            weight: try golden("weight"), bias: try golden("bias"), stride: shape.stride, padding: shape.padding,
            groups: shape.groups ?? 1, precision: precision)
        let convolution = Convolution(weights, activation: activation)
        let x = try golden.map("x")
        let size = convolution.outputSize(height: x.height, width: x.width)
        return (
            convolution, x, FeatureMap(batch: x.batch, height: size.height, width: size.width, channels: convolution.outputs)
        )
    }

    @Test(arguments: Goldens.cases.convolution.indices) func convolutionsAgreeWithPyTorch(_ index: Int) throws {
        for (activation, name) in [(Activation.none, "y"), (.silu, "silu")] {
            let (convolution, x, y) = try convolution(index, activation)
            convolution(x, into: y)
            #expect(try difference(y.planes, Goldens("convolution.\(index)")(name)) < 3e-6)
        }
    }

    /// Places are rounded to 8 bits: what is lost is a few of the output's steps. Parts of wider maps are rounded as they are.
    @Test(
        .enabled(if: Precision.int8.isAvailable, "this processor has no instructions for int8"),
        arguments: Goldens.cases.convolution.indices)
    func convolutionsOfLessPrecisionStayNearPyTorch(_ index: Int) throws {
        for precision in [Precision.bf16, .int8] where precision.isAvailable {
            let (convolution, x, y) = try convolution(index, .none, precision)
            let wideX = FeatureMap(batch: x.batch, height: x.height, width: x.width, channels: x.channels + 8)
            let partX = wideX.channels(4..<4 + x.channels)
            partX.fill(planes: x.planes)
            let expected = try Goldens("convolution.\(index)")("y")
            let largest = expected.array.map { abs($0) }.max() ?? 0
            for map in [x, partX] {
                convolution(map, into: y)
                #expect(difference(y.planes, expected) < 0.03 * largest, "\(precision)")
            }
        }
    }

    @Test(arguments: Goldens.cases.convolution.indices) func convolutionsReadAndWritePartsOfWiderMaps(_ index: Int) throws {
        let (convolution, x, y) = try convolution(index, .none)
        let wideX = FeatureMap(batch: x.batch, height: x.height, width: x.width, channels: x.channels + 5)
        let wideY = FeatureMap(batch: y.batch, height: y.height, width: y.width, channels: y.channels + 7)
        let partX = wideX.channels(2..<2 + x.channels)
        partX.fill(planes: x.planes)
        convolution(partX, into: wideY.channels(3..<3 + y.channels))
        #expect(try difference(wideY.channels(3..<3 + y.channels).planes, Goldens("convolution.\(index)")("y")) < 3e-6)
        #expect(wideY.channels(0..<3).planes.array.allSatisfy { $0 == 0 })
        #expect(wideY.channels(3 + y.channels..<wideY.channels).planes.array.allSatisfy { $0 == 0 })
    }

    @Test(arguments: Goldens.cases.convolution.indices) func aResidualIsAddedAfterTheActivation(_ index: Int) throws {
        guard Goldens.cases.convolution[index].groups != Goldens.cases.convolution[index].inputs else { return }
        let (convolution, x, y) = try convolution(index, .silu)
        let residual = FeatureMap(planes: Tensor(y.planes.shape, (0..<y.planes.count).map { Float($0 % 7) }))
        convolution(x, into: y, adding: residual)
        let expected = zip(try Goldens("convolution.\(index)")("silu").array, residual.planes.array).map(+)
        #expect(difference(y.planes, Tensor(y.planes.shape, expected)) < 3e-6)
    }

    @Test(arguments: Goldens.cases.convolution.indices, Precision.allCases)
    func whatTheOutputHoldsIsAddedBeforeTheActivation(_ index: Int, _ precision: Precision) throws {
        guard precision.isAvailable, Goldens.cases.convolution[index].groups != Goldens.cases.convolution[index].inputs else {
            return
        }
        let (convolution, x, y) = try convolution(index, .relu, precision)
        let held = Tensor(y.planes.shape, (0..<y.planes.count).map { Float($0 % 7) - 3 })
        y.fill(planes: held)
        convolution(x, into: y, accumulating: true)
        let plain = try Goldens("convolution.\(index)")("y").array
        let expected = zip(plain, held.array).map { max(0, $0 + $1) }
        let step = max(1, plain.map { abs($0) }.max() ?? 0) * (precision == .fp32 ? 5e-6 : 0.03)
        #expect(difference(y.planes, Tensor(y.planes.shape, expected)) < step)
    }

    @Test(arguments: Goldens.cases.deconvolution.indices) func transposedConvolutionsAgreeWithPyTorch(_ index: Int) throws {
        let (golden, shape) = (try Goldens("deconvolution.\(index)"), Goldens.cases.deconvolution[index])
        let deconvolution = Deconvolution(
            weight: try golden("weight"), bias: try golden("bias"), stride: shape.stride, padding: shape.padding,
            activation: .relu)
        let x = try golden.map("x")
        let size = deconvolution.outputSize(height: x.height, width: x.width)
        let y = FeatureMap(batch: 2, height: size.height, width: size.width, channels: shape.outputs)
        deconvolution(x, into: y)
        #expect(try difference(y.planes, golden("y")) < 5e-6)
    }

    @Test(
        .enabled(if: Precision.int8.isAvailable, "this processor has no instructions for int8"),
        arguments: Goldens.cases.deconvolution.indices)
    func transposedConvolutionsOfLessPrecisionStayNearPyTorch(_ index: Int) throws {
        let (golden, shape) = (try Goldens("deconvolution.\(index)"), Goldens.cases.deconvolution[index])
        for precision in [Precision.bf16, .int8] where precision.isAvailable {
            let deconvolution = Deconvolution(
                weight: try golden("weight"), bias: try golden("bias"), stride: shape.stride, padding: shape.padding,
                activation: .relu, precision: precision)
            let x = try golden.map("x")
            let size = deconvolution.outputSize(height: x.height, width: x.width)
            let y = FeatureMap(batch: 2, height: size.height, width: size.width, channels: shape.outputs)
            deconvolution(x, into: y)
            let expected = try golden("y")
            #expect(difference(y.planes, expected) < 0.03 * (expected.array.max() ?? 0), "\(precision)")
        }
    }

    @Test func batchNormFoldsIntoTheConvolutionBeforeIt() throws {
        let golden = try Goldens("fold")
        let norm = try BatchNorm(
            "norm",
            gain: try golden("gain"), bias: try golden("bias"), mean: try golden("mean"), variance: try golden("variance"),
            epsilon: 1e-3)
        let (weight, bias) = norm.folded(into: try golden("weight"))
        let (x, y) = (try golden.map("x"), FeatureMap(batch: 1, height: 5, width: 6, channels: 7))
        Convolution(ConvolutionWeights(weight: weight, bias: bias, padding: 1))(x, into: y)
        #expect(try difference(y.planes, golden("y")) < 2e-5)

        let transposed = try Goldens("fold.transposed")
        let folded = norm.folded(intoTransposed: try transposed("weight"))
        let larger = FeatureMap(batch: 1, height: 4, width: 6, channels: 7)
        Deconvolution(weight: folded.weight, bias: folded.bias, stride: 2, padding: 1)(try transposed.map("x"), into: larger)
        #expect(try difference(larger.planes, transposed("y")) < 2e-5)
    }

    @Test(arguments: Goldens.cases.enlarged.indices) func enlargingBilinearlyBeforeAConvolutionAgreesWithPyTorch(
        _ index: Int
    ) throws {
        let golden = try Goldens("enlarged.\(index)")
        let convolution = UpsampledConvolution(
            weight: try golden("weight"), bias: try golden("bias"), scale: Goldens.cases.enlarged[index].scale)
        let (x, expected) = (try golden.map("x"), try golden("y"))
        let planes = Tensor(expected.shape)
        let workspace = Tensor(convolution.workspace(batch: x.batch, height: x.height, width: x.width))
        convolution(x, workspace: workspace, into: planes)
        #expect(difference(planes, expected) < 5e-6)
    }

    @Test func doublingAndPoolingAgreeWithPyTorch() throws {
        let golden = try Goldens("sampling")
        let x = try golden.map("x")
        let doubled = FeatureMap(batch: 2, height: 14, width: 12, channels: 19)
        x.doubled(into: doubled)
        #expect(try difference(doubled.planes, golden("doubled")) == 0)
        let pooled = FeatureMap(batch: 2, height: 7, width: 6, channels: 19)
        maxPool(x, kernel: 5, into: pooled)
        #expect(try difference(pooled.planes, golden("pooled")) == 0)
        maxPool(x, kernel: 13, into: pooled)
        #expect(try difference(pooled.planes, golden("thrice")) == 0)
    }
}
