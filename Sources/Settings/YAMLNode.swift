/// A value of a YAML text, and where it stands.
package struct YAMLNode {
    /// Both from 1.
    package struct Mark: Equatable {
        package var line: Int
        package var column: Int
    }

    package enum Content {
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the text; a key may come twice.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    package let content: Content
    package let mark: Mark
    /// How many values it is made of, itself and those behind aliases included.
    package let size: Int

    package init(_ content: Content, at mark: Mark) {
        self.content = content
        self.mark = mark
        size =
            switch content {
            case .scalar: 1
            case .sequence(let items): items.reduce(1) { $0 + $1.size }
            case .mapping(let pairs): pairs.reduce(1) { $0 + $1.key.size + $1.value.size }
            }
    }

    package var text: String? { if case .scalar(let text, _) = content { text } else { nil } }
    package var items: [YAMLNode]? { if case .sequence(let items) = content { items } else { nil } }
    package var pairs: [(key: YAMLNode, value: YAMLNode)]? { if case .mapping(let pairs) = content { pairs } else { nil } }

    /// What stands behind a key; the last of several.
    package subscript(key: String) -> YAMLNode? { pairs?.last { $0.key.text == key }?.value }
}
