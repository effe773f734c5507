import Basics
import Dispatch
import Glibc
import Synchronization

/// The process's one connection with a broker, for all streams that publish there.
///
///     stream ─┐
///     stream ─┼─▶ broker      every message waits in its stream until the broker takes it
///     stream ─┘
///
/// It is made when the first stream joins, made again for as long as there is one, and ended in peace when the last has left.
final class MQTTConnection: Sendable {
    private struct Member {
        let id: ObjectIdentifier
        weak var stream: MQTTStream?
    }

    private struct State {
        var members: [Member] = []
        var isRunning = false
        var isConnected = false
    }

    let broker: MQTTBroker
    /// What tells this process from others at the broker: the name of the stream that came first, which is the same every time.
    let instance: String
    private let onEvent: @Sendable (MQTTEvent) -> Void
    /// One run at a time: a farewell is over before the next greeting.
    private let queue = DispatchQueue(label: "posed.mqtt")
    private let waker = Waker()
    private let state = Mutex(State())

    init(_ broker: MQTTBroker, instance: String, onEvent: @escaping @Sendable (MQTTEvent) -> Void) {
        self.broker = broker
        self.instance = instance
        self.onEvent = onEvent
    }

    func join(_ stream: MQTTStream) {
        let begins = state.withLock { state in
            state.members.append(Member(id: ObjectIdentifier(stream), stream: stream))
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if begins { queue.async { @Sendable in self.run() } }
        wake()
    }

    func leave(_ id: ObjectIdentifier) {
        state.withLock { $0.members.removeAll { $0.id == id } }
        wake()
    }

    /// Something waits to be published.
    func wake() { waker.wake() }

    var isConnected: Bool { state.withLock { $0.isConnected } }
    /// Whether the last stream has left; then it says farewell, and is connected no more.
    var isAbandoned: Bool { state.withLock { $0.members.isEmpty } }
    private var streams: [MQTTStream] { state.withLock { $0.members.compactMap(\.stream) } }

    /// Whether no stream is left; a stream that joins later begins a new run.
    private func ends() -> Bool {
        state.withLock { state in
            state.isRunning = !state.members.isEmpty
            return !state.isRunning
        }
    }

    private func run() {
        var backOff = BackOff()
        var client: MQTTClient?
        var presence: MQTTPresence?
        repeat {
            do {
                // Kept over failures: it sends again what was not acknowledged.
                client = try client ?? MQTTClient(broker, will: broker.availability(of: instance))
                presence = try presence ?? MQTTPresence(instance, at: broker)
                try serve(client!, presence!) { backOff.reset() }
            } catch {
                state.withLock { $0.isConnected = false }
                let wait = backOff.wait()
                if !isAbandoned { onEvent(.away("\(error)", retryIn: wait)) }
                pause(for: wait)
            }
        } while !ends()
        state.withLock { $0.isConnected = false }
    }

    private func pause(for wait: Duration) {
        let end = ContinuousClock.now + wait
        while !isAbandoned, .now < end { _ = waker.wait(Int32(saturating: max(1, (end - .now) / .milliseconds(1)))) }
    }

    /// Publishes for as long as there are streams; throws when the connection breaks.
    private func serve(_ client: MQTTClient, _ presence: MQTTPresence, onConnect: () -> Void) throws(DeliveryError) {
        try client.connect()
        while !client.isConnected {
            try client.turn(waiting: 1000, or: waker)
            if isAbandoned { return client.disconnect() }
        }
        try presence.connect(unless: { isAbandoned }, or: waker)
        onConnect()
        state.withLock { $0.isConnected = true }
        onEvent(.connected)
        presence.arrive()
        // A broker that was restarted may have forgotten everything.
        for stream in streams { stream.repeatRetained() }
        var number = 0
        while !isAbandoned {
            let streams = streams
            var silent = 0
            // Each in its turn, so that none holds up the others.
            while client.hasRoom, silent < streams.count {
                number += 1
                if let message = streams[number % streams.count].next() {
                    client.publish(message)
                    silent = 0
                } else {
                    silent += 1
                }
            }
            try client.turn(waiting: 200, or: waker)
            try presence.turn(or: waker)
        }
        try sayFarewell(client, presence)
    }

    private func sayFarewell(_ client: MQTTClient, _ presence: MQTTPresence) throws(DeliveryError) {
        let end = ContinuousClock.now + .seconds(1)
        while !client.isIdle, .now < end { try client.turn(waiting: 100, or: waker) }
        try presence.leave(or: waker)
        client.disconnect()
    }
}

/// What happens to a connection.
package enum MQTTEvent: Sendable, Equatable {
    case connected
    /// Why it is gone, or could not be made, without secrets; and the time until the next try.
    case away(String, retryIn: Duration)
}

/// The connections of a process: one with each broker, user and prefix.
package final class MQTTBrokers: Sendable {
    private let connections = Mutex<[MQTTBroker: MQTTConnection]>([:])
    private let onEvent: @Sendable (MQTTBroker, MQTTEvent) -> Void

    /// - Parameter onEvent: called on the thread of the connection that it happens to.
    package init(onEvent: @escaping @Sendable (MQTTBroker, MQTTEvent) -> Void = { _, _ in }) { self.onEvent = onEvent }

    /// - Parameter stream: who asks; the first one's name becomes that of the process at this broker.
    func connection(with broker: MQTTBroker, for stream: String) -> MQTTConnection {
        connections.withLock { connections in
            if let connection = connections[broker] { return connection }
            let connection = MQTTConnection(broker, instance: stream) { [onEvent] in onEvent(broker, $0) }
            connections[broker] = connection
            return connection
        }
    }
}
