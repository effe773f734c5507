import ArgumentParser
import Models

extension PrecisionChoice: ExpressibleByArgument {
    /// `auto|fp32|bf16|int8`
    static let names = allCases.map(\.rawValue).joined(separator: "|")
    static let help: String = """
        What the networks multiply in: auto is the fastest that is as accurate with the model and that the processor has \
        instructions for.
        """
}
