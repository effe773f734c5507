/// What is wrong with a file of weights: which file, which tensor, and what about it.
public struct KernelsError: Error, Equatable, CustomStringConvertible {
    public let description: String
}
