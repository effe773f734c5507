import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Media

extension MediaTests {
    /// A picture of which a part is missing or wrong is not given as if it were whole.
    @Suite struct DamagedPictures {
        private func picture(_ name: String, _ arguments: String = "") throws -> Data {
            try Data(contentsOf: URL(filePath: Workspace.make(name, "-f lavfi -i testsrc2=s=320x240 -frames:v 1 \(arguments)")))
        }

        private func write(_ data: Data, _ name: String) throws -> String {
            let path = Workspace.path(name)
            try data.write(to: URL(filePath: path))
            return path
        }

        @Test(arguments: ["p.jpg", "p.png", "p.webp", "p.tiff", "p.bmp"], [0.3, 0.6, 0.9])
        func cutPicturesAreRefused(name: String, part: Double) throws {
            let data = try picture(name)
            let path = try write(data.prefix(Int(Double(data.count) * part)), name)
            let error = mediaError { _ = try Picture.read(path: path) }
            #expect(error?.kind == .badInput && error?.description.hasPrefix(path) == true, "\(String(describing: error))")
        }

        @Test func cutJPEGsWithAnEndAreRefused() throws {
            let data = try picture("p.jpg")
            let path = try write(data.prefix(data.count / 2) + [0xFF, 0xD9], "p.jpg")
            #expect(mediaError { _ = try Picture.read(path: path) }?.description == "\(path): the picture is cut or damaged")
        }

        /// FFmpeg complains of these, and shows every pixel.
        @Test func harmlessOdditiesAreAccepted() throws {
            let jpeg = try picture("p.jpg")
            let whole = try Picture.read(path: Workspace.path("p.jpg"))
            let table = jpeg.firstRange(of: Data([0xFF, 0xDB]))!.lowerBound
            let exif: [UInt8] = [0xFF, 0xE1, 0, 16] + Array("Exif\0\0".utf8) + [0x58, 0x58, 0, 0, 0xFF, 0xFE, 0, 0]
            let odd = [
                jpeg + Data("trailer of a camera's maker".utf8), jpeg.dropLast(2),
                jpeg.prefix(table) + [0, 0, 0] + jpeg.dropFirst(table),
                jpeg.prefix(2) + exif + jpeg.dropFirst(2),
            ]
            for (number, data) in odd.enumerated() {
                let path = try write(data, "odd\(number).jpg")
                #expect(try Picture.read(path: path) == whole, "oddity \(number)")
            }
        }

        /// Every seventh picture of a video of single pictures is cut, or has wrong bits.
        @Test(arguments: [("clip.avi", "-c:v mjpeg -pix_fmt yuvj420p"), ("clip.mkv", "-c:v mjpeg -pix_fmt yuvj420p")])
        func cutPicturesOfVideosKeepTheirPlace(name: String, arguments: String) throws {
            let path = try Workspace.makeClip(name, size: "320x240", arguments)
            var data = try Data(contentsOf: URL(filePath: path))
            // Each ends in the middle.
            var starts: [Int] = []
            var place = data.startIndex
            while let found = data[place...].firstRange(of: Data([0xFF, 0xD8, 0xFF])) {
                starts.append(found.lowerBound)
                place = found.upperBound
            }
            try #require(starts.count == 25)
            let broken = [6, 13, 20]
            for number in broken {
                let (start, end) = (starts[number], starts[number + 1])
                let middle = (start + end) / 2
                data.replaceSubrange(middle..<middle + 2, with: [0xFF, 0xD9])
            }
            let reader = try VideoReader(path: write(data, "broken-" + name))
            #expect(try reader.rest().indices == (0..<25).filter { !broken.contains($0) })
            #expect(reader.statistics.damagedPackets == 3 && reader.statistics.warning?.contains("3 damaged") == true)
        }

