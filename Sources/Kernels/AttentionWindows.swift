/// Rectangles of a grid of tokens, row by row, of which each attends to itself only (Swin, arXiv 2103.14030, section 3.2).
///
/// Those at the border are as small as the grid leaves them. With a shift, the first row and the first column of windows are half as
/// large (rounded down), so that the borders of the others lie within the windows of a block without: what Swin computes with a cyclic
/// shift and a mask. A window that covers a side of the grid has no neighbour there, and is not shifted along it.
package struct AttentionWindows: Sendable, Equatable {
    let rows: [Range<Int>]
    let columns: [Range<Int>]
    /// Whether every token attends to the mean of each window, too (ViTPose, arXiv 2204.12484).
    package let isPooled: Bool
    private let gridColumns: Int

    /// `grid` and `size` count tokens; both are positive.
    package init(grid: (rows: Int, columns: Int), size: (rows: Int, columns: Int), isShifted: Bool, isPooled: Bool) {
        precondition(min(grid.rows, grid.columns, size.rows, size.columns) > 0, "windows of \(size) in \(grid)")
        rows = Self.parts(of: grid.rows, size.rows, isShifted)
        columns = Self.parts(of: grid.columns, size.columns, isShifted)
        gridColumns = grid.columns
        self.isPooled = isPooled
    }

    package var count: Int { rows.count * columns.count }
    package var tokens: Int { rows.last!.upperBound * gridColumns }
    /// Tokens of the largest window.
    var largest: Int { rows.map(\.count).max()! * columns.map(\.count).max()! }
    /// Pairs of a query and a key that attention multiplies.
    package var pairs: Int {
        let squares = [rows, columns].map { $0.reduce(0) { $0 + $1.count * $1.count } }
        return squares[0] * squares[1] + (isPooled ? tokens * count : 0)
    }

    /// Calls `body` with the window's first token of each row, and how many it has there.
    func forEachRow(of window: Int, _ body: (_ first: Int, _ count: Int) -> Void) {
        let across = columns[window % columns.count]
        for row in rows[window / columns.count] { body(row * gridColumns + across.lowerBound, across.count) }
    }

    private static func parts(of length: Int, _ size: Int, _ isShifted: Bool) -> [Range<Int>] {
        guard size < length else { return [0..<length] }
        let first = isShifted && size > 1 ? size / 2 : size
        return [0..<first] + stride(from: first, to: length, by: size).map { $0..<min($0 + size, length) }
    }
}
