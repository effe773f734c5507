import Basics
import Delivery
import PoseTypes
import Records

/// What was refined, in a line.
package struct RefineReport: Sendable {
    private struct Name: Hashable {
        let stream: String
        let session: String
        let id: TrackID
    }

    private let out: String
    private(set) var frames = 0
    private var names: Set<Name> = []

    init(out: String) { self.out = out }

    var people: Int { names.count }

    mutating func note(_ frame: PoseFrame, of header: StreamHeader?) {
        frames += 1
        guard let header else { return }
        for person in frame.people {
            guard let id = person.track?.id else { continue }
            names.insert(Name(stream: header.stream, session: header.session, id: id))
        }
    }
}

extension RefineReport: CustomStringConvertible {
    package var description: String {
        let place = out == "-" ? "standard output" : out
        return "\(place): \(counted(frames, "frame", "frames")), \(counted(people, "person", "people"))"
    }
}