        @Test(
            arguments: [("clip.mkv", "-c:v ffv1 -level 3 -slicecrc 1 -slices 4"), ("clip.dv", "-s 720x576 -c:v dvvideo")], [0, 2])
        func wrongBitsOfVideosAreNoticed(clip: (name: String, arguments: String), threads: Int) throws {
            let path = try Workspace.makeClip(clip.name, seconds: 0.4, clip.arguments)
            var data = try Data(contentsOf: URL(filePath: path))
            let middle = data.count / 2
            for place in stride(from: middle, to: middle + 4000, by: 37) { data[place] ^= 0x5A }
            let reader = try VideoReader(path: write(data, "broken-" + clip.name), threads: threads)
            let frames = try reader.rest()
            #expect(reader.statistics.damagedPackets > 0 && frames.count < 10 && frames.count > 5, "\(frames.count)")
        }

        @Test func oneBadFileOfAFolderHidesNoOther() throws {
            for number in 0..<8 {
                try Picture.write(Image(width: 20, height: 10, grey: UInt8(number)), path: Workspace.path("\(number).png"))
            }
            func replace(_ number: Int, with body: (String) throws -> Void) throws {
                try FileManager.default.removeItem(atPath: Workspace.path("\(number).png"))
                try body(Workspace.path("\(number).png"))
            }
            try replace(0) { try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: "/no/such/picture.png") }
            try replace(3) { try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: false) }
            try replace(4) { try Data("no picture".utf8).write(to: URL(filePath: $0)) }
            try replace(7) { try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: "7.png") }
            for name in ["a.HEIC", "b.gif"] { try Data("x".utf8).write(to: URL(filePath: Workspace.path(name))) }
            let reader = try VideoReader(path: Workspace.folder)
            #expect(try reader.rest().indices == [1, 2, 5, 6])
            let warning = try #require(reader.statistics.warning)
            #expect(warning.contains("4 pictures were skipped") && warning.contains("0.png") && warning.contains("3.png"))
            #expect(warning.contains("a.HEIC") && warning.contains("b.gif"), "\(warning)")
        }

        /// What nobody writes to, or what never ends, holds up no folder.
        @Test(arguments: ["pipe", "socket", "device"], [0, 1, 2])
        func whatIsNoFileOfAFolderIsSkipped(kind: String, place: Int) throws {
            for number in 0..<3 { try Picture.write(Image(width: 20, height: 10), path: Workspace.path("\(number).png")) }
            let path = Workspace.path("\(place).png")
            try FileManager.default.removeItem(atPath: path)
            switch kind {
            case "pipe": #expect(mkfifo(path, 0o600) == 0)
            case "socket": #expect(mknod(path, S_IFSOCK | 0o600, 0) == 0)
            default: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
            }
            let reader = try VideoReader(path: Workspace.folder)
            #expect(try reader.rest().indices == (0..<3).filter { $0 != place })
            let warning = try #require(reader.statistics.warning)
            #expect(warning.contains("1 picture was skipped (\(path): a pipe, a socket or a device, no picture)"), "\(warning)")
        }

        @Test func picturesHaveALargestSize() throws {
            let path = try Workspace.makeClip("clip.avi", seconds: 0.2, size: "400x300", "-c:v mjpeg -pix_fmt yuvj420p")
            var openOptions = OpenOptions(Interrupt())
            openOptions.maxPixels = 100_000
            var stream = try PictureStream(path, threads: 1, openOptions)
            while stream.next() == .damaged {}
            #expect(stream.refusal?.contains("megapixels") == true)
        }

        /// A colon is no protocol, and a percent sign no pattern.
        @Test(arguments: ["2026-11-29T08:30:00.mp4", "a%d.mp4", "rtsp:x.mp4", "concat:a|b.mp4"])
        func videosAreWrittenUnderAnyName(name: String) throws {
            let writer = try VideoWriter(path: Workspace.path(name), width: 32, height: 32, frameRate: 25)
            for number in 0..<3 { try writer.write(Image(width: 32, height: 32), at: Timestamp(seconds: Double(number) / 25)) }
            try writer.finish()
            #expect(try VideoReader(path: Workspace.path(name)).rest().count == 3)
        }
    }
}
