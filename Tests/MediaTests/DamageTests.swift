import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Damage {
        /// The first part of a file.
        private func cut(_ path: String, to part: Double) throws -> String {
            let data = try Data(contentsOf: URL(filePath: path))
            let cut = Workspace.path("cut-" + path.split(separator: "/").last!)
            try data.prefix(Int(Double(data.count) * part)).write(to: URL(filePath: cut))
            return cut
        }

        @Test(arguments: [
            ("clip.mkv", "-bf 2 -g 10"), ("clip.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
            ("clip.ts", "-bf 2 -g 10"),
            ("front.mp4", "-movflags +faststart -bf 2"), ("fragments.mp4", "-movflags frag_keyframe+empty_moov -g 10 -bf 2"),
            ("clip.avi", "-c:v mpeg4"), ("clip.flv", "-c:v flv"),
        ])
        func truncatedFilesGiveWhatIsThere(name: String, arguments: String) throws {
            let path = try Workspace.makeClip(name, seconds: 2, arguments)
            let intact = try VideoReader(path: path)
            let expected = try intact.rest()
            #expect(!intact.statistics.truncated && intact.statistics.warning == nil)
            let reader = try VideoReader(path: cut(path, to: 0.6))
            let frames = try reader.rest()
            #expect(frames.count > 15 && frames.count < 50)
            // Nothing tells that the last picture of a transport stream is not whole.
            let whole = frames.count - (name == "clip.ts" ? 1 : 0)
            #expect(isSame(frames.prefix(whole), expected.prefix(whole)))
            #expect(reader.statistics.truncated)
            #expect(reader.statistics.warning?.contains("cut short or damaged") == true, "\(reader.statistics)")
        }

        @Test(arguments: [
            ("clip.mkv", "-g 10"), ("clip.ts", "-g 10"), ("clip.avi", "-c:v mpeg4 -g 10"),
            ("clip.webm", "-c:v libvpx-vp9 -g 10 -deadline realtime -cpu-used 8"),
        ])
        func damagedPacketsAreSkippedAndCounted(name: String, arguments: String) throws {
            let path = try Workspace.makeClip(name, seconds: 2, size: "320x240", arguments)
            let expected = try VideoReader(path: path).rest()
            var data = try Data(contentsOf: URL(filePath: path))
            let middle = data.count / 2
            for place in stride(from: middle, to: middle + 3000, by: 13) { data[place] ^= 0x5A }
            let damaged = Workspace.path("damaged-" + name)
            try data.write(to: URL(filePath: damaged))
            let reader = try VideoReader(path: damaged)
            let frames = try reader.rest()
            #expect(reader.statistics.damagedPackets > 0)
            #expect(reader.statistics.warning != nil)
            #expect(frames.count > 25 && frames.count <= expected.count)
            #expect(isSame(frames.prefix(8), expected.prefix(8)))
            #expect(isSame(frames.suffix(1).map(\.image), expected.suffix(1).map(\.image)))
            #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time < $1.time && $0.index < $1.index })
        }
    }
}
