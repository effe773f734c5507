import Basics
import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Media

extension MediaTests {
    /// Every kind of source, healthy.
    @Suite struct LiveSources {
        @Test(arguments: LiveOptions.Transport.allCases)
        func aCameraReportsWhenItsPicturesWereTaken(transport: LiveOptions.Transport) throws {
            let clip = Workspace.path("clip.h264")
            try Camera.makeClip(clip)
            let camera = try Camera([clip])
            let watcher = LiveWatcher(camera.address(), LiveOptions(transport: transport), whole: try fingerprints(clip))
            #expect(watcher.wait(15) { $0.pictures.last?.capture.clock == .rtcp && $0.status.frameRate != nil })
            #expect(watcher.stop())
            let pictures = watcher.pictures
            #expect(pictures.allSatisfy { $0.isWhole && $0.connection == 1 })
            #expect(zip(pictures, pictures.dropFirst()).allSatisfy { $1.index == $0.index + 1 })
            // The test's camera has our clock: both ways of dating have to agree within their bounds.
            let now = unixTime(), moment = ContinuousClock.now
            for picture in pictures {
                let arrival = now - Int64(picture.moment.duration(to: moment) / .nanoseconds(1))
                let age = Double(arrival - picture.capture.unixNanoseconds) / 1e9
                #expect(abs(age) < picture.capture.error + 0.1, "\(picture.capture.clock) \(age)")
            }
            let status = watcher.status
            #expect(status.format == "rtsp" && abs((status.frameRate ?? 0) - 15) < 5 && status.info?.codec == "h264", "\(status)")
        }

        @Test func motionJPEGOverHTTP() throws {
            _ = try Workspace.make("%02d.jpg", "-f lavfi -i testsrc2=s=96x64:r=10:d=1 -pix_fmt yuvj420p")
            let server = try Server("web.py", [Workspace.folder, "10"])
            let watcher = LiveWatcher("http://127.0.0.1:\(server.port)/camera.mjpg")
            #expect(watcher.wait { $0.pictures.count > 20 })
            #expect(watcher.stop())
            let pictures = watcher.pictures
            // They bear no times: those of their arrival are taken.
            let seconds = pictures[20].time - pictures[0].time
            #expect(seconds > 1.2 && seconds < 2.5)
            #expect(watcher.status.format == "mpjpeg" && watcher.status.info?.codec == "mjpeg")
            #expect(pictures.allSatisfy { $0.capture.clock == .arrival })
        }

        @Test func playlistsAreGivenInRealTime() throws {
            _ = try Workspace.make(
                "segment%d.ts",
                "-f lavfi -i testsrc2=s=96x64:r=10:d=30 -pix_fmt yuv420p -g 10 -f segment -segment_time 1 -reset_timestamps 0")
            let server = try Server("web.py", [Workspace.folder, "10"])
            let watcher = LiveWatcher("http://127.0.0.1:\(server.port)/live.m3u8")
            #expect(watcher.wait { $0.pictures.count > 40 })
            #expect(watcher.stop())
            let pictures = watcher.pictures
            let media = pictures[40].time - pictures[0].time
            let real = pictures[0].moment.duration(to: pictures[40].moment) / .seconds(1)
            #expect(abs(media - 4) < 0.01 && real > 3.5, "\(pictures.map(\.time.seconds))")
            #expect(watcher.status.connects == 1 && watcher.status.format == "hls")
        }

        @Test func onlyTrustedCertificatesAreListenedTo() throws {
            _ = try Workspace.make("%02d.jpg", "-f lavfi -i testsrc2=s=96x64:r=10:d=1 -pix_fmt yuvj420p")
            let certificates = try Certificates(in: URL(filePath: Workspace.folder))
            let server = try Server("web.py", [Workspace.folder, "10", certificates.certificate, certificates.key])
            let address = "https://localhost:\(server.port)/camera.mjpg"
            let stranger = LiveWatcher(address)
            #expect(stranger.wait { $0.failures.contains { $0.contains("its certificate is not trusted") } })
            #expect(stranger.stop() && stranger.pictures.isEmpty)
            for options in [LiveOptions(caFile: certificates.authority), LiveOptions(tlsVerify: false)] {
                let watcher = LiveWatcher(address, options)
                #expect(watcher.wait { $0.pictures.count > 3 })
                #expect(watcher.stop())
            }
            // Whom the certificate names, not whoever has one.
            let impostor = LiveWatcher(
                "https://127.0.0.1:\(server.port)/camera.mjpg", LiveOptions(caFile: certificates.authority))
            #expect(impostor.wait { $0.failures.contains { $0.contains("its certificate is not trusted") } })
            #expect(impostor.stop() && impostor.pictures.isEmpty)
        }

