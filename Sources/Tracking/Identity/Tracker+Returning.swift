import PoseTypes

/// Somebody who left, and may come back.
struct Departed: Sendable {
    let id: TrackID
    let firstSeen: Timestamp
    let lastSeen: Timestamp
    let appearance: Appearance
}

extension Tracker {
    /// Who a newcomer is.
    enum Newcomer {
        case new
        /// Somebody of `departed`.
        case returned(Int)
        /// A lost one of `followed`.
        case lost(Int)
        /// It takes a moment to tell.
        case undecided
    }

    /// Whether a newcomer is somebody who left or was lost: who looks as they did, while nobody else who is known does. Colours alone say
    /// it, so of two in the same shirt neither is known again.
    func newcomer(_ index: Int, at time: Timestamp) -> Newcomer {
        let person = followed[index]
        let lost = followed.indices.filter {
            followed[$0].isLost && followed[$0].id != nil && time - followed[$0].lastSeen >= settings.reidentifyAfter
        }
        guard settings.reidentify > 0, !departed.isEmpty || !lost.isEmpty else { return .new }
        let isEarly = time - person.firstSeen < settings.confirmLate
        guard let appearance = person.appearance else { return isEarly ? .undecided : .new }
        let known: [(who: Newcomer, likeness: Float)] =
            departed.enumerated().map { (.returned($0), $1.appearance.resemblance(to: appearance) ?? 0) }
            + lost.map { (.lost($0), followed[$0].appearance?.resemblance(to: appearance) ?? 0) }
        guard let best = known.indices.max(by: { known[$0].likeness < known[$1].likeness }) else { return .new }
        guard known[best].likeness >= settings.minResemblance else {
            return isEarly && known[best].likeness >= settings.maxOtherResemblance ? .undecided : .new
        }
        let present = followed.indices.filter { $0 != index && !lost.contains($0) }
        let others = present.compactMap { followed[$0].appearance?.resemblance(to: appearance) }
        let rivals = others + known.indices.filter { $0 != best }.map { known[$0].likeness }
        guard rivals.allSatisfy({ $0 <= settings.maxOtherResemblance }) else { return .new }
        return person.looks >= settings.leastLooks || !isEarly ? known[best].who : .undecided
    }

    /// Remembers who left, for as long as `reidentify` says.
    mutating func remember(_ ended: [Tracklet]) {
        guard settings.reidentify > 0 else { return }
        for person in ended where person.lastSeen - person.firstSeen >= 1 {
            guard let id = person.id, let appearance = person.appearance else { continue }
            departed.append(
                Departed(id: id, firstSeen: person.firstSeen, lastSeen: person.lastSeen, appearance: appearance))
        }
        departed.removeFirst(max(0, departed.count - Settings.maxLost))
    }
}
