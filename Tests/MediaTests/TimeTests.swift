import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Times {
        /// Containers, codecs and layouts whose times ffprobe and we have to agree on.
        static let clips: [(name: String, arguments: String)] = [
            ("plain.mp4", ""),
            ("b-frames.mp4", "-bf 3 -g 12"),
            ("b-frames.mkv", "-bf 3 -g 12"),
            ("variable.mp4", "-vf select='not(mod(n,3))+not(mod(n,7))' -vsync vfr"),
            ("variable.mkv", "-vf select='not(mod(n,3))+not(mod(n,7))' -vsync vfr"),
            ("late.mp4", "-output_ts_offset 2.5"),
            ("late.ts", "-bf 2 -output_ts_offset 7"),
            ("open.ts", "-bf 3 -x264-params open-gop=1:keyint=10"),
            ("fragments.mp4", "-movflags frag_keyframe+empty_moov -g 10"),
            ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 10"),
            ("vp8.webm", "-c:v libvpx -deadline good -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 10"),
            ("hevc.mp4", "-c:v libx265 -x265-params log-level=none"),
            ("mpeg4.avi", "-c:v mpeg4"),
            ("mpeg2.mpg", "-c:v mpeg2video -bf 2"),
            ("motion.avi", "-c:v mjpeg -pix_fmt yuvj420p"),
            ("flash.flv", "-c:v flv"),
            ("moving.gif", "-pix_fmt rgb8"),
            ("ten.mp4", "-pix_fmt yuv420p10le -bf 2"),
        ]

        @Test(arguments: clips.map(\.name))
        func agreeWithFFprobe(name: String) throws {
            let path = try Workspace.makeClip(name, Self.clips.first { $0.name == name }!.arguments)
            let frames = try VideoReader(path: path).rest()
            let expected = try Workspace.probedTimes(path)
            #expect(frames.times == expected)
            #expect(frames.count > 9)
            #expect(frames.indices == Array(0..<frames.count))
        }

        /// Stream copy from the middle of a group of pictures leaves an edit list that cuts the first frames away.
        @Test func followEditLists() throws {
            let whole = try Workspace.makeClip("whole.mp4", seconds: 2, "-bf 2 -g 25")
            let path = try Workspace.make("cut.mp4", "-ss 0.48 -i \(whole) -c copy")
            let frames = try VideoReader(path: path).rest()
            #expect(frames.times == (try Workspace.probedTimes(path)))
            #expect(frames.count == 38)
            let original = try VideoReader(path: whole).rest()
            #expect(isSame(frames.map(\.image), original.dropFirst(12).map(\.image)))
        }

        @Test func startAtZeroWhereTheVideoBeginsAfterTheSound() throws {
            let path = try Workspace.make(
                "late.mp4",
                "-f lavfi -i sine=d=2 -itsoffset 0.5 -f lavfi -i testsrc2=s=64x48:r=25:d=1 -map 0 -map 1 -pix_fmt yuv420p -vsync passthrough"
            )
            let frames = try VideoReader(path: path).rest()
            #expect(frames.first?.time == .zero && frames.count == 25)
            #expect(frames.times == (try Workspace.probedTimes(path)))
        }

        @Test func areRepairedByTheFrameRate() {
            var clock = FrameClock(timeBase: .nanosecond, origin: 1_000_000_000, frameRate: 10)
            let milliseconds: [Int64?] = [1000, 1100, nil, 1300, 1300, 1400, 3000, 1600, 1700, 4000]
            let times = milliseconds.map { clock.next($0.map { $0 * 1_000_000 }).nanoseconds / 1_000_000 }
            #expect(times == [0, 100, 200, 300, 350, 400, 2000, 2100, 2200, 3000])
            #expect(clock.repairs == 4)
        }

        /// Times that stand still, that begin anew, and that are missing.
        @Test(arguments: ["still.mkv", "joined.ts", "b-frames.avi"])
        func increaseWhateverTheContainerSays(name: String) throws {
            let path: String
            switch name {
            case "still.mkv":
                path = try Workspace.makeClip(name, "-c:v mjpeg -pix_fmt yuvj420p -bsf:v setts=ts=floor(N/2)*80")
            case "joined.ts":
                let first = try Workspace.makeClip("first.ts", "-output_ts_offset 9"),
                    second = try Workspace.makeClip("second.ts")
                path = Workspace.path(name)
                try (Data(contentsOf: URL(filePath: first)) + Data(contentsOf: URL(filePath: second))).write(
                    to: URL(filePath: path))
            default: path = try Workspace.makeClip(name, "-c:v mpeg4 -bf 2")
            }
            let reader = try VideoReader(path: path)
            let frames = try reader.rest()
            #expect(zip(frames.times, frames.times.dropFirst()).allSatisfy { $0 < $1 })
            #expect(reader.statistics.repairedTimes > 0)
            #expect(frames.count == (name == "joined.ts" ? 50 : 25))
        }
    }
}
