import Kernels

/// What a user asks for; the names of the options and keys.
package enum PrecisionChoice: String, Sendable, CaseIterable {
    /// The fastest precision that was shown to be accurate with the model and that the processor has instructions for; else fp32.
    case auto
    case fp32
    case bf16
    case int8
}

extension ModelStore {
    /// The precision that a model is loaded in. `name` is an id of the manifest, a folder or a file.
    package func precision(_ choice: PrecisionChoice, for name: String) -> Precision {
        if let precision = Precision(rawValue: choice.rawValue) { return precision }
        let shown = manifest.models.first { $0.id == name }?.precisions ?? []
        return shown.lazy.compactMap(Precision.init).first(
            where: \.isAvailable) ?? .fp32
    }
}
