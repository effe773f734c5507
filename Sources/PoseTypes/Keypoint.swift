/// Where a joint is, and how sure the network was.
public struct Keypoint: Sendable, Hashable {
    public var x: Float
    public var y: Float
    /// The height of the heatmap's peak: about 0 to 1.
    public var score: Float
    /// One standard deviation in pixels, from the spread of the heatmap around its peak; nil where it was not measured.
    public var sigma: Float?

    public init(x: Float, y: Float, score: Float, sigma: Float? = nil) {
        self.x = x
        self.y = y
        self.score = score
        self.sigma = sigma
    }
}
