import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Media

extension MediaTests {
    @Suite(.enabled(if: sharedData != nil, "POSED_SHARED is not set")) struct SharedClips {
        @Test(arguments: ["squat.mp4", "dance.mp4", "walk.mp4", "one-by-one.mp4", "TUD-Stadtmitte.mp4"])
        func haveFFprobesFramesAndTimes(name: String) throws {
            let path = try #require(sharedData).appending(path: "videos/\(name)").path
            let reader = try VideoReader(path: path)
            var times: [Int64] = []
            while let frame = try reader.next() { times.append(frame.time.nanoseconds) }
            #expect(times == (try Workspace.probedTimes(path)))
            #expect(reader.statistics.framesRead == times.count && reader.statistics.repairedTimes == 0)
            // The last packet of this one lacks four bytes.
            let isCut = name == "one-by-one.mp4"
            #expect(reader.statistics.truncated == isCut && reader.statistics.damagedPackets == (isCut ? 1 : 0))
        }
    }
}
