/// Optimal one-to-one assignment.
package enum Assignment {
    /// For every row of `costs` (`[rows, columns]`, row by row) its column, or nil.
    ///
    /// Minimises the sum of `cost - gate` over the pairs made, so no pair costs the gate or more, and leaving a row alone
    /// is better than a bad pair. Shortest augmenting paths with potentials (Jonker, Volgenant 1987; the rectangular form:
    /// Crouse 2016, "On implementing 2D rectangular assignment algorithms", algorithm 1), O(rows² columns).
    package static func solve(_ costs: [Double], rows: Int, columns: Int, gate: Double) -> [Int?] {
        precondition(costs.count == rows * columns, "a cost for every pair")
        guard rows > 0, columns > 0 else { return Array(repeating: nil, count: rows) }
        guard rows <= columns else {
            var turned = [Double](repeating: 0, count: costs.count)
            for row in 0..<rows { for column in 0..<columns { turned[column * rows + row] = costs[row * columns + column] } }
            var result = [Int?](repeating: nil, count: rows)
            for (column, row) in solve(turned, rows: columns, columns: rows, gate: gate).enumerated() {
                if let row { result[row] = column }
            }
            return result
        }
        // A pair at the gate stands for "alone": with all costs at most the gate, every row can take one for nothing. What is no number
        // is no pair.
        let full = complete(costs.map { $0 < gate ? $0 : gate }, rows: rows, columns: columns)
        return full.enumerated().map { row, column in costs[row * columns + column] < gate ? column : nil }
    }

    /// A column for every row, of least total cost; at least as many columns as rows.
    private static func complete(_ costs: [Double], rows: Int, columns: Int) -> [Int] {
        var rowPotential = [Double](repeating: 0, count: rows)
        var columnPotential = [Double](repeating: 0, count: columns)
        var rowOf = [Int](repeating: -1, count: columns)
        var columnOf = [Int](repeating: -1, count: rows)
        var distance = [Double](repeating: 0, count: columns)
        var via = [Int](repeating: -1, count: columns)
        var settled = [Bool](repeating: false, count: columns)

        for start in 0..<rows {
            for column in 0..<columns { (distance[column], settled[column]) = (.infinity, false) }
            var (row, length, sink) = (start, 0.0, -1)
            var visited: [Int] = []
            while sink < 0 {
                var nearest = -1
                for column in 0..<columns where !settled[column] {
                    let reduced = length + costs[row * columns + column] - rowPotential[row] - columnPotential[column]
                    if reduced < distance[column] { (distance[column], via[column]) = (reduced, row) }
                    // Among equals a free column ends the search.
                    if nearest < 0 || distance[column] < distance[nearest]
                        || (distance[column] == distance[nearest] && rowOf[column] < 0 && rowOf[nearest] >= 0)
                    {
                        nearest = column
                    }
                }
                length = distance[nearest]
                settled[nearest] = true
                visited.append(nearest)
                if rowOf[nearest] < 0 { sink = nearest } else { row = rowOf[nearest] }
            }
            rowPotential[start] += length
            for column in visited where column != sink {
                rowPotential[rowOf[column]] += length - distance[column]
                columnPotential[column] -= length - distance[column]
            }
            var column = sink
            while true {
                let row = via[column]
                rowOf[column] = row
                swap(&columnOf[row], &column)
                if row == start { break }
            }
        }
        return columnOf
    }
}
