import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Pictures {
        static let gradient: Image = {
            var image = Image(width: 33, height: 21)
            for y in 0..<21 {
                for x in 0..<33 {
                    image.pixels.replaceSubrange(
                        (y * 33 + x) * 3..<(y * 33 + x) * 3 + 3, with: [UInt8(x * 7), UInt8(y * 12), UInt8(x + y)])
                }
            }
            return image
        }()

        @Test func pngKeepsEveryPixel() throws {
            let path = Workspace.path("picture.png")
            try Picture.write(Self.gradient, path: path)
            #expect(try Picture.read(path: path) == Self.gradient)
        }

        @Test(arguments: ["picture.jpg", "picture.JPEG"])
        func jpegKeepsColours(name: String) throws {
            try Picture.write(Self.gradient, path: Workspace.path(name))
            let seen = try Picture.read(path: Workspace.path(name))
            #expect(seen.width == 33 && seen.height == 21)
            #expect(zip(seen.pixels, Self.gradient.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 8 })
        }

        @Test func aPictureIsOneFrameAtZero() throws {
            let plain = try Workspace.make("plain.jpg", "-f lavfi -i testsrc2=s=64x48 -frames:v 1"),
                path = Workspace.path("a%04d.jpg")
            try FileManager.default.moveItem(atPath: plain, toPath: path)
            let reader = try VideoReader(path: path)
            let frames = try reader.rest()
            #expect(frames.times == [0] && frames.indices == [0])
            #expect(reader.info == VideoInfo(width: 64, height: 48, codec: "mjpeg", frameCount: 1))
        }

        @Test func foldersAreReadInNaturalOrder() throws {
            for (name, grey) in [("f10.png", 10), ("f9.png", 9), ("f100.png", 100), ("f1.png", 1)] {
                try Picture.write(Image(width: 20, height: 10, grey: UInt8(grey)), path: Workspace.path(name))
            }
            try Data("no picture".utf8).write(to: URL(filePath: Workspace.path("notes.txt")))
            for path in [Workspace.folder, Workspace.path("f%d.png")] {
                let reader = try VideoReader(path: path)
                let frames = try reader.rest()
                #expect(frames.map { Int($0.image.pixels[0]) } == [1, 9, 10, 100])
                #expect(frames.times == [0, 40_000_000, 80_000_000, 120_000_000])
                #expect(
                    reader.info == VideoInfo(width: 20, height: 10, codec: "png", frameRate: 25, duration: 0.16, frameCount: 4))
                let part = try VideoReader(path: path, from: 0.07).rest()
                #expect(isSame(part, frames.dropFirst(2)))
            }
        }

        @Test func aDamagedPictureOfAFolderKeepsItsPlace() throws {
            for number in 0..<4 { try Picture.write(Image(width: 20, height: 10), path: Workspace.path("\(number).png")) }
            for number in [0, 2] { try Data("broken".utf8).write(to: URL(filePath: Workspace.path("\(number).png"))) }
            let reader = try VideoReader(path: Workspace.folder)
            #expect(try reader.rest().indices == [1, 3])
            #expect(reader.statistics.damagedPackets == 2)
        }

        @Test func mixedSizesAreOneError() throws {
            try Picture.write(Image(width: 20, height: 10), path: Workspace.path("1.png"))
            try Picture.write(Image(width: 10, height: 20), path: Workspace.path("2.png"))
            let error = mediaError { _ = try VideoReader(path: Workspace.folder).rest() }
            #expect(error == MediaError(.badInput, "\(Workspace.path("2.png")): 10x20 pixels, but the first picture has 20x10"))
        }

        @Test func picturesThatCannotBeWritten() {
            let image = Image(width: 20, height: 10)
            #expect(
                mediaError { try Picture.write(image, path: "/no/folder/a.png") }
                    == MediaError(.cannotCreate, "/no/folder/a.png: cannot be created: its folder does not exist"))
            #expect(mediaError { try Picture.write(image, path: "a.tiff") }?.kind == .cannotCreate)
            try? FileManager.default.createSymbolicLink(atPath: Workspace.path("full.png"), withDestinationPath: "/dev/full")
            #expect(mediaError { try Picture.write(image, path: Workspace.path("full.png")) }?.kind == .writeFailed)
        }
    }
}
