import Foundation
import PoseTypes
import Testing

@testable import Media

extension MediaTests {
    @Suite struct BadInputs {
        private func opening(_ path: String) -> MediaError? { mediaError { _ = try VideoReader(path: path) } }

        @Test func missingFile() {
            #expect(opening("/no/such/clip.mp4") == MediaError(.missingInput, "/no/such/clip.mp4: there is no such file"))
        }

        /// Root may read everything; a socket is refused to root too.
        @Test func unreadableFile() throws {
            let path = Workspace.path("s")
            let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
            let code = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(code == 0)
            #expect(opening(path) == MediaError(.missingInput, "\(path): cannot be read: no such device or address"))
        }

        @Test(.enabled(if: getuid() != 0, "root may read everything"))
        func forbiddenFile() throws {
            let path = try Workspace.makeClip("clip.mp4", seconds: 0.1)
            chmod(path, 0)
            #expect(opening(path) == MediaError(.missingInput, "\(path): cannot be read: permission denied"))
        }

        @Test func emptyFile() throws {
            let path = Workspace.path("empty.mp4")
            try Data().write(to: URL(filePath: path))
            #expect(opening(path) == MediaError(.badInput, "\(path): the file is empty"))
        }

        @Test(arguments: ["notes.txt", "notes", "notes.mp4", "noise.bin"])
        func notAVideo(name: String) throws {
            let path = Workspace.path(name)
            let data =
                name == "noise.bin"
                ? Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 7 >> 3) })
                : Data(String(repeating: "Not a video.\n", count: 200).utf8)
            try data.write(to: URL(filePath: path))
            let error = opening(path)
            #expect(error?.kind == .badInput)
            #expect(error?.description.hasPrefix("\(path): ") == true && error?.description.contains("\n") == false)
        }

        @Test(arguments: ["sound.wav", "sound.mp3", "sound.m4a"])
        func soundOnly(name: String) throws {
            let path = try Workspace.make(name, "-f lavfi -i sine=d=1")
            #expect(opening(path) == MediaError(.badInput, "\(path): holds sound but no video"))
        }

        @Test func soundWithACover() throws {
            let cover = try Workspace.make("cover.png", "-f lavfi -i color=red:s=64x64 -frames:v 1")
            let path = try Workspace.make(
                "sound.mp3",
                "-f lavfi -i sine=d=1 -i \(cover) -map 0 -map 1 -c:v copy -id3v2_version 3 -disposition:v attached_pic")
            #expect(opening(path) == MediaError(.badInput, "\(path): holds sound but no video"))
        }

        @Test(arguments: ["none.mp4", "none.mkv"])
        func noFrames(name: String) throws {
            let path = try Workspace.makeClip(name, "-frames:v 0")
            #expect(opening(path)?.kind == .badInput)
        }

        @Test func mp4WithoutItsIndex() throws {
            let whole = try Workspace.makeClip("whole.mp4")
            let path = Workspace.path("cut.mp4")
            try Data(contentsOf: URL(filePath: whole)).prefix(8000).write(to: URL(filePath: path))
            let error = opening(path)
            #expect(error?.kind == .badInput && error?.description.contains("moov") == true)
        }

        @Test(arguments: ["clip.mp4", "clip", "picture.jpg", "picture.png"])
        func aGitLFSPointerIsNamed(name: String) throws {
            let path = Workspace.path(name)
            try Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n".utf8).write(to: URL(filePath: path))
            let words = "a Git LFS pointer, not the file itself: fetch it with `git lfs pull`"
            #expect(opening(path) == MediaError(.badInput, "\(path): \(words)"))
            // One that can be read beside it.
            try Picture.write(Image(width: 20, height: 10), path: Workspace.path("0.png"))
            guard name.hasPrefix("picture") else { return }
            let reader = try VideoReader(path: Workspace.folder)
            #expect(try reader.rest().count == 1 && reader.statistics.warning?.contains(words) == true)
        }

        @Test func pictureInHEIC() throws {
            let path = Workspace.path("picture.heic")
            try Data([0, 0, 0, 24] + "ftypheic".utf8 + [UInt8](repeating: 0, count: 12)).write(to: URL(filePath: path))
            #expect(opening(path)?.description.hasSuffix("convert the picture to JPEG or PNG") == true)
        }

        @Test func pipeThatGivesNoVideo() throws {
            let path = Workspace.path("pipe")
            mkfifo(path, 0o600)
            Thread.detachNewThread {
                let pipe = open(path, O_WRONLY)
                _ = write(pipe, "no video", 8)
                close(pipe)
            }
            #expect(opening(path) == MediaError(.badInput, "\(path): not a video or picture that FFmpeg knows"))
        }

        @Test func folderWithoutPictures() throws {
            #expect(opening(Workspace.folder)?.kind == .badInput)
            #expect(
                opening(Workspace.folder)?.description.hasPrefix("\(Workspace.folder): no pictures lie in this folder") == true)
            #expect(opening(Workspace.path("%04d.png"))?.kind == .badInput)
        }

        @Test func credentialsAreNotPrinted() {
            let error = opening("http://admin:pa@ss/w@127.0.0.1:1/video?user=me&password=secret&channel=1")
            #expect(error?.kind == .missingInput)
            #expect(
                error?.description.hasPrefix("http://***@127.0.0.1:1/video?user=***&password=***&channel=1: cannot be read: ")
                    == true
            )
        }
    }
}
