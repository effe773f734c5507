import Basics

/// A broker, who is known there, and below which topic: everything that two streams must agree on to share a connection.
package struct MQTTBroker: Sendable, Hashable {
    package var host: String
    package var port: Int
    /// Over TLS.
    package var isSecure: Bool
    package var username: String?
    package var password: Secret?
    /// A PEM file of the authorities to trust; nil trusts those that the system does.
    package var authorities: String?
    /// The first level of every topic: `posed/…`.
    package var prefix = "posed"

    /// - Parameter port: by default 1883, or 8883 over TLS.
    package init(host: String, port: Int? = nil, isSecure: Bool = false) {
        self.host = host
        self.port = port ?? (isSecure ? 8883 : 1883)
        self.isSecure = isSecure
    }
}

extension MQTTBroker: CustomStringConvertible {
    /// `mqtt://broker.local:1883`, without who is known there.
    package var description: String {
        "\(isSecure ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// `online` while any posed with this prefix is connected, `offline` otherwise: the broker's last will sees to it.
    var availability: String { "\(prefix)/available" }
    /// The same of one process alone; `instance` is its name there.
    func availability(of instance: String) -> String { "\(availability)/\(instance)" }
}

struct MQTTMessage {
    var topic: String
    var payload: [UInt8]
    /// 0: sent once and forgotten. 1: sent until the broker has acknowledged it. 2: the same, and never twice.
    var quality: Int = 1
    /// Whether the broker keeps it for those who subscribe later.
    var isRetained = true
}
