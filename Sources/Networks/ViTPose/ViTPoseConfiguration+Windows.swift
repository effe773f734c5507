import Kernels

/// The attention kinds of ViTPose's ablation (arXiv 2204.12484, "attention type"): full, or within windows of the grid of tokens, which may
/// be shifted in every other block and pooled for the keys of all. Its keys in `backbone_config` are posed's own: transformers has none. The
/// relative positions that the paper gives to its windows are left out.
extension ViTPoseConfiguration {
    struct Windows: Sendable, Equatable {
        /// Tokens.
        let height: Int
        let width: Int
        /// Whether those of odd blocks are moved by half their size.
        let areShifted: Bool
        /// Whether each token attends to the mean of every window, too.
        let arePooled: Bool
        /// Blocks that attend to all.
        let fullBlocks: Set<Int>
    }

    /// Nil where the block attends to all.
    func windows(ofBlock block: Int) -> AttentionWindows? {
        guard let windows, !windows.fullBlocks.contains(block) else { return nil }
        return AttentionWindows(
            grid: (gridHeight, gridWidth), size: (windows.height, windows.width),
            isShifted: windows.areShifted && !block.isMultiple(of: 2), isPooled: windows.arePooled)
    }

    /// Pairs of a query and a key that the attention of all blocks multiplies.
    var attentionPairs: Int {
        let tokens = gridHeight * gridWidth
        return (0..<blocks).reduce(0) { $0 + (windows(ofBlock: $1)?.pairs ?? tokens * tokens) }
    }

    /// What is wrong with the windows, if anything is.
    var windowsBeyondLimits: String? {
        guard let windows else { return nil }
        for side in [windows.height, windows.width] where !(1...4096).contains(side) {
            return "window_size has a side of \(side); posed takes 1 to 4096"
        }
        return windows.fullBlocks.first { !(0..<blocks).contains($0) }
            .map { "full_attention_indices names block \($0); there are 0 to \(blocks - 1)" }
    }
}
