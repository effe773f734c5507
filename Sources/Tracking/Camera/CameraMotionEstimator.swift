import PoseTypes

/// Finds how the camera moved from one picture to the next, in a fifth of a millisecond.
///
/// Registers the pictures' own samples, from coarse to fine: Gauss-Newton steps of the inverse compositional algorithm (Baker, Matthews,
/// "Lucas-Kanade 20 years on", IJCV 2004, section 3.2) for a similarity, over those samples of each part of the picture that have the
/// steepest gradients, with weights that leave out what moves by itself (Tukey's biweight). A codec's motion vectors would be free, but
/// FFmpeg does not say which picture they point to.
package struct CameraMotionEstimator: Sendable {
    private var last: PicturePyramid?
    /// How the camera moved before, in samples: it goes on alike.
    private var usual = CameraMotion.none
    private var size = (width: 0, height: 0)

    /// Samples of the first level by which a corner must move: less is noise, and would make still people tremble.
    private static let least = 0.1
    /// A step that moves no corner by so much is the last one: of the first level, and of those above.
    private static let (enough, roughly) = (0.02, 0.08)
    /// What a camera does between two frames: parts of the picture's width, and of its scale.
    private static let (farthest, largest) = (0.35, 0.25)
    /// Levels of brightness by which a sample that belongs to the background may differ.
    private static let tolerance: Float = 12

    package init() {}

    /// How the camera moved since the picture before; `none` where there was none, or where it cannot be told.
    ///
    /// - Parameter boxes: where people were in the picture before; they move by themselves.
    package mutating func motion(to image: Image, ignoring boxes: [BoundingBox]) -> CameraMotion {
        let pyramid = PicturePyramid(image)
        defer { (last, size) = (pyramid, (image.width, image.height)) }
        guard let last, size == (image.width, image.height) else { return .none }
        let fine = RegisteredPoints(of: last, level: 0, ignoring: boxes)
        guard fine.count >= 16, let first = fine.step(from: .none, to: pyramid), reach(first, of: pyramid) > Self.least else {
            return .none
        }
        let start = [.none, usual].first { fine.isNear($0, to: pyramid) }
        let levels = start == nil ? last.levels.indices : 0..<1
        var motion = start ?? .none
        usual = .none
        for level in levels.reversed() {
            let points = level == 0 ? fine : RegisteredPoints(of: last, level: level, ignoring: boxes)
            for _ in 0..<4 {
                guard let step = points.step(from: motion, to: pyramid), let inverse = step.inverse else { break }
                motion = motion.after(inverse)
                guard reach(step, of: pyramid) > (level == 0 ? Self.enough : Self.roughly) else { break }
            }
        }
        guard reach(motion, of: pyramid) > Self.least, isPlausible(motion, of: pyramid), agrees(motion, fine, with: pyramid)
        else {
            return .none
        }
        usual = motion
        return motion.inPixels(pyramid)
    }

    /// How far a motion moves the corner that it moves farthest, in samples of the first level.
    private func reach(_ motion: CameraMotion, of pyramid: PicturePyramid) -> Double {
        let (x, y) = (Double(pyramid.levels[0].width) / 2, Double(pyramid.levels[0].height) / 2)
        return [(x, y), (-x, y), (x, -y), (-x, -y)].reduce(0) { farthest, corner in
            let moved = motion(x: corner.0, y: corner.1)
            let (dx, dy) = (moved.x - corner.0, moved.y - corner.1)
            return max(farthest, (dx * dx + dy * dy).squareRoot())
        }
    }

    private func isPlausible(_ motion: CameraMotion, of pyramid: PicturePyramid) -> Bool {
        let far = Self.farthest * Double(pyramid.levels[0].width)
        return abs(motion.dx) <= far && abs(motion.dy) <= far && abs(motion.a - 1) <= Self.largest
            && abs(motion.b) <= Self.largest
    }

    /// Whether half of the samples look as they did, and all of them more so than without a motion: after a cut nothing agrees.
    private func agrees(_ motion: CameraMotion, _ points: RegisteredPoints, with pyramid: PicturePyramid) -> Bool {
        func differences(_ motion: CameraMotion) -> [Float] {
            let errors = points.errors(of: motion, to: pyramid)
            guard let light = RegisteredPoints.middle(of: errors) else { return [] }
            return errors.map { $0.isNaN ? Self.tolerance : min(Self.tolerance, abs($0 - light)) }
        }
        let (moved, still) = (differences(motion), differences(.none))
        return 2 * moved.count { $0 < Self.tolerance } > points.count && moved.reduce(0, +) < still.reduce(0, +)
    }
}

extension CameraMotion {
    /// From samples around the picture's middle to pixels.
    fileprivate func inPixels(_ pyramid: PicturePyramid) -> CameraMotion {
        let (cell, level) = (Double(pyramid.cell), pyramid.levels[0])
        let middle = (x: Double(level.width) / 2, y: Double(level.height) / 2)
        let moved = self(x: 0.5 / cell - middle.x, y: 0.5 / cell - middle.y)
        return CameraMotion(a: a, b: b, dx: (moved.x + middle.x) * cell - 0.5, dy: (moved.y + middle.y) * cell - 0.5)
    }
}
