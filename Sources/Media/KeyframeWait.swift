/// Whether pictures are whole again after a loss: all up to the next keyframe lean on what was lost.
///
/// Streams without keyframes refresh a part of each picture, and mark where a round begins: such a picture is whole where the
/// second round after the loss begins.
struct KeyframeWait {
    /// What comes at this time or later leans on nothing that was lost; nil where nothing is missing. A connection begins with
    /// a loss: of all that came before it.
    private var loss: Int64? = .min
    private var rounds: [Int64] = []

    mutating func lose(at time: Int64) {
        loss = max(loss ?? .min, time)
        rounds = []
    }

    /// A packet from which decoding can begin, to the codec's parser.
    mutating func note(keyPacket time: Int64?) {
        if let loss, let time, time >= loss, rounds.count < 2 { rounds.append(time) }
    }

    /// Whether the wait ends with a decoded picture; pictures come in presentation order.
    mutating func isOver(at time: Int64?, isKeyframe: Bool) -> Bool {
        guard let loss else { return true }
        let time = time ?? .max
        guard (isKeyframe && time >= loss) || (rounds.count == 2 && time >= rounds[1]) else { return false }
        (self.loss, rounds) = (nil, [])
        return true
    }
}
