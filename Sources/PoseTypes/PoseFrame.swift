/// Everybody in one frame: what a record of the stream holds.
public struct PoseFrame: Sendable, Equatable {
    public let index: Int
    public let time: Timestamp
    public var people: [Person]

    public init(index: Int, time: Timestamp, people: [Person]) {
        self.index = index
        self.time = time
        self.people = people
    }
}
