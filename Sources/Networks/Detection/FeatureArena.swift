import Kernels

/// Memory for the feature maps of one pass, handed out like a stack: a layer gives back what it took.
///
/// The first pass finds out how much is needed at once; from the second on it is one piece, and nothing is allocated. Reuse
/// also keeps the maps in cache.
final class FeatureArena {
    private var memory = Tensor([0])
    private var used = 0
    private var peak = 0

    /// Before each pass: nothing handed out before is still in use.
    func reset() {
        used = 0
        if memory.count < peak { memory = Tensor([peak]) }
    }

    func map(batch: Int, height: Int, width: Int, channels: Int) -> FeatureMap {
        // Maps begin at cache lines.
        let count = (batch * height * width * channels + 15) / 16 * 16
        let start = used
        used += count
        peak = max(peak, used)
        let shape = [batch, height, width, channels]
        guard used <= memory.count else { return FeatureMap(Tensor(shape)) }
        return FeatureMap(memory.slice(start..<start + shape.reduce(1, *)).reshaped(shape))
    }

    /// What a convolution makes of `x`, in memory of its own.
    func map(_ convolution: Convolution, of x: FeatureMap) -> FeatureMap {
        let size = convolution.outputSize(height: x.height, width: x.width)
        return map(batch: x.batch, height: size.height, width: size.width, channels: convolution.outputs)
    }

    /// Gives back at its end what `body` took.
    func scope(_ body: () -> Void) {
        let before = used
        body()
        used = before
    }
}
