import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Ranges {
        static let clips = [
            "b-frames.mp4": "-bf 3 -g 20", "b-frames.mkv": "-bf 3 -g 20", "open.mp4": "-bf 3 -x264-params open-gop=1:keyint=20",
            "refresh.mp4": "-bf 0 -x264-params intra-refresh=1:keyint=20",
            "hevc.mkv": "-c:v libx265 -x265-params log-level=none:keyint=20",
            "vp9.webm": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20",
            "variable.mp4": "-g 20 -vf select='not(mod(n,3))+not(mod(n,7))' -vsync vfr",
            "vp8.webm": "-c:v libvpx -deadline good -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 10 -g 20",
            "late.ts": "-bf 2 -g 20", "mpeg4.avi": "-c:v mpeg4 -bf 2",
        ]

        @Test(arguments: clips.keys.sorted())
        func keepTheWholeVideosIndicesAndTimes(name: String) throws {
            let path = try Workspace.makeClip(name, seconds: 4, Self.clips[name]!)
            let whole = try VideoReader(path: path).rest()
            for (from, to) in [(0.0, 0.5), (1.0, 1.3), (2.5, 2.6), (3.3, 99)] {
                let part = try VideoReader(path: path, from: from, to: to).rest()
                #expect(isSame(part, whole.filter { $0.time.seconds >= from && $0.time.seconds < to }), "\(from) to \(to)")
            }
        }

        @Test(arguments: ["b-frames.mp4", "b-frames.mkv", "open.mp4", "hevc.mkv", "vp9.webm", "variable.mp4"])
        func skipWithoutDecoding(name: String) throws {
            let path = try Workspace.makeClip(name, seconds: 4, Self.clips[name]!)
            var stream = try PictureStream(path, threads: 1, OpenOptions(Interrupt()))
            let landing = stream.skip(to: 3)
            #expect(try #require(landing).framesBefore >= 20)
        }

        @Test func doNotCountWhatAnEditListCutsAway() throws {
            let whole = try Workspace.makeClip("whole.mp4", seconds: 4, "-bf 2 -g 25")
            let path = try Workspace.make("cut.mp4", "-ss 0.48 -i \(whole) -c copy")
            let all = try VideoReader(path: path).rest()
            #expect(isSame(try VideoReader(path: path, from: 2.2).rest(), all.filter { $0.time.seconds >= 2.2 }))
        }

        @Test func thatHoldNothingAreAnError() throws {
            let path = try Workspace.makeClip("clip.mp4")
            let error = mediaError { _ = try VideoReader(path: path, from: 20).next() }
            #expect(error?.kind == .badInput)
            #expect(error?.description == "\(path): no frame lies in the part asked for; the last one is at 0.96 s")
        }
    }
}
