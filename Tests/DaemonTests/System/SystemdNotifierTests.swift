import Daemon
import Foundation
import Settings
import TestSupport
import Testing

@testable import Daemon
@testable import PosedKit
@testable import Settings

@Suite struct SystemdNotifierTests {
    @Test(arguments: [false, true])
    func aServiceManagerHearsEverything(abstract: Bool) throws {
        let manager = try ManagerSocket(abstract: abstract)
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "30000000"])
        #expect(notifier.isPresent)
        notifier.ready(status: "3 streams")
        #expect(manager.receive() == "READY=1\nSTATUS=3 streams")
        notifier.status("gym1 14.9 fps\ngym2 waiting")
        #expect(manager.receive() == "STATUS=gym1 14.9 fps gym2 waiting")
        notifier.watchdog()
        #expect(manager.receive() == "WATCHDOG=1")
        notifier.stopping(status: "draining")
        #expect(manager.receive() == "STOPPING=1\nSTATUS=draining")
    }

    @Test(.timeLimit(.minutes(1))) func aManagerThatDoesNotReadHoldsNothingUp() throws {
        let manager = try ManagerSocket()
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": manager.address])
        for number in 0..<1000 { notifier.status("\(number)") }
        #expect(manager.receive() == "STATUS=0")
    }

    @Test func onlyAWatchfulManagerIsFed() throws {
        let manager = try ManagerSocket()
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": manager.address])
        notifier.watchdog()
        notifier.status("fine")
        #expect(manager.receive() == "STATUS=fine")
    }

    /// systemd refuses a reload without the time since boot.
    @Test func aReloadBearsTheMonotonicTime() throws {
        let manager = try ManagerSocket()
        func now() -> Int64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        }
        let before = now()
        SystemdNotifier(environment: ["NOTIFY_SOCKET": manager.address]).reloading()
        let message = try #require(manager.receive())
        let match = try #require(message.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=(\d+)/))
        #expect((before...now()).contains(try #require(Int64(match.1))))
    }

    @Test func whereNobodyListensNothingHappens() {
        for environment in [[:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "vsock:2:1"]] {
            let notifier = SystemdNotifier(environment: environment)
            #expect(!notifier.isPresent && notifier.watchdogPeriod == nil)
            notifier.ready(status: "")
        }
        SystemdNotifier(environment: ["NOTIFY_SOCKET": "/nowhere/notify"]).ready(status: "")
        SystemdNotifier(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]).ready(status: "")
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "30000000"], Duration.seconds(15)),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "77"], .seconds(15)),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "78"], nil),
        (["WATCHDOG_USEC": "0"], nil),
        (["WATCHDOG_USEC": "soon"], nil),
        ([:], nil),
    ])
    func theWatchdogIsFedTwiceInItsTime(environment: [String: String], period: Duration?) {
        let all = environment.merging(["NOTIFY_SOCKET": "/run/systemd/notify"]) { $1 }
        #expect(SystemdNotifier(environment: all, processID: 77).watchdogPeriod == period)
    }
}
