/// Says that this process is there, beside others that publish below the same prefix.
///
///     posed/available             online while any of them is there
///     posed/available/INSTANCE    online while this one is; the last will of the connection that publishes
///
/// A session has one last will, so the first topic needs a session of its own. Its will says `offline` for all; whoever is left and
/// hears that says `online` again.
final class MQTTPresence {
    private let broker: MQTTBroker
    private let own: String
    private let client: MQTTClient
    /// The topics of other processes that are there.
    private var others: Set<String> = []
    private var isLeaving = false
    private var hasHeardFarewell = false

    init(_ instance: String, at broker: MQTTBroker) throws(DeliveryError) {
        self.broker = broker
        own = broker.availability(of: instance)
        client = try MQTTClient(broker, will: broker.availability)
    }

    /// Blocks until the broker has let it in, or does not answer.
    func connect(unless isAbandoned: () -> Bool, or waker: Waker) throws(DeliveryError) {
        (others, isLeaving, hasHeardFarewell) = ([], false, false)
        try client.connect()
        while !client.isConnected {
            if isAbandoned() { return }
            try client.turn(waiting: 1000, or: waker)
        }
        try client.subscribe(to: "\(broker.availability)/+")
        try client.subscribe(to: broker.availability)
    }

    /// Says that it is there; after the connection that publishes is.
    func arrive() {
        say("online", on: own)
        say("online", on: broker.availability)
    }

    /// Hears what the others say, without waiting.
    func turn(or waker: Waker) throws(DeliveryError) {
        try client.turn(waiting: 0, or: waker)
        for word in client.takeHeard() { hear(word.payload, on: word.topic, isNews: !word.isRetained) }
    }

    /// Says that this process leaves, and, if it is the last, that none is left. Takes two seconds at most.
    func leave(or waker: Waker) throws(DeliveryError) {
        isLeaving = true
        say("offline", on: own)
        // What this session hears comes in the broker's order: of two that leave at once, the later one knows that it is the last.
        try wait(or: waker) { hasHeardFarewell }
        if others.isEmpty { say("offline", on: broker.availability) }
        try wait(or: waker) { client.isIdle }
        client.disconnect()
    }

    private func hear(_ payload: String, on topic: String, isNews: Bool) {
        let isThere = payload == "online"
        guard topic == own || topic == broker.availability else {
            if isThere { others.insert(topic) } else { others.remove(topic) }
            return
        }
        guard isNews, !isThere else { return }
        if isLeaving {
            if topic == own { hasHeardFarewell = true }
        } else {
            // The last will of another process, or its own of a connection that was lost.
            say("online", on: topic)
        }
    }

    private func say(_ word: String, on topic: String) {
        client.publish(MQTTMessage(topic: topic, payload: Array(word.utf8)))
    }

    private func wait(or waker: Waker, until condition: () -> Bool) throws(DeliveryError) {
        let end = ContinuousClock.now + .seconds(1)
        while !condition(), .now < end {
            try client.turn(waiting: 50, or: waker)
            for word in client.takeHeard() { hear(word.payload, on: word.topic, isNews: !word.isRetained) }
        }
    }
}
