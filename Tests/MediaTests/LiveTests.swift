import Basics
import Foundation
import PoseTypes
import Testing

@testable import Media

extension LiveReader {
    /// All pictures up to the end, or the first `count`.
    func pictures(_ count: Int = .max) throws -> [LivePicture] {
        var pictures: [LivePicture] = []
        while pictures.count < count, let picture = try next() { pictures.append(picture) }
        return pictures
    }
}

extension MediaTests {
    /// Live sources that need no network.
    @Suite struct Live {
        @Test func aFileIsReadToItsEndAsByTheVideoReader() throws {
            let path = try Workspace.makeClip("clip.mp4", "-bf 2 -metadata:s:v rotate=90")
            let live = try LiveReader(address: Secret(path)).pictures()
            let frames = try VideoReader(path: path).rest()
            #expect(live.map(\.time) == frames.map(\.time) && live.map(\.index) == frames.map(\.index))
            #expect(isSame(try live.map { try $0.image() }, frames.map(\.image)))
            #expect(live.allSatisfy { $0.connection == 1 && $0.info.width == live[0].info.width })
            #expect(Set(live.map(\.type)) == ["I", "P", "B"] && live[0].isKeyframe)
        }

        @Test func aLoopGoesOnInTime() throws {
            let path = try Workspace.makeClip("clip.mp4", seconds: 0.4)
            let pictures = try LiveReader(address: Secret(path), options: LiveOptions(loop: true)).pictures(25)
            #expect(pictures.map(\.index) == Array(0..<25))
            #expect(pictures.map(\.connection) == (0..<25).map { $0 / 10 + 1 })
            #expect(zip(pictures, pictures.dropFirst()).allSatisfy { abs($1.time - $0.time - 0.04) < 1e-6 })
            #expect(pictures[9].reason == "" && pictures[10].reason == "loop")
        }

        @Test func aFolderOfPicturesIsALoopOfThem() throws {
            _ = try Workspace.make("%02d.png", "-f lavfi -i testsrc2=s=32x32:r=25:d=0.2")
            let reader = try LiveReader(address: Secret(Workspace.folder), options: LiveOptions(loop: true))
            let pictures = try reader.pictures(12)
            #expect(pictures.map(\.index) == Array(0..<12) && pictures.map(\.connection) == (0..<12).map { $0 / 5 + 1 })
            #expect(reader.status.decoded == 12)
        }

        @Test func realtimeHoldsPicturesBack() throws {
            let path = try Workspace.makeClip("clip.mp4", seconds: 0.6)
            let start = ContinuousClock.now
            #expect(try LiveReader(address: Secret(path), options: LiveOptions(realtime: true)).pictures().count == 15)
            #expect(start.duration(to: .now) > .milliseconds(500))
        }

        @Test func everyNthPictureIsGiven() throws {
            let path = try Workspace.makeClip("clip.mp4")
            let pictures = try LiveReader(address: Secret(path), options: LiveOptions(every: 4)).pictures()
            #expect(pictures.map(\.index) == Array(stride(from: 0, to: 25, by: 4)))
        }
    }
}
