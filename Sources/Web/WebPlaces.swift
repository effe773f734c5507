import Basics

/// Who has which place in a server: by the numbers of connections.
struct WebPlaces {
    private enum Kind { case ordinary, known, reserve }
    private struct Place {
        var kind: Kind
        let address: [UInt8]
    }

    private let limits: WebLimits
    private var places: [Int: Place] = [:]
    private var counts: [Kind: Int] = [:]
    private var ordinaryOf: [[UInt8]: Int] = [:]

    init(_ limits: WebLimits) { self.limits = limits }

    /// Takes a place; nil where it is an ordinary one, else what is answered unless the client may stay.
    ///
    /// - Parameter address: of the client's network; empty for this machine.
    mutating func take(_ id: Int, from address: [UInt8]) -> HTTPError? {
        var refusal: HTTPError?
        if counts[.ordinary, default: 0] >= limits.maxConnections {
            refusal = HTTPError(status: 503, reason: "too many connections")
        } else if !address.isEmpty, ordinaryOf[address, default: 0] >= limits.maxPerAddress {
            refusal = HTTPError(status: 429, reason: "too many connections of one address")
        }
        put(id, Place(kind: refusal == nil ? .ordinary : .reserve, address: address))
        return refusal
    }

    /// The client has shown that it is known. False where there are as many of those as may be.
    mutating func recognize(_ id: Int) -> Bool {
        guard let place = places[id], place.kind != .known else { return true }
        guard counts[.known, default: 0] < limits.maxConnections else { return place.kind == .ordinary }
        release(id)
        put(id, Place(kind: .known, address: place.address))
        return true
    }

    mutating func release(_ id: Int) {
        guard let place = places.removeValue(forKey: id) else { return }
        counts[place.kind, default: 0] -= 1
        guard place.kind == .ordinary else { return }
        ordinaryOf[place.address, default: 0] -= 1
        if ordinaryOf[place.address] == 0 { ordinaryOf[place.address] = nil }
    }

    /// Who has to leave the reserve: the one that came first of those too many.
    var surplus: Int? {
        guard counts[.reserve, default: 0] > limits.reserve else { return nil }
        return places.filter { $0.value.kind == .reserve }.keys.min()
    }

    private mutating func put(_ id: Int, _ place: Place) {
        places[id] = place
        counts[place.kind, default: 0] += 1
        if place.kind == .ordinary { ordinaryOf[place.address, default: 0] += 1 }
    }
}
