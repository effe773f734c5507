import PoseTypes

/// Samples of a picture whose brightness tells where they went. Positions and motions are in samples of the pyramid's first level,
/// around the picture's middle.
struct RegisteredPoints {
    private struct Point {
        var x: Float
        var y: Float
        var value: Float
        /// Along both sides, a level's brightness for each sample of the first level.
        var gradient: (x: Float, y: Float)
    }

    private let level: Int
    private var points: [Point] = []

    var count: Int { points.count }

    /// A block of 8x8 samples of the first level gives its three with the steepest gradients: all parts of the picture have their say.
    init(of pyramid: PicturePyramid, level: Int, ignoring boxes: [BoundingBox]) {
        self.level = level
        let samples = pyramid.levels[level]
        let (block, scale) = (max(2, 8 >> level), Float(1 << level))
        let middle = (x: Float(pyramid.levels[0].width) / 2, y: Float(pyramid.levels[0].height) / 2)
        let ignored = boxes.map { box in
            let cell = Float(pyramid.cell)
            return (
                left: box.x / cell - middle.x, top: box.y / cell - middle.y,
                right: box.maxX / cell - middle.x, bottom: box.maxY / cell - middle.y
            )
        }
        var best: [(steepness: Float, place: Int)] = []
        points.reserveCapacity(3 * (samples.width / block + 1) * (samples.height / block + 1))
        samples.values.withUnsafeBufferPointer { values in
            func gradient(_ place: Int) -> (x: Float, y: Float) {
                let (across, down) = (
                    values[place + 1] - values[place - 1], values[place + samples.width] - values[place - samples.width]
                )
                return (across / (2 * scale), down / (2 * scale))
            }
            func position(_ place: Int) -> (x: Float, y: Float) {
                let (row, column) = place.quotientAndRemainder(dividingBy: samples.width)
                return ((Float(column) + 0.5) * scale - middle.x, (Float(row) + 0.5) * scale - middle.y)
            }
            for top in stride(from: 1, to: samples.height - 1, by: block) {
                for left in stride(from: 1, to: samples.width - 1, by: block) {
                    best.removeAll(keepingCapacity: true)
                    // Two levels of brightness between neighbours, and then the third of the block.
                    var least = 4 / (scale * scale)
                    for row in top..<min(top + block, samples.height - 1) {
                        for column in left..<min(left + block, samples.width - 1) {
                            let place = row * samples.width + column
                            let (across, down) = gradient(place)
                            let steepness = across * across + down * down
                            guard steepness > least else { continue }
                            let (x, y) = position(place)
                            if ignored.contains(where: { $0.left < x && x < $0.right && $0.top < y && y < $0.bottom }) {
                                continue
                            }
                            best.insert((steepness, place), at: best.firstIndex { $0.steepness < steepness } ?? best.count)
                            if best.count > 3 { best.removeLast() }
                            if best.count == 3 { least = best[2].steepness }
                        }
                    }
                    for (_, place) in best {
                        let (x, y) = position(place)
                        points.append(Point(x: x, y: y, value: values[place], gradient: gradient(place)))
                    }
                }
            }
        }
    }

    /// What the picture shows where each point went, less what the point was; NaN outside.
    func errors(of motion: CameraMotion, to pyramid: PicturePyramid) -> [Float] {
        let samples = pyramid.levels[level]
        let (a, b, dx, dy) = (Float(motion.a), Float(motion.b), Float(motion.dx), Float(motion.dy))
        let scale = 1 / Float(1 << level)
        let middle = (x: Float(pyramid.levels[0].width) / 2, y: Float(pyramid.levels[0].height) / 2)
        return samples.values.withUnsafeBufferPointer { values in
            points.map { point in
                let column = (a * point.x - b * point.y + dx + middle.x) * scale - 0.5
                let row = (b * point.x + a * point.y + dy + middle.y) * scale - 0.5
                guard column >= 0, row >= 0, column < Float(samples.width - 1), row < Float(samples.height - 1) else {
                    return .nan
                }
                let (left, top) = (Int(column), Int(row))  // fits: inside the level
                let (across, down) = (column - Float(left), row - Float(top))
                let place = top * samples.width + left
                let upper = values[place] + across * (values[place + 1] - values[place])
                let next = place + samples.width
                let lower = values[next] + across * (values[next + 1] - values[next])
                return upper + down * (lower - upper) - point.value
            }
        }
    }

