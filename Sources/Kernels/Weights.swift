import FoundationEssentials

/// The numbers of a network by their names, from a safetensors file.
///
/// A network asks for every tensor it needs with the shape it must have, then calls `verifyAllUsed`: so a file of another
/// network is refused with the name of the first tensor that does not fit, whichever way it differs.
package final class Weights {
    /// The precision that the network multiplies in.
    package let precision: Precision
    private let file: Safetensors
    private var unused: Set<String>

    package init(contentsOf file: URL, precision: Precision = .fp32) throws(KernelsError) {
        self.precision = precision
        self.file = try Safetensors(contentsOf: file)
        unused = Set(self.file.entries.keys)
    }

    /// A copy in fp32 of what the file holds as F32, F16 or BF16. Throws where that is not a number: NaN or infinite.
    package func tensor(_ name: String, shape: [Int]) throws(KernelsError) -> Tensor {
        guard let entry = file.entries[name] else { throw KernelsError(description: "the weights \(file.path) lack \(name)") }
        guard entry.shape == shape else {
            throw KernelsError(
                description: "the weights \(file.path) hold \(name) of shape \(entry.shape), the network's is \(shape)")
        }
        unused.remove(name)
        let tensor = Tensor(shape)
        try file.read(entry, named: name, into: tensor.pointer)
        guard tensor.isFinite else {
            throw KernelsError(
                description: "the weights \(file.path) are damaged: \(name) holds what is no number (NaN or infinite)")
        }
        return tensor
    }

    package var names: [String] { file.entries.keys.sorted() }

    /// Nil where there is no such tensor.
    package func shape(of name: String) -> [Int]? { file.entries[name]?.shape }

    /// Throws if a tensor was not asked for, unless `ignored` says that it has no part in inference.
    package func verifyAllUsed(ignoring ignored: (String) -> Bool = { _ in false }) throws(KernelsError) {
        let left = unused.filter { !ignored($0) }.sorted()
        guard let first = left.first else { return }
        throw KernelsError(
            description: "the weights \(file.path) hold \(first)\(left.count > 1 ? " and \(left.count - 1) more" : ""), "
                + "which the network has no use for")
    }
}
