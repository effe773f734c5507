import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Geometry {
        /// Red, green, blue, white: top left, top right, bottom left, bottom right.
        static let quadrants =
            "-f lavfi -i color=red:s=24x16:d=0.2 -f lavfi -i color=lime:s=24x16:d=0.2 -f lavfi -i color=blue:s=24x16:d=0.2 "
            + "-f lavfi -i color=white:s=24x16:d=0.2 -filter_complex [0][1]hstack[a];[2][3]hstack[b];[a][b]vstack"

        /// The quadrants' colours from the top left to the bottom right, one letter each.
        static func letters(_ image: Image) -> String {
            let colours = ["r": [255, 0, 0], "g": [0, 255, 0], "b": [0, 0, 255], "w": [255, 255, 255]]
            let (x, y) = (image.width / 4, image.height / 4)
            return [(x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y)].map { place in
                colours.min {
                    distance($0.value, image.colour(place.0, place.1)) < distance($1.value, image.colour(place.0, place.1))
                }!.key
            }.joined()
        }

        /// Writes `matrix` (a, b, c, d in units of 1) into the track header of an mp4 with one track.
        static func setMatrix(_ matrix: [Double], in path: String) throws {
            var data = try Data(contentsOf: URL(filePath: path))
            let header = try #require(data.firstRange(of: Data("tkhd".utf8))).upperBound
            for (place, value) in zip([40, 44, 52, 56], matrix) {
                let bytes = withUnsafeBytes(of: Int32(value * 65536).bigEndian, Array.init)
                data.replaceSubrange(header + place..<header + place + 4, with: bytes)
            }
            try data.write(to: URL(filePath: path))
        }

        @Test(arguments: [
            ([1.0, 0, 0, 1], 0, "rgbw"), ([0.0, 1, -1, 0], 90, "brwg"), ([-1.0, 0, 0, -1], 180, "wbgr"),
            ([0.0, -1, 1, 0], 270, "gwrb"), ([-1.0, 0, 0, 1], 0, "grwb"), ([1.0, 0, 0, -1], 180, "bwrg"),
            ([0.0, 1, 1, 0], 270, "rbgw"), ([0.9, 0.4, -0.4, 0.9], 0, "rgbw"),
        ])
        func turnsAndMirrorsOnce(matrix: [Double], rotation: Int, expected: String) throws {
            let path = try Workspace.make("clip.mp4", Self.quadrants)
            try Self.setMatrix(matrix, in: path)
            let reader = try VideoReader(path: path)
            let frame = try #require(try reader.next())
            #expect(Self.letters(frame.image) == expected)
            #expect(reader.info.rotation == rotation)
            #expect(reader.info.width == (rotation % 180 == 0 ? 48 : 32))
            #expect(frame.image.width == reader.info.width && frame.image.height == reader.info.height)
        }

        @Test(arguments: [(1, "rgbw"), (2, "grwb"), (3, "wbgr"), (4, "bwrg"), (5, "rbgw"), (6, "brwg"), (7, "wgbr"), (8, "gwrb")])
        func turnsPicturesByTheirEXIF(orientation: UInt8, expected: String) throws {
            let path = try Workspace.make("picture.jpg", Self.quadrants + " -frames:v 1")
            var data = try Data(contentsOf: URL(filePath: path))
            let tiff: [UInt8] = [
                0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0,
            ]
            data.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(8 + tiff.count)] + Array("Exif\0\0".utf8) + tiff, at: 2)
            try data.write(to: URL(filePath: path))
            #expect(Self.letters(try Picture.read(path: path)) == expected)
        }

        /// FFmpeg's fast conversion treats columns in groups of 16. Where the height is odd it takes another, which blends
        /// neighbouring colours: there only the brightness can be compared.
        @Test(arguments: [(17, 16), (33, 32), (98, 50), (99, 51), (127, 64), (16, 17)])
        func convertsEveryPixelOfAnySize(width: Int, height: Int) throws {
            let saturation = height % 2 == 0 ? 1 : 0
            let path = try Workspace.make(
                "clip.mkv", "-f lavfi -i testsrc=s=\(width)x\(height):d=0.1 -vf hue=s=\(saturation) -pix_fmt yuv420p -c:v ffv1")
            let padded = try Workspace.make("padded.mkv", "-i \(path) -vf pad=160:96 -c:v ffv1")
            let image = try Picture.read(path: path), reference = try Picture.read(path: padded)
            #expect(image.width == width && image.height == height)
            let farthest = (0..<height).flatMap { y in
                (0..<width - width % 2).map { distance(image.colour($0, y), reference.colour($0, y)) }
            }.max()!
            #expect(farthest <= (height % 2 == 0 ? 0 : 3))
        }

        @Test func makesPixelsSquare() throws {
            let path = try Workspace.makeClip("clip.mp4", seconds: 0.2, size: "72x48", "-vf setsar=16/9")
            let reader = try VideoReader(path: path)
            #expect(reader.info.width == 128 && reader.info.height == 48)
            #expect(try reader.next()?.image.width == 128)
        }

        @Test func goesOnInTheFirstSize() throws {
            _ = try Workspace.makeClip("a.h264", seconds: 0.2, size: "64x48", "-bf 0")
            _ = try Workspace.makeClip("b.h264", seconds: 0.2, size: "96x64", "-bf 0")
            try Data(
                [
                    try Data(contentsOf: URL(filePath: Workspace.path("a.h264"))),
                    try Data(contentsOf: URL(filePath: Workspace.path("b.h264"))),
                ].joined()
            )
            .write(to: URL(filePath: Workspace.path("both.h264")))
            let reader = try VideoReader(path: Workspace.path("both.h264"))
            #expect(try reader.rest().map(\.image.width) == Array(repeating: 64, count: 10))
            #expect(reader.statistics.warning?.contains("change size at frame 5") == true)
        }
    }
}
