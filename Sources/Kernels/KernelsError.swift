/// What is wrong with a file of weights: which file, which tensor, and what about it.
package struct KernelsError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}
