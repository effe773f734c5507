/// Where a joint is, and how sure the network was.
package struct Keypoint: Sendable, Hashable {
    package var x: Float
    package var y: Float
    /// The height of the heatmap's peak: about 0 to 1.
    package var score: Float
    /// One standard deviation in pixels, from the spread of the heatmap around its peak; nil where it was not measured.
    package var sigma: Float?

    package init(x: Float, y: Float, score: Float, sigma: Float? = nil) {
        self.x = x
        self.y = y
        self.score = score
        self.sigma = sigma
    }
}

extension Keypoint {
    /// Where the camera moved it.
    package func moved(by camera: CameraMotion) -> Keypoint {
        let place = camera(x: Double(x), y: Double(y))
        var moved = self
        (moved.x, moved.y) = (Float(place.x), Float(place.y))
        moved.sigma = sigma.map { $0 * Float(camera.scale) }
        return moved
    }
}
