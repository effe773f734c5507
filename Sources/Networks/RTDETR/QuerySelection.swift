import Glibc
import Kernels

/// Chooses the places of the encoder's maps that become the decoder's queries: those of whose best class the encoder is surest. Each
/// begins with a box as large as its map's cells allow, moved by a prediction (`RTDetrModel.forward`, `generate_anchors`).
struct QuerySelection {
    private let output: Linear
    private let norm: LayerNorm
    private let classes: Linear
    private let boxes: PredictionHead
    /// What `output` makes of zeros.
    private let blank: Tensor
    private let classCount: Int

    init(_ configuration: RTDETRConfiguration, _ parameters: any Parameters) throws(KernelsError) {
        let width = configuration.width
        classCount = configuration.labels.count
        output = try Linear("model.enc_output.0", inputs: width, outputs: width, parameters)
        blank = try parameters.tensor("model.enc_output.0.bias", shape: [width])
        norm = try configuration.norm("model.enc_output.1", width, parameters)
        classes = try Linear(
            "model.enc_score_head", inputs: width, outputs: classCount, parameters, precision: parameters.precision.betweenLayers)
        boxes = try PredictionHead("model.enc_bbox_head", widths: [width, width, width, 4], parameters)
    }

    /// Fills `queries` `[queries, width]` and their `boxes` `[queries, 4]`, centre and size in shares of the picture.
    func callAsFunction(_ maps: EncodedMaps, into queries: Tensor, boxes: Tensor, _ arena: FeatureArena) {
        arena.scope {
            let width = queries.shape[1]
            let places = arena.tensor(maps.places.shape)
            output(maps.places, into: places)
            let anchors = Anchors(sizes: maps.sizes)
            // A place whose box would touch the picture's edge counts as zeros.
            anchors.forEachInvalid { place in
                places.pointer.advanced(by: place * width).update(from: blank.pointer, count: width)
            }
            norm(places, into: places)
            let scores = arena.tensor([places.shape[0], classCount])
            classes(places, into: scores)
            let best = arena.tensor([places.shape[0]])
            parallel(best.count, by: 512) { range in
                for place in range {
                    let row = scores.pointer + place * classCount
                    var most = row[0]
                    for index in 1..<classCount where row[index] > most { most = row[index] }
                    best.pointer[place] = most
                }
            }
            let chosen = indicesOfLargest(
                queries.shape[0], of: UnsafeBufferPointer(start: best.pointer, count: best.count))
            for (query, place) in chosen.enumerated() {
                queries.pointer.advanced(by: query * width).update(from: places.pointer + place * width, count: width)
            }
            let moves = arena.tensor(boxes.shape)
            self.boxes(queries, into: moves, arena)
            for (query, place) in chosen.enumerated() {
                for (index, anchor) in anchors.logits(of: place).enumerated() {
                    boxes.pointer[4 * query + index] = sigmoid(moves.pointer[4 * query + index] + anchor)
                }
            }
        }
    }
}

/// The boxes that places begin with: around their cell's centre, 0.05 of the picture's sides on the finest map, twice that on each next.
struct Anchors {
    let sizes: [(height: Int, width: Int)]

    private static let margin: Float = 0.01

    /// The logarithms of the odds of centre and size, or the largest number for those that touch the picture's edge.
    func logits(of place: Int) -> [Float] {
        var place = place
        var side: Float = 0.05
        for size in sizes {
            let count = size.height * size.width
            if place < count {
                let box = [
                    Self.centre(place % size.width, of: size.width), Self.centre(place / size.width, of: size.height), side, side,
                ]
                return box.map { value in
                    box.allSatisfy(Self.isInside) ? log(value / (1 - value)) : .greatestFiniteMagnitude
                }
            }
            place -= count
            side *= 2
        }
        preconditionFailure("there is no place \(place)")
    }

    /// The places whose anchors touch the picture's edge.
    func forEachInvalid(_ body: (Int) -> Void) {
        var first = 0
        var side: Float = 0.05
        for (height, width) in sizes {
            for row in 0..<height {
                let isRowInside = Self.isInside(Self.centre(row, of: height)) && Self.isInside(side)
                for column in 0..<width where !(isRowInside && Self.isInside(Self.centre(column, of: width))) {
                    body(first + row * width + column)
                }
            }
            first += height * width
            side *= 2
        }
    }

    private static func centre(_ cell: Int, of count: Int) -> Float { (Float(cell) + 0.5) / Float(count) }
    private static func isInside(_ share: Float) -> Bool { share > margin && share < 1 - margin }
}

/// The indices of the `count` (1 or more) largest values, the largest first; of equal ones the first comes first.
func indicesOfLargest(_ count: Int, of values: UnsafeBufferPointer<Float>) -> [Int] {
    var best: [Int] = []
    var least = -Float.infinity
    func trim() {
        best.sort { (values[$1], $0) < (values[$0], $1) }
        guard best.count >= count else { return }
        best.removeLast(best.count - count)
        least = values[best[count - 1]]
    }
    for index in values.indices where best.count < count || !(values[index] <= least) {
        best.append(index)
        if best.count == 2 * count { trim() }
    }
    trim()
    return best
}
