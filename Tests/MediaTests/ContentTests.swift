import Basics
import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Media

extension MediaTests {
    /// What an input is, by what it holds and not by its name.
    @Suite struct Content {
        private static let moving = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4"

        private func jpegs() throws -> [Data] {
            _ = try Workspace.make("%02d.jpg", Self.moving + " -pix_fmt yuvj420p")
            return try (1...10).map { try Data(contentsOf: URL(filePath: Workspace.path(String(format: "%02d.jpg", $0)))) }
        }

        private func write(_ data: Data, _ name: String) throws -> String {
            let path = Workspace.path(name)
            try data.write(to: URL(filePath: path))
            return path
        }

        /// With a segment after the first marker.
        private func adding(_ marker: UInt8, _ content: [UInt8], to jpeg: Data) -> Data {
            let size = content.count + 2
            return jpeg.prefix(2) + [0xFF, marker, UInt8(size >> 8), UInt8(size & 255)] + content + jpeg.dropFirst(2)
        }

        @Test(arguments: ["series.mjpeg", "series.mjpg", "series.jpg", "series", "series.png"])
        func aSeriesOfJPEGsIsAVideo(name: String) throws {
            let pictures = try jpegs()
            for series in [pictures, pictures.map { $0 + Data(count: 3) }] {
                let reader = try VideoReader(path: write(Data(series.joined()), name))
                let frames = try reader.rest()
                #expect(frames.count == 10 && frames.times[9] == 360_000_000)
                #expect(reader.info.frameRate == 25 && reader.statistics.warning == nil)
            }
        }

        /// Previews, gain maps and films behind a photo are no further frames.
        @Test func whatFollowsAPhotoIsNoFrame() throws {
            let pictures = try jpegs()
            let exif = Array("Exif\0\0".utf8) + Array(pictures[1])
            let photos = [
                adding(0xE2, Array("MPF\0".utf8) + [UInt8](repeating: 0, count: 20), to: pictures[0]) + pictures[1],
                adding(0xE1, exif, to: pictures[0]), pictures[0] + Data("MotionPhoto_Data".utf8) + pictures[1],
            ]
            for (number, photo) in photos.enumerated() {
                let reader = try VideoReader(path: write(photo, "photo\(number).jpg"))
                #expect(try reader.rest().count == 1 && reader.info.frameRate == nil, "photo \(number)")
                let piped = try VideoReader(path: Workspace.pipe(of: Workspace.path("photo\(number).jpg")))
                #expect(try piped.rest().count == 1, "photo \(number) through a pipe")
                try FileManager.default.removeItem(atPath: Workspace.path("pipe"))
            }
        }

        @Test(arguments: ["png", "webp", "bmp", "tiff", "ppm", "jpg"])
        func picturesComeThroughPipesAndUnderOtherNames(kind: String) throws {
            let path = try Workspace.make(
                "p.\(kind)", Self.moving + " -frames:v 1 \(kind == "webp" ? "-c:v libwebp -lossless 1" : "")")
            let image = try Picture.read(path: path)
            let piped = try VideoReader(path: Workspace.pipe(of: path)).rest()
            #expect(piped.count == 1 && piped.first?.image == image)
            let other = Workspace.path("p." + (kind == "jpg" ? "png" : "jpg"))
            try FileManager.default.copyItem(atPath: path, toPath: other)
            #expect(try Picture.read(path: other) == image)
        }

        @Test func seriesComeThroughPipes() throws {
            let path = try write(Data(jpegs().joined()), "series.jpg")
            #expect(try VideoReader(path: Workspace.pipe(of: path)).rest().count == 10)
        }

        /// Names in Latin-1 are no UTF-8.
        @Test func filesWithNamesOfAnyBytesAreReadAndWritten() throws {
            let name = Workspace.folder + "/" + FileName.text(of: [0x4C, 0xE4, 0x75, 0x66])
            try Picture.write(Pictures.gradient, path: name + ".png")
            #expect(try Picture.read(path: name + ".png") == Pictures.gradient)
            let writer = try VideoWriter(path: name + ".mp4", width: 32, height: 32, frameRate: 25)
            try writer.write(Image(width: 32, height: 32), at: .zero)
            try writer.finish()
            #expect(try VideoReader(path: name + ".mp4").rest().count == 1)
            #expect(try VideoReader(path: Workspace.folder).rest().count == 1, "a folder of such names")
            let folder = try #require(opendir(Workspace.folder))
            defer { closedir(folder) }
            var names: Set<[UInt8]> = []
            while let entry = readdir(folder) {
                names.insert(withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
            }
            #expect(
                names.isSuperset(of: [
                    [0x4C, 0xE4, 0x75, 0x66] + Array(".png".utf8), [0x4C, 0xE4, 0x75, 0x66] + Array(".mp4".utf8),
                ]))
        }

