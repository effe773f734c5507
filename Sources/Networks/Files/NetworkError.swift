/// What is wrong with a network's files: which file, and what about it.
package struct NetworkError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
