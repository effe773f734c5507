import Delivery
import Records
import Settings

extension Recording {
    /// The session that is meant: the only one, the only one that fits, or what the user chose.
    func session(_ id: String?, of path: String, where fits: (Session) -> Bool = { _ in true }) throws(PosedError) -> Session {
        let candidates = sessions.filter { id == nil || $0.id == id }
        guard let first = candidates.first else {
            throw sessions.isEmpty
                ? PosedError(.badData, "\(path) holds no records")
                : PosedError(.usage, "\(path) holds no session \(id ?? ""): there is \(listed(sessions))")
        }
        let fitting = candidates.filter(fits)
        guard fitting.count < 2 else {
            throw PosedError(.usage, "\(path) holds several sessions, choose one with --session: \(listed(fitting))")
        }
        return fitting.first ?? first
    }
}

private func listed(_ sessions: [Recording.Session]) -> String {
    let names = sessions.prefix(5).map { "\($0.id) (\($0.stream), \($0.entries.count) frames)" }
    return names.joined(separator: ", ") + (sessions.count > 5 ? ", and \(sessions.count - 5) more" : "")
}
