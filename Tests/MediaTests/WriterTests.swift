import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Writing {
        private func write(
            _ path: String, width: Int, height: Int, rate: Double?, times: [Double], colour: [UInt8] = [200, 60, 30]
        ) throws {
            let writer = try VideoWriter(path: path, width: width, height: height, frameRate: rate)
            let image = Image(width: width, height: height, pixels: Array((0..<width * height).map { _ in colour }.joined()))
            for time in times { try writer.write(image, at: Timestamp(seconds: time)) }
            try writer.finish()
        }

        @Test(arguments: [[0, 0.04, 0.08, 0.12, 0.16], [0, 0.033, 0.2, 0.205, 1.7, 1.8001, 3.14159], [2.5, 2.6, 2.7]])
        func keepsTimes(times: [Double]) throws {
            let path = Workspace.path("clip.mp4")
            try write(path, width: 64, height: 48, rate: nil, times: times)
            let frames = try VideoReader(path: path).rest()
            #expect(frames.count == times.count)
            for (frame, time) in zip(frames, times) { #expect(abs(frame.time.seconds - (time - times[0])) < 0.0001) }
            #expect(frames.times == (try Workspace.probedTimes(path)))
            let lengths = try VideoReader(path: path).info.duration!
            #expect(abs(lengths - (times.last! - times[0] + (times.last! - times[times.count - 2]))) < 0.01)
        }

        @Test(arguments: [(63, 47), (64, 47), (63, 48), (1, 1)])
        func storesOddSizes(width: Int, height: Int) throws {
            let path = Workspace.path("clip.mp4")
            try write(path, width: width, height: height, rate: 25, times: [0, 0.04])
            let frames = try VideoReader(path: path).rest()
            #expect(frames.count == 2)
            #expect(frames[0].image.width == width + width % 2 && frames[0].image.height == height + height % 2)
            #expect(distance(frames[1].image.colour(frames[1].image.width - 1, frames[1].image.height - 1), [200, 60, 30]) <= 6)
        }

        @Test(arguments: [(64, 48), (1280, 720)])
        func keepsColours(width: Int, height: Int) throws {
            let path = Workspace.path("clip.mp4")
            try write(path, width: width, height: height, rate: 25, times: [0], colour: [30, 160, 90])
            #expect(distance(try Picture.read(path: path).colour(20, 20), [30, 160, 90]) <= 4)
        }

        @Test func beginsWithItsIndex() throws {
            let path = Workspace.path("clip.mp4")
            try write(path, width: 64, height: 48, rate: 25, times: [0, 0.04])
            let data = try Data(contentsOf: URL(filePath: path))
            let moov = try #require(data.firstRange(of: Data("moov".utf8))),
                media = try #require(data.firstRange(of: Data("mdat".utf8)))
            #expect(moov.lowerBound < media.lowerBound)
        }

        @Test func saysWhyAFileCannotBeMade() {
            func making(_ path: String) -> MediaError? {
                mediaError { _ = try VideoWriter(path: path, width: 64, height: 48, frameRate: 25) }
            }
            #expect(
                making("/no/folder/a.mp4")
                    == MediaError(.cannotCreate, "/no/folder/a.mp4: cannot be created: its folder does not exist"))
            #expect(making(Workspace.folder)?.kind == .cannotCreate)
            #expect(making("/proc/a.mp4")?.kind == .cannotCreate)
        }

        @Test func saysThatTheDiskIsFull() {
            let error = mediaError {
                try write("/dev/full", width: 640, height: 480, rate: 25, times: (0..<50).map { Double($0) / 25 })
            }
            #expect(error == MediaError(.writeFailed, "/dev/full: writing failed: no space left on device"))
        }
    }
}
