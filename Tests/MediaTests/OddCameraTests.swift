import Basics
import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Media

extension MediaTests {
    /// Cameras with odd habits, and hostile ones: `Tests/Servers/odd_rtsp.py` and `web.py`.
    @Suite struct LiveFaultsOfOddCameras {
        private let clip: String

        init() throws {
            clip = Workspace.path("clip.h264")
            try Camera.makeClip(clip)
        }

        private func camera(_ habit: String) throws -> (server: Server, address: String) {
            let server = try Server("odd_rtsp.py", [clip, habit])
            return (server, "rtsp://127.0.0.1:\(server.port)/live")
        }

        private let options = LiveOptions(openTimeout: 1, readTimeout: 1, longestWait: 1)

        private func memory() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return Int(fields[1])! * 4096
        }

        /// Times that lie: pictures come all the same, at the pace of our own clock.
        @Test(arguments: [
            "none", "clock-1", "report-random", "report-end", "time-random", "time-still", "time-back", "silent-first",
        ])
        func absurdTimesAreReplaced(habit: String) throws {
            let (server, address) = try camera(habit)
            let watcher = LiveWatcher(address, LiveOptions(openTimeout: 2, readTimeout: 5))
            #expect(watcher.wait { $0.pictures.count > 60 }, "\(watcher.failures)")
            #expect(watcher.stop())
            server.end()
            let pictures = watcher.pictures
            #expect(zip(pictures, pictures.dropFirst()).allSatisfy { $0.time < $1.time && $1.index == $0.index + 1 })
            #expect(pictures.allSatisfy { $0.connection == 1 })
            let (first, last) = (pictures[20], pictures[60])
            let drift = last.time - first.time - first.moment.duration(to: last.moment) / .seconds(1)
            #expect(abs(drift) < 1, "the session's clock went wrong by \(drift) s")
            let now = unixTime()
            #expect(
                pictures.allSatisfy {
                    ($0.capture.unixNanoseconds...now).contains(now) && now - $0.capture.unixNanoseconds < 90_000_000_000
                })
        }

        /// What never ends costs a connection, and no memory.
        @Test(arguments: ["noise", "endless-line", "endless-head", "endless-part", "noise-between", "bit-flips", "flood"])
        func noiseIsOutlived(habit: String) throws {
            let (server, address) = try camera(habit)
            let before = try memory()
            let watcher = LiveWatcher(address, options)
            _ = watcher.wait(4) { $0.failures.count > 2 }
            #expect(watcher.stop())
            server.end()
            #expect(watcher.error == nil)
            #expect(try memory() - before < 300_000_000)
        }

        @Test func saysGoodByeWhenInterruptedAndWhenNothingComes() throws {
            let (server, address) = try camera("none")
            let watcher = LiveWatcher(address)
            #expect(watcher.wait { $0.pictures.count > 3 })
            #expect(watcher.stop())
            #expect(server.tell("requests").contains("TEARDOWN"))
            // A camera that falls silent after PLAY.
            let (still, itsAddress) = try camera("silent-only")
            let other = LiveWatcher(itsAddress, options)
            #expect(other.wait { $0.failures.contains { $0.contains("nothing came") } })
            let end = ContinuousClock.now + .seconds(3)
            while ContinuousClock.now < end, !still.tell("requests").contains("TEARDOWN") { usleep(20_000) }
            #expect(still.tell("requests").contains("TEARDOWN"))
            #expect(other.stop())
        }

        /// Cameras lock an account after a few tries.
        @Test(arguments: [
            ("password", "user:wrong@", "refuses this user name and password (401)"),
            ("password", "", "wants a user name and password"),
            ("sha-256", "user:right@", "hashed with SHA-256"),
        ])
        func aRefusedPasswordIsNotTriedAgainSoon(habit: String, credentials: String, reason: String) throws {
            let (server, address) = try camera(habit)
            let watcher = LiveWatcher(address.replacing("rtsp://", with: "rtsp://" + credentials))
            #expect(watcher.wait { !$0.failures.isEmpty })
            usleep(2_500_000)
            #expect(watcher.failures.count == 1 && watcher.failures[0].contains(reason), "\(watcher.failures)")
            #expect(!watcher.failures[0].contains("wrong") && !watcher.failures[0].contains("right"))
            guard case .lost(_, let wait) = watcher.events.last?.event else { throw Missing() }
            #expect(wait > 40)
            #expect(watcher.stop())
            #expect(server.tell("requests").split(separator: " ").count { $0 == "DESCRIBE" } <= 2)
        }

        @Test(arguments: ["Basic", "Digest"], ["user:wrong@", ""])
        func aPasswordRefusedOverHTTPIsNotTriedAgainSoon(scheme: String, credentials: String) throws {
            let server = try Server("web.py", [Workspace.folder, "1"])
            let watcher = LiveWatcher("http://\(credentials)127.0.0.1:\(server.port)/closed?scheme=\(scheme)")
            #expect(watcher.wait { !$0.failures.isEmpty })
            usleep(2_500_000)
            let reason = credentials.isEmpty ? "wants a user name and password" : "refuses this user name and password (401)"
            #expect(watcher.failures.count == 1 && watcher.failures[0].contains(reason), "\(watcher.failures)")
            #expect(!watcher.failures[0].contains("wrong"))
            guard case .lost(_, let wait) = watcher.events.last?.event else { throw Missing() }
            #expect(wait > 40)
            #expect(watcher.stop())
            let requests = try #require(Int(server.tell("requests")))
            #expect(requests <= 2)
        }

        private struct Missing: Error {}

        @Test func aCameraThatSendsOverUDPOnlyIsNamed() throws {
            let (server, address) = try camera("udp-only")
            let watcher = LiveWatcher(address, options)
            #expect(watcher.wait { $0.failures.contains { $0.contains("set `transport: udp`") } })
            #expect(watcher.stop())
            server.end()
        }

        @Test(arguments: ["type=image/jpg", "type=image/jpeg;size%3D9", "type=image/pjpeg", "extra=7", "half=5"])
        func partsOfMotionJPEGMayBeOdd(oddity: String) throws {
            _ = try Workspace.make("%02d.jpg", "-f lavfi -i testsrc2=s=160x128:r=10:d=1 -pix_fmt yuvj420p")
            let whole = try Set(
                (1...10).map { try Picture.read(path: Workspace.path(String(format: "%02d.jpg", $0))).fingerprint })
            let server = try Server("web.py", [Workspace.folder, "20"])
            let watcher = LiveWatcher("http://127.0.0.1:\(server.port)/camera.mjpg?\(oddity)", options, whole: whole)
            #expect(watcher.wait { $0.pictures.count > 20 }, "\(watcher.failures)")
            #expect(watcher.stop())
            #expect(watcher.pictures.allSatisfy { $0.isWhole })
            #expect(oddity != "half=5" || watcher.status.damaged > 3)
        }

        /// A part of 2 GB costs a connection, and not its memory.
        @Test(arguments: [0, 5]) func aPictureThatNeverEndsIsGivenUp(after pictures: Int) throws {
            _ = try Workspace.make("p.jpg", "-f lavfi -i testsrc2=s=160x128 -frames:v 1 -pix_fmt yuvj420p")
            let server = try Server("web.py", [Workspace.folder, "20"])
            let patient = LiveOptions(openTimeout: 20, readTimeout: 20, longestWait: 1)
            let (before, watcher) = try (
                memory(), LiveWatcher("http://127.0.0.1:\(server.port)/endless.mjpg?pictures=\(pictures)", patient)
            )
            var most = before
            let isOver = watcher.wait {
                most = max(most, (try? memory()) ?? 0)
                return $0.failures.count { $0.hasSuffix("sent more than 64 MiB for one picture") } > 1
            }
            #expect(isOver, "\(watcher.failures)")
            #expect(watcher.stop())
            server.end()
            #expect(watcher.pictures.isEmpty == (pictures == 0))
            #expect(most - before < 300_000_000)
        }

        @Test func picturesThatAreTooLargeAreRefusedAndNamed() throws {
            // Grey, 7000x7000: few bytes, 49 megapixels.
            _ = try Workspace.make("big.jpg", "-f lavfi -i color=gray:s=7000x7000 -frames:v 1 -pix_fmt yuvj420p")
            let server = try Server("web.py", [Workspace.folder, "10"])
            for path in ["camera.mjpg", "picture"] {
                let watcher = LiveWatcher("http://127.0.0.1:\(server.port)/\(path)", options)
                #expect(
                    watcher.wait { $0.failures.contains { $0.contains("more than 36 megapixels") } },
                    "\(path) \(watcher.failures)")
                #expect(watcher.stop() && watcher.pictures.isEmpty)
            }
        }
    }
}
