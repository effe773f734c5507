import Kernels

/// Memory for the feature maps and tensors of one pass, handed out like a stack: a layer gives back what it took.
///
/// The first pass finds out how much is needed at once; from the second on it is one piece, and nothing is allocated. Reuse
/// also keeps the maps in cache.
final class FeatureArena {
    private var memory = Tensor([0])
    private var used = 0
    /// Floats that were in use at once, at most.
    private(set) var peak = 0

    /// Before each pass: nothing handed out before is still in use.
    func reset() {
        used = 0
        if memory.count < peak { memory = Tensor([peak]) }
    }

    /// Of no defined contents.
    func tensor(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        let start = used
        // Tensors begin at cache lines.
        used += (count + 15) / 16 * 16
        peak = max(peak, used)
        guard used <= memory.count else { return Tensor(shape) }
        return memory.slice(start..<start + count).reshaped(shape)
    }

    func map(batch: Int, height: Int, width: Int, channels: Int) -> FeatureMap {
        FeatureMap(tensor([batch, height, width, channels]))
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
