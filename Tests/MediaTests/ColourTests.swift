import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Colours {
        static let patches: [[Int]] = [
            [200, 60, 30], [30, 160, 90], [40, 50, 190], [128, 128, 128], [245, 245, 245], [12, 12, 12],
        ]

        /// The patches side by side, 64 pixels each, encoded with a matrix and a range, and tagged with `tags`.
        static func encoded(height: Int = 32, matrix: String, range: String, format: String, tags: String) throws -> String {
            let inputs = patches.map { patch in
                "-f lavfi -i color=0x\(patch.map { String(format: "%02x", $0) }.joined()):s=64x\(height):d=0.1,format=gbrp"
            }
            return try Workspace.make(
                "patches.mkv",
                inputs.joined(separator: " ")
                    + " -filter_complex hstack=\(patches.count),scale=out_color_matrix=\(matrix):out_range=\(range),format=\(format)"
                    + " -c:v ffv1 \(tags)")
        }

        @Test(arguments: [
            ("bt601", "limited", "yuv420p", "-colorspace smpte170m -color_range tv"),
            ("bt601", "full", "yuv420p", "-colorspace smpte170m -color_range pc"),
            ("bt709", "limited", "yuv420p", "-colorspace bt709 -color_range tv"),
            ("bt709", "full", "yuv422p", "-colorspace bt709 -color_range pc"),
            ("bt2020", "limited", "yuv420p10le", "-colorspace bt2020nc -color_range tv"),
            ("bt709", "limited", "yuv444p10le", "-colorspace bt709 -color_range tv"),
            ("bt601", "limited", "yuv420p", "-color_range tv"),
            ("bt709", "limited", "yuva420p", "-colorspace bt709 -color_range tv"),
        ])
        func honoursMatrixAndRange(matrix: String, range: String, format: String, tags: String) throws {
            let image = try Picture.read(path: try Self.encoded(matrix: matrix, range: range, format: format, tags: tags))
            for (index, patch) in Self.patches.enumerated() {
                let seen = image.colour(index * 64 + 32, 16)
                // Of limited range FFmpeg's fast conversion rounds down, by 3 levels at most.
                #expect(distance(seen, patch) <= (range == "full" ? 2 : 3), "\(patch) is \(seen)")
            }
        }

        @Test(arguments: ["96x64", "98x66"])
        func givesTheSamePixelsAsFFmpeg(size: String) throws {
            let path = try Workspace.makeClip("clip.mp4", seconds: 0.2, size: size, "-colorspace bt709 -color_range tv")
            let raw = try Workspace.make("clip.raw", "-i \(path) -f rawvideo -pix_fmt rgb24")
            let pixels = try VideoReader(path: path).rest().flatMap(\.image.pixels)
            #expect(try Data(contentsOf: URL(filePath: raw)) == Data(pixels))
        }

        @Test func takesUntaggedHDForBT709() throws {
            let path = try Self.encoded(height: 600, matrix: "bt709", range: "limited", format: "yuv420p", tags: "")
            #expect(distance(try Picture.read(path: path).colour(32, 99), Self.patches[0]) <= 2)
        }

        @Test(arguments: [
            ("gray", "limited", "tv"), ("gray", "full", "pc"), ("gray10le", "limited", "tv"), ("gray10le", "full", "pc"),
        ])
        func honoursTheRangeOfGrey(format: String, range: String, tag: String) throws {
            // ffmpeg itself takes grey for full: the limited numbers of a level of 200 are made by hand.
            let hex = range == "limited" ? "BCBCBC" : "C8C8C8"
            let path = try Workspace.make(
                "grey.mkv",
                "-f lavfi -i color=0x\(hex):s=64x48:d=0.1,format=gbrp,format=gray,scale=out_range=full,format=\(format)"
                    + " -c:v ffv1 -color_range \(tag)")
            let seen = try Picture.read(path: path).colour(20, 20)
            #expect(distance(seen, [200, 200, 200]) <= 2, "\(seen)")
        }

        @Test(arguments: ["rgb24", "rgba", "rgb48be"])
        func readsPicturesOfManyFormats(format: String) throws {
            let path = try Workspace.make(
                "picture.png", "-f lavfi -i color=0xC83C1E:s=64x48:d=0.1,format=gbrp -frames:v 1 -pix_fmt \(format)")
            #expect(distance(try Picture.read(path: path).colour(20, 20), [200, 60, 30]) <= 1)
        }

        @Test(arguments: ["gray", "gray16be", "ya8"])
        func takesGreyPicturesForFullRange(format: String) throws {
            let path = try Workspace.make(
                "picture.png", "-f lavfi -i color=0x0A0A0A:s=64x48:d=0.1,format=gbrp -frames:v 1 -pix_fmt \(format)")
            #expect(distance(try Picture.read(path: path).colour(20, 20), [10, 10, 10]) <= 1)
        }
    }
}