        @Test(arguments: [true, false])
        func whatAPlaylistNamesIsVerifiedToo(tlsVerify: Bool) throws {
            _ = try Workspace.make("segment0.ts", "-f lavfi -i testsrc2=s=96x64:r=10:d=1 -pix_fmt yuv420p")
            let folder = URL(filePath: Workspace.folder), certificates = try Certificates(in: folder)
            let secure = try Server("web.py", [Workspace.folder, "10", certificates.certificate, certificates.key])
            let list =
                "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\nhttps://localhost:\(secure.port)/segment0.ts\n#EXT-X-ENDLIST\n"
            try Data(list.utf8).write(to: folder.appending(path: "list.m3u8"))
            let plain = try Server("web.py", [Workspace.folder, "10"])
            let watcher = LiveWatcher("http://127.0.0.1:\(plain.port)/list.m3u8", LiveOptions(tlsVerify: tlsVerify))
            #expect(watcher.wait { tlsVerify ? !$0.failures.isEmpty : $0.pictures.count == 10 })
            #expect(watcher.stop() && watcher.pictures.isEmpty == tlsVerify)
        }

        @Test func aPipeIsReadToItsEnd() throws {
            let pipe = try Workspace.pipe(of: Workspace.makeClip("clip.mkv"))
            let reader = try LiveReader(address: Secret(pipe), options: LiveOptions(loop: true))
            #expect(try reader.pictures().count == 25)
            #expect(reader.status.state == .ended)
        }

        @Test func aMissingCameraOfThisMachineIsWaitedFor() throws {
            let watcher = LiveWatcher("/dev/video97", LiveOptions(firstWait: 0.05))
            #expect(watcher.wait { $0.status.state == .waiting })
            #expect(watcher.stop())
            #expect(watcher.status.lastError == "/dev/video97: cannot be read: no such file or directory")
        }

        @Test func filesThatCannotBeReadAreErrors() throws {
            let missing = try LiveReader(address: Secret("/no/such/clip.mp4"))
            #expect(
                mediaError { _ = try missing.next() } == MediaError(.missingInput, "/no/such/clip.mp4: there is no such file"))
            let notes = Workspace.path("notes.mp4")
            try Data("notes".utf8).write(to: URL(filePath: notes))
            let bad = try LiveReader(address: Secret(notes), options: LiveOptions(loop: true))
            #expect(mediaError { _ = try bad.next() }?.kind == .badInput)
        }

        @Test func unknownProtocolsAreErrors() {
            let error = mediaError { _ = try LiveReader(address: Secret("rstp://me:secret@camera/1")) }
            #expect(error == MediaError(.badInput, "rstp://***@camera/1: FFmpeg knows no protocol rstp"))
        }

        /// While it connects to an address that does not answer, and while it waits for the next try.
        @Test(arguments: [true, false])
        func anInterruptEndsEveryWait(isSilent: Bool) throws {
            let listener = Listener()
            let port = isSilent ? listener.port : Camera.freePort()
            let options = LiveOptions(openTimeout: 30, firstWait: 30, longestWait: 30)
            let watcher = LiveWatcher("rtsp://me:secret@127.0.0.1:\(port)/1", options)
            #expect(watcher.wait { $0.status.state == (isSilent ? .connecting : .waiting) })
            usleep(200_000)
            #expect(watcher.stop())
            #expect(watcher.status.state == .ended && watcher.pictures.isEmpty && watcher.error == nil)
            listener.end()
        }

        @Test func aServerThatNeverAnswersIsGivenUpInTime() throws {
            let listener = Listener()
            let watcher = LiveWatcher("rtsp://127.0.0.1:\(listener.port)/1", LiveOptions(openTimeout: 0.5))
            #expect(watcher.wait(2) { $0.status.state == .waiting })
            #expect(watcher.status.lastError?.hasSuffix("no answer within 0.5 s") == true)
            #expect(watcher.stop())
            listener.end()
        }

        /// A camera that drops a picture before it is sent leaves no gap in the packets.
        @Test(arguments: ["libx264", "libx265"])
        func picturesThatLeanOnAMissingOneAreHidden(codec: String) throws {
            let name = codec == "libx264" ? "clip.h264" : "clip.hevc"
            let filter = codec == "libx264" ? "h264_metadata=aud=insert" : "hevc_metadata=aud=insert"
            let whole = try Workspace.makeClip(
                name, seconds: 2, "-c:v \(codec) -g 10 -bf 0 -bsf:v \(filter) -x265-params log-level=none:keyint=10:bframes=0")
            let delimiter = Data(codec == "libx264" ? [0, 0, 0, 1, 9] : [0, 0, 0, 1, 0x46])
            var data = try Data(contentsOf: URL(filePath: whole))
            let starts = data.ranges(of: delimiter).map(\.startIndex)
            try #require(starts.count == 50)
            data.removeSubrange(starts[14]..<starts[15])
            let cut = Workspace.path("cut-" + name)
            try data.write(to: URL(filePath: cut))

            var openOptions = OpenOptions(Interrupt())
            openOptions.isLive = true
            var stream = try PictureStream(cut, threads: 1, openOptions)
            var shown: [Int] = []
            while true {
                let result = stream.next()
                if result == .end { break }
                if result == .picture {
                    var scaler = Scaler(FrameGeometry(stream.frame, sampleAspectRatio: 1, orientation: .upright))
                    shown.append(scaler.image(of: stream.frame)!.fingerprint)
                }
            }
            #expect(try shown.count == 44 && fingerprints(whole).isSuperset(of: shown))
        }
    }
}
