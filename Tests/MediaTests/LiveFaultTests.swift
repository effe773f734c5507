import Foundation
import PoseTypes
import TestSupport
import Testing

@testable import Media

extension MediaTests {
    /// Three cameras, one of them ill. Prints a line per case: how long it took to see again, beyond the wait between two
    /// tries, and what the two healthy ones saw.
    @Suite struct LiveFaults {
        private let clip: String
        private let whole: Set<Int>

        init() throws {
            clip = Workspace.path("clip.h264")
            try Camera.makeClip(clip)
            whole = try fingerprints(clip)
        }

        private static let credentials = "admin:s3cr%40t"
        private static let login = "admin:s3cr@t"
        private let options = LiveOptions(openTimeout: 2, readTimeout: 2, longestWait: 2)

        /// Watches two healthy cameras while `fault` deals with the third; it returns how the third recovered.
        private func check(
            _ name: String, whole: Set<Int>? = nil, _ fault: (_ options: LiveOptions) throws -> (LiveWatcher, Double?)
        ) throws {
            let before = try resources()
            let camera = try Camera([clip], password: Self.login)
            // Patient: on a busy machine a camera may be slow to begin.
            let healthy = (0..<2).map {
                LiveWatcher(camera.address($0, credentials: Self.credentials), whole: self.whole)
            }
            for watcher in healthy { #expect(watcher.wait { $0.pictures.count > 0 }) }
            let start = ContinuousClock.now
            let counts = healthy.map(\.pictures.count)
            let (ill, recovery) = try fault(options)
            let seconds = start.duration(to: .now) / .seconds(1)
            let seen = zip(healthy, counts).map { Double($0.pictures.count - $1) / (15 * seconds) }
            for (watcher, part) in zip(healthy, seen) {
                // A busy machine may be late with the last ones, but none is missing.
                #expect(part >= 0.5, "a healthy camera gave \(part) of its pictures")
                let times = watcher.pictures.map(\.time)
                let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? 0
                #expect(longest < 1.5 / 15, "a healthy camera's pictures stop for \(longest) s")
                let status = watcher.status
                #expect(status.connects == 1 && status.damaged == 0 && status.stalls == 0, "\(status) \(watcher.events)")
                #expect(status.decoded - watcher.pictures.count <= 15, "hidden but for those before the first keyframe")
                #expect(watcher.pictures.allSatisfy { $0.isWhole })
            }
            for watcher in healthy + [ill] {
                #expect(watcher.stop())
                let text = "\(watcher.events) \(watcher.status) \(String(describing: watcher.error))"
                #expect(!text.contains("s3cr"), "a secret was told")
                let pictures = watcher.pictures
                #expect(zip(pictures, pictures.dropFirst()).allSatisfy { $0.time < $1.time && $0.index < $1.index })
                #expect(pictures.allSatisfy { $0.isWhole }, "\(pictures.count { !$0.isWhole }) pictures are damaged")
            }
            camera.end()
            // A thread is gone a little later than what it did; suites beside this one come and go, too.
            var after = try resources()
            for _ in 0..<1000 where after.threads > before.threads || after.sockets > before.sockets {
                usleep(20_000)
                after = try resources()
            }
            #expect(after.threads <= before.threads && after.sockets <= before.sockets, "\(before) \(after)")
            let healthyPart = seen.map { "\(Int(($0 * 100).rounded())) %" }.joined(separator: " ")
            print("live fault: \(name): \(recovery.map { "\(Int($0 * 1000)) ms" } ?? "never") to recover; healthy \(healthyPart)")
            let slowest = try #require(recovery, "the ill camera did not recover: \(ill.events)")
            #expect(slowest <= 2)
        }

        private func watch(_ camera: Camera, _ options: LiveOptions) -> LiveWatcher {
            LiveWatcher(camera.address(credentials: Self.credentials), options, whole: whole)
        }

        @Test func deadAtStart() throws {
            try check("dead at start") { options in
                let port = Camera.freePort()
                let ill = LiveWatcher("rtsp://\(Self.credentials)@127.0.0.1:\(port)/0", options, whole: whole)
                #expect(ill.wait { $0.status.state == .waiting && $0.status.lastError?.contains("refused") == true })
                usleep(2_000_000)
                let camera = try Camera([clip], port: port, password: Self.login)
                let back = ContinuousClock.now
                #expect(ill.wait { $0.pictures.count > 15 })
                camera.end()
                return (ill, ill.recovery(from: back))
            }
        }

        @Test func killedAndBackAfterFiveSeconds() throws {
            try check("killed, back after 5 s") { options in
                let camera = try Camera([clip], password: Self.login)
                let ill = watch(camera, options)
                #expect(ill.wait { $0.pictures.count > 15 })
                camera.end()
                let seen = ill.pictures.count
                usleep(5_000_000)
                #expect(ill.pictures.count - seen < 3)
                let successor = try Camera([clip], port: camera.port, password: Self.login)
                let back = ContinuousClock.now
                #expect(ill.wait { $0.pictures.count > seen + 15 })
                let (last, next) = (ill.pictures[seen - 1], ill.pictures[seen + 3])
                #expect(next.connection == 2)
                #expect(abs(next.time - last.time - last.moment.duration(to: next.moment) / .seconds(1)) < 0.5)
                successor.end()
                return (ill, ill.recovery(from: back))
            }
        }

        @Test func stallsWithoutClosing() throws {
            try check("stalled (SIGSTOP) for 5 s") { options in
                let camera = try Camera([clip], password: Self.login)
                let ill = watch(camera, options)
                #expect(ill.wait { $0.pictures.count > 15 })
                camera.signal(SIGSTOP)
                #expect(ill.wait(1.8) { $0.status.state == .stalled })
                #expect(ill.wait { $0.status.state == .waiting && $0.status.lastError?.contains("nothing came") == true })
                usleep(3_000_000)
                camera.signal(SIGCONT)
                let back = ContinuousClock.now
                let seen = ill.pictures.count
                #expect(ill.wait { $0.pictures.count > seen + 15 })
                camera.end()
                return (ill, ill.recovery(from: back))
            }
        }

        @Test func comesBackInAnotherSize() throws {
            let small = Workspace.path("small.h264")
            try Camera.makeClip(small, size: "128x96")
            let both = try whole.union(fingerprints(small))
            try check("another size") { options in
                let camera = try Camera([clip, small], password: Self.login)
                let ill = LiveWatcher(camera.address(credentials: Self.credentials), options, whole: both)
                #expect(ill.wait { $0.pictures.count > 5 })
                // In mid-stream, on the same connection.
                camera.tell("clip 1")
                #expect(ill.wait { $0.pictures.last?.size == 128 })
                #expect(ill.pictures.last?.connection == 1 && ill.status.connects == 1)
                #expect(ill.events.contains { if case .changed(let info) = $0.event { info.width == 128 } else { false } })
                camera.end()
                let successor = try Camera([clip], port: camera.port, password: Self.login)
                let back = ContinuousClock.now
                #expect(ill.wait { $0.pictures.last?.size == 160 })
                #expect(ill.pictures.last?.connection == 2)
                successor.end()
                return (ill, ill.recovery(from: back))
            }
        }

        @Test func comesBackWithAnotherCodec() throws {
            let other = Workspace.path("clip.hevc")
            try Camera.makeClip(other)
            let both = try whole.union(fingerprints(other))
            try check("another codec") { options in
                let camera = try Camera([clip], password: Self.login)
                let ill = LiveWatcher(camera.address(credentials: Self.credentials), options, whole: both)
                #expect(ill.wait { $0.pictures.count > 5 })
                camera.end()
                let successor = try Camera([other], port: camera.port, password: Self.login)
                let back = ContinuousClock.now
                #expect(ill.wait { $0.pictures.last?.connection == 2 })
                #expect(ill.status.info?.codec == "hevc")
                successor.end()
                return (ill, ill.recovery(from: back, connection: 2))
            }
        }

        /// As one that never sends a keyframe: a new connection may bring one.
        @Test func givesNothingWhole() throws {
            try check("nothing whole for long") { options in
                var options = options
                options.readTimeout = 0.5
                let camera = try Camera([clip], password: Self.login)
                let ill = watch(camera, options)
                #expect(ill.wait { $0.pictures.count > 5 })
                camera.tell("truncate 100000")
                #expect(ill.wait { $0.status.lastError?.hasSuffix("no whole picture came for 3.0 s") == true })
                camera.tell("truncate 0")
                let back = ContinuousClock.now
                #expect(ill.wait { $0.pictures.last?.connection == 2 })
                camera.end()
                return (ill, ill.recovery(from: back, connection: 2))
            }
        }

        @Test func wrongPasswordThenRight() throws {
            try check("wrong password, then right") { options in
                var options = options
                options.deniedWait = 1
                let camera = try Camera([clip], password: "admin:other")
                let ill = watch(camera, options)
                #expect(ill.wait { $0.status.lastError?.contains("401") == true })
                usleep(1_000_000)
                camera.tell("password \(Self.login)")
                let back = ContinuousClock.now
                #expect(ill.wait { $0.pictures.count > 5 })
                camera.end()
                return (ill, ill.recovery(from: back))
            }
        }

        @Test func losesPacketsOverUDP() throws {
            try check("5 % of packets lost over UDP") { options in
                var options = options
                options.transport = .udp
                let camera = try Camera([clip], password: Self.login, loss: 0.05)
                let ill = watch(camera, options)
                #expect(ill.wait { $0.pictures.count > 0 })
                let start = ill.events.first!.moment
                usleep(8_000_000)
                let (status, pictures) = (ill.status, ill.pictures)
                #expect(status.connects == 1 && status.lostPackets > 3 && status.damaged > 3)
                #expect(pictures.count > 15)
                let gaps = zip(pictures, pictures.dropFirst()).map { $1.time - $0.time }
                print(
                    "live fault: UDP: \(status.lostPackets) packets lost, \(status.damaged) of \(status.decoded) pictures hidden,",
                    "longest gap \(gaps.max() ?? 0) s")
                camera.end()
                return (ill, ill.recovery(from: start))
            }
        }

        @Test func cutsItsPictures() throws {
            try check("truncated NAL units") { options in
                let camera = try Camera([clip], password: Self.login)
                let ill = watch(camera, options)
                #expect(ill.wait { $0.pictures.count > 5 })
                camera.tell("truncate 10")
                usleep(700_000)
                let back = ContinuousClock.now
                #expect(ill.wait { $0.status.damaged > 0 })
                let seen = ill.pictures.count
                #expect(ill.wait { $0.pictures.count > seen + 15 })
                #expect(ill.status.connects == 1)
                camera.end()
                return (ill, ill.recovery(from: back))
            }
        }

        @Test func doesNotSpeakRTSP() throws {
            try check("a server that does not speak RTSP") { options in
                let other = Listener(greeting: "SSH-2.0-OpenSSH_9.2p1\r\n")
                let ill = LiveWatcher("rtsp://\(Self.credentials)@127.0.0.1:\(other.port)/0", options, whole: whole)
                #expect(ill.wait { $0.events.count { if case .lost = $0.event { true } else { false } } > 1 })
                other.end()
                let camera = try Camera([clip], port: other.port, password: Self.login)
                let back = ContinuousClock.now
                #expect(ill.wait { $0.pictures.count > 5 })
                camera.end()
                return (ill, ill.recovery(from: back))
            }
        }

        /// Clocks scaled: waits of some ten milliseconds, a keyframe every tenth of a second.
        @Test func flapsFiftyTimes() throws {
            let fast = Workspace.path("fast.h264")
            try Camera.makeClip(fast, rate: 3, seconds: 10)
            let pictures = try fingerprints(fast)
            try check("50 flaps") { _ in
                let camera = try Camera([fast], password: Self.login, rate: 30)
                let ill = LiveWatcher(
                    camera.address(credentials: Self.credentials),
                    LiveOptions(openTimeout: 2, readTimeout: 1, firstWait: 0.02, longestWait: 0.1, steadyAfter: 0.2),
                    whole: pictures)
                var slowest = 0.0, early: (threads: Int, sockets: Int)?
                for flap in 1...50 {
                    #expect(ill.wait { $0.status.connects >= flap && $0.pictures.last?.connection == flap })
                    if flap == 5 { early = try resources() }
                    let back = ContinuousClock.now
                    camera.tell("disconnect")
                    #expect(ill.wait { $0.pictures.last?.connection == flap + 1 })
                    slowest = max(slowest, ill.recovery(from: back, connection: flap + 1) ?? .infinity)
                }
                let late = try resources()
                #expect(late.threads <= early!.threads + 10 && late.sockets <= early!.sockets + 10, "\(early!) \(late)")
                #expect(ill.status.reconnects == 50)
                camera.end()
                return (ill, slowest)
            }
        }
    }
}
