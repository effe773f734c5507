import Daemon
import Delivery
import Foundation
import Media
import PoseTypes
import Records
import Settings
import TestSupport
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings
@testable import Web

@Suite struct PreviewTests {
    private func item(_ number: Int, _ image: Image?) -> StreamItem {
        let header = StreamHeader(
            stream: "s", skeleton: .coco17, detector: nil, pose: .init(id: "p", sha256: nil),
            source: .init(uri: "u", width: 1280, height: 720, codec: "h264"), version: "0")
        let poses = PoseFrame(index: number, time: Timestamp(nanoseconds: 40_000_000), people: [])
        return StreamItem(
            number: number, header: header, headerNumber: 0, gap: nil, frame: FrameWithPoses(image: image, poses: poses))
    }

    @Test func nothingIsEncodedUntilSomebodyWatches() throws {
        let preview = Preview()
        let sink = ShowPreview(preview)
        try sink.receive(item(1, Image(width: 64, height: 48, grey: 90)))
        #expect(preview.shot(after: 0) == nil)
        let watcher = preview.watch {}
        try sink.receive(item(2, nil))
        try sink.receive(item(3, Image(width: 64, height: 48, grey: 90)))
        #expect(preview.shot(after: 0)?.shot.frame == 3)
        // At most ten a second.
        try sink.receive(item(4, Image(width: 64, height: 48, grey: 90)))
        #expect(preview.shot(after: 1) == nil)
        preview.leave(watcher)
        #expect(preview.shot(after: 0) == nil && preview.watchers == 0)
    }

    @Test func picturesAreSmallAndTheSame() throws {
        let pictures = [(1281, 721, 640, 360), (300, 900, 213, 640), (33, 17, 33, 17), (2000, 3, 640, 2)]
        let encoder = PictureEncoder(longestSide: 640)
        for (width, height, smallWidth, smallHeight) in pictures {
            let path = FileManager.default.temporaryDirectory.appending(path: "preview-\(UUID()).jpg")
            defer { try? FileManager.default.removeItem(at: path) }
            var image = Image(width: width, height: height, grey: 40)
            for pixel in 0..<(width * height) where pixel % width >= width / 2 { image.pixels[3 * pixel] = 220 }
            for _ in 0..<2 { try Data(encoder.jpeg(of: image)).write(to: path) }
            let read = try Picture.read(path: path.path)
            #expect(abs(read.width - smallWidth) <= 1 && abs(read.height - smallHeight) <= 1, "\(read.width)x\(read.height)")
            let row = read.height / 2 * read.width * 3
            #expect(abs(Int(read.pixels[row + 6]) - 40) < 12 && abs(Int(read.pixels[row + (read.width - 3) * 3]) - 220) < 12)
            #expect(abs(Int(read.pixels[row + (read.width - 3) * 3 + 1]) - 40) < 12)
        }
    }

    @Test func aClientGetsTheNewestPictureOnly() throws {
        let preview = Preview()
        let feed = PreviewPictures(preview, isSocket: true) {}
        for frame in 1...3 { preview.show(Preview.Shot(frame: frame, time: .zero, jpeg: [UInt8(frame)])) }
        #expect(feed.next() == .text(Array(#"{"frame":3,"pts_ns":0}"#.utf8)[...]))
        preview.show(Preview.Shot(frame: 4, time: .zero, jpeg: [4]))
        #expect(feed.next() == .binary([3][...]))
        #expect(feed.next() == .text(Array(#"{"frame":4,"pts_ns":0}"#.utf8)[...]))
        #expect(feed.next() == .binary([4][...]))
        #expect(feed.next() == nil)
        let parts = PreviewPictures(preview, isSocket: false) {}
        #expect(
            parts.next()
                == .binary(Array("--picture\r\nContent-Type: image/jpeg\r\nContent-Length: 1\r\n\r\n\u{4}\r\n".utf8)[...]))
        feed.end()
        parts.end()
        #expect(preview.watchers == 0)
    }
}
