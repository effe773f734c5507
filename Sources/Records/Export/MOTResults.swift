import PoseTypes

/// `frame,id,left,top,width,height,conf,-1,-1,-1` for everyone with a track.
///
/// "All frame numbers, target IDs and bounding boxes are 1-based" (motchallenge.net/instructions), so the centre of the
/// top left pixel, posed's (0, 0), is (1, 1) there. The last three are a place in the world that nobody knows.
package enum MOTResults {
    package static func lines(of frame: PoseFrame) -> [UInt8] {
        var line = TextBytes(capacity: frame.people.count * 64)
        for person in frame.people {
            guard let id = person.track?.id else { continue }
            line.integer(frame.index + 1)
            line.raw(",")
            line.integer(id.number)
            for value in [person.box.x + 1, person.box.y + 1, person.box.width, person.box.height] {
                line.raw(",")
                line.pixels(value)
            }
            line.raw(",")
            line.score(person.score)
            line.raw(",-1,-1,-1\n")
        }
        return line.bytes
    }
}
