/// What of a person is drawn, joint by joint; no joints where they do not fit the skeleton.
struct Body: Sendable {
    struct SmoothedKeypoint: Sendable {
        let place: Point
        /// How opaque.
        let strength: Float
        var isPredicted = false

        /// Where a limb to `other` begins: at the joint, or at the ring around one that is predicted.
        func limbEnd(towards other: SmoothedKeypoint, ring radius: Float) -> Point {
            let (dx, dy) = (other.place.x - place.x, other.place.y - place.y)
            let length = (dx * dx + dy * dy).squareRoot()
            guard isPredicted, length > 2 * radius else { return place }
            return Point(x: place.x + dx * radius / length, y: place.y + dy * radius / length)
        }
    }

    let joints: [SmoothedKeypoint?]
    /// Half of a limb's width.
    let limb: Float
}
