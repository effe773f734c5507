import FoundationEssentials
import Glibc

/// Tells systemd how the service is doing, as sd_notify(3) says; does nothing without a service manager.
package struct SystemdNotifier: Sendable {
    private let address: String?
    /// How often `watchdog` is to be called: twice in the time after which systemd gives the process up. Nil where it does
    /// not watch.
    package let watchdogPeriod: Duration?

    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment, processID: Int32 = getpid()
    ) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isMeant = environment["WATCHDOG_PID"].map { $0 == String(processID) } ?? true
        let limit = environment["WATCHDOG_USEC"].flatMap(Int64.init) ?? 0
        watchdogPeriod = address != nil && isMeant && limit > 0 ? .microseconds(limit / 2) : nil
    }

    /// Whether a service manager listens.
    package var isPresent: Bool { address != nil }

    /// The service does its work: after the start, and again when a reload is over.
    package func ready(status: String) { send("READY=1\n" + line(status), patience: 5) }

    /// One line for `systemctl status`.
    package func status(_ status: String) { send(line(status)) }

    /// Every part of the service still turns over.
    package func watchdog() { if watchdogPeriod != nil { send("WATCHDOG=1") } }

    /// The files are read again; ends with `ready`.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let monotonic = Int64(clamping: now.tv_sec) * 1_000_000 + Int64(clamping: now.tv_nsec) / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(monotonic)", patience: 5)
    }

    /// The service ends, with `reason` for `systemctl status`.
    package func stopping(status: String) { send("STOPPING=1\n" + line(status), patience: 5) }

    private func line(_ status: String) -> String { "STATUS=" + String(status.map { $0.isNewline ? " " : $0 }) }

    /// What cannot be delivered within `patience` seconds is dropped: systemd draws its own conclusions from silence. The queue
    /// of a manager that does not read holds as few as ten messages.
    private func send(_ message: String, patience: Int = 0) {
        guard let address, let (peer, length) = Self.socketAddress(address) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let flags = Int32(MSG_NOSIGNAL) | (patience == 0 ? Int32(MSG_DONTWAIT) : 0)
        let bytes = Array(message.utf8)
        withUnsafePointer(to: peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, flags, $0, length)
            }
        }
    }

    /// `@` begins a name in the abstract namespace, where a zero byte stands for it and none ends it.
    static func socketAddress(_ text: String) -> (sockaddr_un, socklen_t)? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(text.utf8)
        let isAbstract = bytes.first == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room || isAbstract && bytes.count == room else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let start = MemoryLayout<sockaddr_un>.size - room
        return (address, socklen_t(start + bytes.count + (isAbstract ? 0 : 1)))
    }
}