    /// The median of every fourth error, which is enough: how much the light has changed as a whole. Nil where none is seen.
    static func middle(of errors: [Float]) -> Float? {
        let seen = stride(from: 0, to: errors.count, by: 4).map { errors[$0] }.filter { !$0.isNaN }.sorted()
        return seen.isEmpty ? nil : seen[seen.count / 2]
    }

    /// Whether a motion puts most points within half a sample of where they are, as their gradients tell: then this level alone finds the
    /// rest of the way.
    func isNear(_ motion: CameraMotion, to pyramid: PicturePyramid) -> Bool {
        let errors = errors(of: motion, to: pyramid)
        guard let bias = Self.middle(of: errors) else { return false }
        let distances = zip(points, errors).map { point, error in
            abs(error - bias) / (point.gradient.x * point.gradient.x + point.gradient.y * point.gradient.y).squareRoot()
        }
        return Self.middle(of: distances).map { $0 < 0.5 } ?? false
    }

    /// The step of the motion that the errors ask for, as the points' own motion; nil where they do not tell.
    func step(from motion: CameraMotion, to pyramid: PicturePyramid) -> CameraMotion? {
        let errors = errors(of: motion, to: pyramid)
        guard 2 * errors.count(where: { !$0.isNaN }) > max(32, points.count), let bias = Self.middle(of: errors) else {
            return nil
        }
        let spread = Self.middle(of: errors.map { abs($0 - bias) }) ?? 0
        let limit = max(2, 4.685 * 1.483 * spread)
        var normal = NormalEquations()
        // Of a unit circle's size, so that the equations are well conditioned.
        let unit = 1 / Float(max(pyramid.levels[0].width, pyramid.levels[0].height))
        for (point, error) in zip(points, errors) where !error.isNaN {
            let share = (error - bias) / limit
            guard abs(share) < 1 else { continue }
            let weight = (1 - share * share) * (1 - share * share)
            let (gx, gy, x, y) = (point.gradient.x, point.gradient.y, point.x * unit, point.y * unit)
            normal.add(SIMD4(gx, gy, gx * x + gy * y, gy * x - gx * y), error - bias, weight)
        }
        guard let (dx, dy, a, b) = normal.solution else { return nil }
        return CameraMotion(a: 1 + Double(a * unit), b: Double(b * unit), dx: Double(dx), dy: Double(dy))
    }
}

/// A weighted least squares problem of four unknowns.
private struct NormalEquations {
    /// Its columns; symmetric.
    private var matrix = InlineArray<4, SIMD4<Float>>(repeating: .zero)
    private var right = SIMD4<Float>.zero

    mutating func add(_ row: SIMD4<Float>, _ value: Float, _ weight: Float) {
        let weighted = weight * row
        right += value * weighted
        for i in 0..<4 { matrix[i] += row[i] * weighted }
    }

    /// By Cholesky's decomposition; nil where the points do not determine it.
    var solution: (Float, Float, Float, Float)? {
        var lower = InlineArray<16, Float>(repeating: 0)
        for i in 0..<4 {
            for j in 0...i {
                var sum = matrix[i][j]
                for k in 0..<j { sum -= lower[4 * i + k] * lower[4 * j + k] }
                if i == j {
                    guard sum > 1e-3 * matrix[i][i], sum > 1e-3 else { return nil }
                    lower[4 * i + i] = sum.squareRoot()
                } else {
                    lower[4 * i + j] = sum / lower[4 * j + j]
                }
            }
        }
        var x = right
        for i in 0..<4 {
            for k in 0..<i { x[i] -= lower[4 * i + k] * x[k] }
            x[i] /= lower[4 * i + i]
        }
        for i in (0..<4).reversed() {
            for k in i + 1..<4 { x[i] -= lower[4 * k + i] * x[k] }
            x[i] /= lower[4 * i + i]
        }
        return (x[0], x[1], x[2], x[3])
    }
}
