import PoseTypes

extension TextBytes {
    mutating func person(_ person: Person, uid: (TrackID) -> String, at time: Timestamp) {
        let box = person.box
        raw(#"{"bbox":["#)
        for (index, value) in [box.x, box.y, box.width, box.height].enumerated() {
            if index > 0 { raw(",") }
            pixels(value)
        }
        raw(#"],"score":"#)
        score((box.x + box.y + box.width + box.height).isFinite ? person.score : 0)
        switch person.origin {
        case .detected: raw(#","origin":"detected","kp":"#)
        case .carried: raw(#","origin":"carried","kp":"#)
        }
        array(person.pose.keypoints) { $0.keypoint($1) }
        if person.category != Detection.person {
            raw(#","class":"#)
            string(person.category)
        }
        if let track = person.track { self.track(track, uid: uid(track.id), at: time) }
        raw("}")
    }

    private mutating func keypoint(_ point: Keypoint) {
        let known = point.x.isFinite && point.y.isFinite && point.score.isFinite
        raw("[")
        pixels(known ? point.x : 0)
        raw(",")
        pixels(known ? point.y : 0)
        raw(",")
        score(known ? point.score : 0)
        raw("]")
    }

    private mutating func track(_ track: Track, uid: String, at time: Timestamp) {
        raw(#","id":"#)
        integer(track.id.number)
        raw(#","uid":"#)
        string(uid)
        raw(#","age_s":"#)
        fixed(max(0, time.bounded - track.firstSeen.bounded), scale: 1000)
        guard !track.joints.isEmpty else { return }
        raw(#","kps":"#)
        places(of: track.joints)
        raw(#","state":"#)
        states(of: track.joints)
        raw(#","sigma":"#)
        sigmas(of: track.joints)
    }

    mutating func places(of joints: [SmoothedKeypoint]) { array(joints.map(\.written)) { $0.place($1.place) } }

    mutating func states(of joints: [SmoothedKeypoint]) { string(String(joints.map(\.written.state))) }

    mutating func sigmas(of joints: [SmoothedKeypoint]) {
        array(joints.map(\.written)) { json, joint in
            if let place = joint.place { json.pixels(max(0, place.sigma)) } else { json.raw("null") }
        }
    }

    private mutating func place(_ place: SmoothedKeypoint.Place?) {
        guard let place else {
            raw("null")
            return
        }
        raw("[")
        pixels(place.x)
        raw(",")
        pixels(place.y)
        raw("]")
    }
}

extension SmoothedKeypoint {
    /// A joint with a number that is not finite says nothing.
    fileprivate var written: SmoothedKeypoint {
        guard let place, place.x.isFinite, place.y.isFinite, place.sigma.isFinite else { return .missing }
        return self
    }
}
