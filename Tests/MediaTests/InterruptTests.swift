import Foundation
import PoseTypes
import Synchronization
import Testing

@testable import Media

extension MediaTests {
    @Suite struct Interrupts {
        /// Calls `interrupt` from another thread after 0.2 s; `body` has to return within 2 s.
        private func checkPromptness(_ interrupt: Interrupt, _ body: () throws -> Void) rethrows {
            let start = ContinuousClock.now
            Thread.detachNewThread {
                usleep(200_000)
                interrupt.interrupt()
            }
            try body()
            #expect(start.duration(to: .now) > .milliseconds(150) && start.duration(to: .now) < .seconds(2))
        }

        @Test func endOpeningAPipeNobodyWritesTo() {
            let path = Workspace.path("pipe"), interrupt = Interrupt()
            mkfifo(path, 0o600)
            checkPromptness(interrupt) {
                let error = mediaError { _ = try VideoReader(path: path, interrupt: interrupt) }
                #expect(error?.kind == .interrupted)
            }
        }

        @Test func endReadingAPipeThatFallsSilent() throws {
            let isDone = Flag()
            let pipe = try Workspace.pipe(of: Workspace.makeClip("clip.ts", seconds: 4)) {
                while !isDone.value.load(ordering: .relaxed) { usleep(1000) }
            }
            let reader = try VideoReader(path: pipe)
            try checkPromptness(reader.interrupt) {
                let frames = try reader.rest()
                #expect(frames.count > 50)
            }
            #expect(try reader.next() == nil)
            #expect(!reader.statistics.truncated)
            isDone.value.store(true, ordering: .relaxed)
        }

        @Test func endOpeningASilentAddress() throws {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, size)
                    listen(listener, 1)
                    getsockname(listener, $0, &size)
                }
            }
            let url = "http://me:secret@127.0.0.1:\(UInt16(bigEndian: address.sin_port))/video", interrupt = Interrupt()
            checkPromptness(interrupt) {
                let error = mediaError { _ = try VideoReader(path: url, interrupt: interrupt) }
                #expect(error?.kind == .interrupted && error?.description.contains("secret") == false)
            }
        }

        @Test func aVideoIsReadFromAPipe() throws {
            let clip = try Workspace.makeClip("clip.mkv")
            let pipe = try Workspace.pipe(of: clip)
            #expect(isSame(try VideoReader(path: pipe).rest(), try VideoReader(path: clip).rest()))
        }

        private final class Flag: Sendable { let value = Atomic(false) }
    }
}
