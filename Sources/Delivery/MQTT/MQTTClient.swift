import Basics
internal import CMosquitto
import Glibc
import Sockets

/// A session with a broker: libmosquitto, driven by the one thread that owns this.
///
/// It waits with poll(2): libmosquitto's own loop uses select(2), which cannot wait for descriptors from 1024 on.
final class MQTTClient {
    /// So many messages of QoS 1 and 2 may be on their way at once.
    private static let window = 20
    /// Seconds of silence after which either side asks whether the other is still there.
    private static let keepAlive: Int32 = 15
    private static let library: Void = { mosquitto_lib_init() }()

    /// Whether the broker has let this client in.
    private(set) var isConnected = false
    private let broker: MQTTBroker
    private let handle: OpaquePointer
    /// What the broker, or the library, said last about something that failed.
    private var complaint: String?
    private var unacknowledged: Set<Int32> = []
    /// What came on topics that were subscribed to, since it was last taken.
    private var heard: [(topic: String, payload: String, isRetained: Bool)] = []

    /// - Parameter will: the topic on which the broker says `offline` when this client is gone without a goodbye.
    init(_ broker: MQTTBroker, will topic: String) throws(DeliveryError) {
        _ = Self.library
        signal(SIGPIPE, SIG_IGN)
        self.broker = broker
        let name = "posed-" + String(UInt64.random(in: .min ... .max), radix: 36)
        guard let handle = mosquitto_new(name, true, nil) else {
            throw .broker("\(broker)", reason: String(cString: strerror(errno)))
        }
        self.handle = handle
        mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
        mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
        try check(mosquitto_username_pw_set(handle, broker.username, broker.password?.reveal()))
        if broker.isSecure {
            if let authorities = broker.authorities {
                try check(mosquitto_tls_set(handle, authorities, nil, nil, nil, nil))
            } else {
                try check(mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1))
                // Without a folder, libmosquitto 2.0 connects once and refuses to connect anew.
                try check(mosquitto_tls_set(handle, nil, "/etc/ssl/certs", nil, nil, nil))
            }
        }
        let will = Array("offline".utf8)
        try check(mosquitto_will_set(handle, topic, Int32(clamping: will.count), will, 1, true))
        listen()
    }

    deinit { mosquitto_destroy(handle) }

    /// Asks the broker to be let in. Blocks for as long as the system takes to find it.
    func connect() throws(DeliveryError) {
        (isConnected, complaint) = (false, nil)
        try check(mosquitto_connect(handle, broker.host, Int32(clamping: broker.port), Self.keepAlive))
    }

    /// Whether a message would be sent at once, rather than be queued without limit by the library.
    var hasRoom: Bool { isConnected && !mosquitto_want_write(handle) && unacknowledged.count < Self.window }

    /// Whether the broker has everything that it is to acknowledge, and the kernel the rest.
    var isIdle: Bool { !mosquitto_want_write(handle) && unacknowledged.isEmpty }

    /// Sends a message; if the connection breaks just then, the next `turn` tells.
    func publish(_ message: MQTTMessage) {
        var id: Int32 = 0
        let code = message.payload.withUnsafeBytes { bytes in
            mosquitto_publish(
                handle, &id, message.topic, Int32(clamping: bytes.count), bytes.baseAddress, Int32(clamping: message.quality),
                message.isRetained)
        }
        if code == MOSQ_ERR_SUCCESS.rawValue, message.quality > 0 { unacknowledged.insert(id) }
    }

    /// Asks for what is said on a topic, what is retained there first.
    func subscribe(to topic: String) throws(DeliveryError) { try check(mosquitto_subscribe(handle, nil, topic, 1)) }

    /// What was said there since the last call.
    func takeHeard() -> [(topic: String, payload: String, isRetained: Bool)] {
        defer { heard = [] }
        return heard
    }

    /// Sends and receives what there is; waits for it so long, or until it is woken.
    func turn(waiting milliseconds: Int32, or waker: Waker) throws(DeliveryError) {
        let events = POLLIN | (mosquitto_want_write(handle) ? POLLOUT : 0)
        let happened = waker.wait(milliseconds, or: mosquitto_socket(handle), for: events)
        if happened & (POLLIN | POLLHUP | POLLERR) != 0 { try check(mosquitto_loop_read(handle, 1)) }
        if happened & POLLOUT != 0 { try check(mosquitto_loop_write(handle, 1)) }
        try check(mosquitto_loop_misc(handle))
    }

    /// Says goodbye, so that the broker forgets the last will.
    func disconnect() {
        mosquitto_disconnect(handle)
        isConnected = false
    }

    private func check(_ code: Int32) throws(DeliveryError) {
        guard code != MOSQ_ERR_SUCCESS.rawValue else { return }
        let system = errno
        isConnected = false
        let meaning =
            switch code {
            case MOSQ_ERR_ERRNO.rawValue: String(cString: strerror(system))
            case MOSQ_ERR_EAI.rawValue: "its name is not known"
            default: String(cString: mosquitto_strerror(code))
            }
        var reason = complaint ?? meaning
        while let last = reason.last, last == "." || last.isWhitespace { reason.removeLast() }
        throw .broker("\(broker)", reason: reason)
    }

    /// Takes what libmosquitto tells, always on the thread that called it.
    private func listen() {
        mosquitto_connect_callback_set(handle) { _, client, code in
            let client = MQTTClient.of(client)
            client.isConnected = code == 0
            if code != 0 { client.complaint = String(cString: mosquitto_connack_string(code)) }
        }
        mosquitto_publish_callback_set(handle) { _, client, id in
            MQTTClient.of(client).unacknowledged.remove(id)
        }
        mosquitto_message_callback_set(handle) { _, client, message in
            let client = MQTTClient.of(client)
            // Subscribed topics carry a word; longer payloads are ignored.
            guard let message = message?.pointee, let topic = message.topic, let payload = message.payload,
                message.payloadlen < 100, client.heard.count < 1000
            else { return }
            let bytes = UnsafeRawBufferPointer(start: payload, count: Int(clamping: message.payloadlen))
            client.heard.append((String(cString: topic), String(decoding: bytes, as: UTF8.self), message.retain))
        }
        mosquitto_log_callback_set(handle) { _, client, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            MQTTClient.of(client).complaint = String(cString: text)
        }
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> MQTTClient {
        Unmanaged<MQTTClient>.fromOpaque(pointer!).takeUnretainedValue()
    }
}

/// Wakes a thread that waits for a descriptor.
struct Waker: Sendable {
    private let event = Descriptor(eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)))

    func wake() { eventfd_write(event.number, 1) }

    /// Waits for an event of the descriptor, or until it is woken, but no longer than so; returns what happened there.
    func wait(_ milliseconds: Int32, or descriptor: Int32 = -1, for events: Int32 = 0) -> Int32 {
        var waiting = [
            pollfd(fd: event.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(clamping: events), revents: 0),
        ]
        poll(&waiting, 2, milliseconds)
        if waiting[0].revents != 0 {
            var count: eventfd_t = 0
            eventfd_read(event.number, &count)
        }
        return Int32(clamping: waiting[1].revents)
    }
}
