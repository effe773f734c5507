import Kernels

/// The memory of a network between its layers, for some images at once.
protocol ImageMemory {
    var batch: Int { get }
    /// The front of this memory.
    func prefix(_ batch: Int) -> Self
}

/// Runs a network over batches: images are divided evenly among the threads, each of which takes one at a time through all layers; what
/// is left over goes through the layers at once, and all threads share those.
///
/// Memory is made once and grows with the largest batch.
struct BatchedMemory<Memory: ImageMemory> {
    /// For images that all threads share.
    private var shared: Memory?
    /// For images that a thread has for itself, one a thread.
    private var lanes: [Memory] = []
    private var outputs: Tensor?

    /// - Parameters:
    ///   - outputShape: of one image's output.
    ///   - make: memory for so many images.
    ///   - body: computes the outputs of images in memory for as many.
    /// - Returns: `[batch] + outputShape`, valid until the next call.
    mutating func run(
        _ images: Tensor, outputShape: [Int], make: (Int) -> Memory, _ body: (Tensor, Memory, Tensor) -> Void
    ) -> Tensor {
        let batch = images.shape[0]
        if outputs.map({ $0.shape[0] < batch }) ?? true { outputs = Tensor([batch] + outputShape) }
        let outputs = outputs!.prefix(batch)
        // As many as come out even: what a thread multiplies stays in its own cache, and no thread waits for another between layers.
        let threads = ThreadBudget.threads
        let even = batch / threads * threads
        while even > 0, lanes.count < threads { lanes.append(make(1)) }
        let lanes = lanes
        parallel(even) { index in
            body(images.slice(index..<index + 1), lanes[ThreadBudget.lane], outputs.slice(index..<index + 1))
        }
        if even < batch {
            if shared.map({ $0.batch < batch - even }) ?? true { shared = make(batch - even) }
            body(images.slice(even..<batch), shared!.prefix(batch - even), outputs.slice(even..<batch))
        }
        return outputs
    }
}
