import Daemon
import Foundation
import TestSupport
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings

/// `posed reload` signals a posed of the file's own user, and nobody else.
@Suite struct PidFileTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "pid-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// A file that somebody else made and holds the lock of; returns the lock's descriptor.
    private func claim(_ path: String, _ text: String, mode: mode_t = 0o644, user: uid_t = geteuid()) -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        _ = write(file, text, text.utf8.count)
        fchmod(file, mode)
        fchown(file, user, gid_t.max)
        flock(file, LOCK_EX | LOCK_NB)
        return file
    }

    private func complaint(_ path: String) -> String {
        do { return "process \(try PidFile.owner(path: path))" } catch { return error.description }
    }

    @Test func theProcessThatHoldsTheFileIsFound() throws {
        let path = "\(folder)/pid"
        #expect(complaint(path).contains("no posed run has made it"))
        let file = try PidFile(path: path)
        #expect(complaint(path) == "process \(getpid())")
        #expect(throws: PosedError.self) { try PidFile(path: path) }
        file.release()
        withExtendedLifetime(file) {}
    }

    @Test(arguments: ["", "\n", "x", "-1", "0", "1", "99999999999999999999", "4194305", "12 34"])
    func whatNamesNoProcessIsRefused(text: String) {
        let lock = claim("\(folder)/pid", text)
        defer { close(lock) }
        #expect(
            complaint("\(folder)/pid").contains("holds no process number") || complaint("\(folder)/pid").contains("is no posed"))
    }

    @Test func aProcessThatIsNoPosedIsLeftAlone() throws {
        let sleep = makeProcess()
        sleep.executableURL = URL(filePath: "/bin/sleep")
        sleep.arguments = ["60"]
        try sleep.run()
        defer { sleep.terminate() }
        let lock = claim("\(folder)/pid", "\(sleep.processIdentifier)")
        defer { close(lock) }
        #expect(complaint("\(folder)/pid").contains("is no posed of the user"))
    }

    @Test(arguments: [0o666, 0o664, 0o646] as [mode_t])
    func aFileThatOthersMayWriteIsNotBelieved(mode: mode_t) {
        let lock = claim("\(folder)/pid", "\(getpid())", mode: mode)
        defer { close(lock) }
        #expect(complaint("\(folder)/pid").contains("not a file of posed"))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make files of other users"))
    func aFileOfAnotherUserNamesOnlyProcessesOfThatUser() {
        let lock = claim("\(folder)/pid", "\(getpid())", user: 65534)
        defer { close(lock) }
        #expect(complaint("\(folder)/pid").contains("is no posed of the user"))
        #expect(throws: PosedError.self) { try PidFile(path: "\(folder)/pid") }
    }

    @Test func linksPipesAndFoldersAreNoPidFiles() throws {
        let lock = claim("\(folder)/real", "\(getpid())")
        defer { close(lock) }
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "real")
        mkfifo("\(folder)/pipe", 0o600)
        for path in ["\(folder)/link", "\(folder)/pipe", folder, "/dev/null"] {
            #expect(!complaint(path).hasPrefix("process"), "\(path)")
            #expect(throws: PosedError.self, "\(path)") { try PidFile(path: path) }
        }
    }

    @Test func rootsFileLiesWhereNobodyElseWrites() {
        #expect(PidFile.defaultPath([:], user: 0) == "/run/posed.pid")
        #expect(PidFile.defaultPath(["XDG_RUNTIME_DIR": "/run/user/1000"], user: 0) == "/run/posed.pid")
        #expect(PidFile.defaultPath(["RUNTIME_DIRECTORY": "/run/posed:/run/x"], user: 0) == "/run/posed/posed.pid")
        #expect(PidFile.defaultPath(["XDG_RUNTIME_DIR": "/run/user/1000"], user: 1000) == "/run/user/1000/posed.pid")
        #expect(PidFile.defaultPath([:], user: 1000) == "/tmp/posed-1000.pid")
    }
}
