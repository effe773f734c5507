/// A smoothed joint. One that is missing has no place: it is never (0, 0).
package enum SmoothedKeypoint: Sendable, Hashable {
    /// The network saw it in this frame.
    case observed(Place)
    /// Carried on from the frames before, and from the motion of the body.
    case predicted(Place)
    case missing

    package struct Place: Sendable, Hashable {
        package var x: Float
        package var y: Float
        /// One standard deviation, in pixels.
        package var sigma: Float

        package init(x: Float, y: Float, sigma: Float) {
            self.x = x
            self.y = y
            self.sigma = sigma
        }
    }

    package var place: Place? {
        switch self {
        case .observed(let place), .predicted(let place): place
        case .missing: nil
        }
    }

    /// The letter of the joint in a record's `state`.
    package var state: Character {
        switch self {
        case .observed: "o"
        case .predicted: "p"
        case .missing: "m"
        }
    }
}

extension SmoothedKeypoint {
    /// Where the camera moved it.
    package func moved(by camera: CameraMotion) -> SmoothedKeypoint {
        func moved(_ place: Place) -> Place {
            let (x, y) = camera(x: Double(place.x), y: Double(place.y))
            return Place(x: Float(x), y: Float(y), sigma: place.sigma * Float(camera.scale))
        }
        return switch self {
        case .observed(let place): .observed(moved(place))
        case .predicted(let place): .predicted(moved(place))
        case .missing: .missing
        }
    }
}