        /// A cover or thumbnails stored as an ordinary video: larger than the film, in front of it, and the only default.
        @Test(arguments: ["mp4", "mkv", "mov", "nut"], [1, 2])
        func theFilmIsTheVideoWithThePictures(container: String, covers: Int) throws {
            let film = try Workspace.makeClip("film.\(container)", seconds: 2, "-c:v libx264 -g 10")
            let cover = try Workspace.make(
                "cover.\(container)", "-f lavfi -i color=red:s=320x240:r=25 -frames:v \(covers) -c:v mjpeg")
            let both = try Workspace.make(
                "both.\(container)",
                "-i \(cover) -i \(film) -map 0 -map 1 -c copy -disposition:v:0 default -disposition:v:1 0")
            let reader = try VideoReader(path: both)
            #expect(reader.info.width == 96 && reader.info.codec == "h264")
            #expect(try reader.rest().count == 50)
        }

        @Test(
            arguments: ["png", "webp", "tiff"],
            [(1, "rgbw"), (2, "grwb"), (3, "wbgr"), (4, "bwrg"), (5, "rbgw"), (6, "brwg"), (7, "wgbr"), (8, "gwrb")])
        func picturesStandUprightByTheirEXIF(kind: String, orientation: (value: Int, expected: String)) throws {
            let path = try Workspace.make(
                "picture.\(kind)",
                "\(Geometry.quadrants) -frames:v 1 \(kind == "webp" ? "-c:v libwebp -lossless 1" : "-pix_fmt rgb24")")
            let value = UInt8(orientation.value)
            let tags: [UInt8] = [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0, 0, 0, 0, 0]
            var data = try Data(contentsOf: URL(filePath: path))
            switch kind {
            case "png":
                // Behind the header chunk; nobody checks its checksum.
                data.insert(contentsOf: [0, 0, 0, UInt8(tags.count)] + Array("eXIf".utf8) + tags + [0, 0, 0, 0], at: 33)
            case "webp":
                data += Array("EXIF".utf8) + [UInt8(tags.count), 0, 0, 0] + tags
                let size = UInt32(data.count - 8)
                for byte in 0..<4 { data[4 + byte] = UInt8(truncatingIfNeeded: size >> (8 * byte)) }
            default:
                // FFmpeg's directory lies at the end; a copy with one entry more takes its place.
                func number(_ place: Int, _ count: Int) -> Int {
                    (0..<count).reversed().reduce(0) { $0 << 8 | Int(data[place + $1]) }
                }
                let (directory, start) = (number(4, 4), data.count)
                let entries = number(directory, 2)
                let old = [UInt8](data[directory + 2..<directory + 2 + entries * 12])
                let place = (0..<entries).first { old[$0 * 12] == 0x15 && old[$0 * 12 + 1] == 1 } ?? entries
                let new: [UInt8] = [0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0]
                data += [UInt8(entries + 1), 0] + old.prefix(place * 12) + new + old.dropFirst(place * 12) + [0, 0, 0, 0]
                for byte in 0..<4 { data[4 + byte] = UInt8(truncatingIfNeeded: start >> (8 * byte)) }
            }
            try data.write(to: URL(filePath: path))
            #expect(Geometry.letters(try Picture.read(path: path)) == orientation.expected)
        }

        /// Tags are read within their bytes, whatever they claim.
        @Test func tagsOfAnyBytes() {
            var random = SystemRandomNumberGenerator()
            let heads: [([UInt8], PictureTags.Format)] = [
                ([0x4D, 0x4D, 0, 42], .tiff), ([0x49, 0x49, 42, 0, 8, 0, 0, 0], .tiff), (Array("RIFF....WEBPEXIF".utf8), .webp),
                ([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 9] + Array("eXIfII*\0".utf8), .png),
            ]
            for (head, format) in heads {
                for length in 0..<400 {
                    let bytes = head + (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                    bytes.withUnsafeBytes { _ = PictureTags($0, format) }
                    bytes.withUnsafeBytes { _ = JPEGBytes($0).isSeries }
                }
            }
        }

        @Test func aJPEGInATIFFIsRefused() throws {
            let jpeg = try jpegs()[0]
            let entries: [(Int, Int, Int)] = [
                (256, 3, 96), (257, 3, 64), (258, 3, 8), (259, 3, 7), (262, 3, 6), (273, 4, 122), (277, 3, 3), (278, 3, 64),
                (279, 4, jpeg.count),
            ]
            func little(_ value: Int, _ count: Int) -> [UInt8] {
                (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            }
            let directory = entries.flatMap { little($0.0, 2) + little($0.1, 2) + little(1, 4) + little($0.2, 4) }
            let tiff = Data([0x49, 0x49, 42, 0, 8, 0, 0, 0] + little(entries.count, 2) + directory + [0, 0, 0, 0]) + jpeg
            let path = try write(tiff, "picture.tif")
            #expect(mediaError { _ = try Picture.read(path: path) }?.description.contains("TIFF with JPEG inside") == true)
        }

        @Test(arguments: [("smpte2084", "PQ"), ("arib-std-b67", "HLG")])
        func highDynamicRangeIsSaid(transfer: String, name: String) throws {
            let tags =
                "-c:v libx265 -x265-params log-level=none:transfer=\(transfer):colorprim=bt2020:colormatrix=bt2020nc -pix_fmt yuv420p10le"
            let reader = try VideoReader(path: Workspace.makeClip("hdr.mp4", seconds: 0.2, tags))
            _ = try reader.rest()
            #expect(
                reader.info.hdr == name && reader.statistics.warning?.contains("HDR video (\(name)) is not tone-mapped") == true)
        }
    }
}
