import Records

/// What Home Assistant finds by itself (MQTT discovery): each stream is a device with a count of people and whether there is
/// anybody.
///
/// Source of the keys: Home Assistant's documentation of the integrations MQTT, MQTT Sensor and MQTT Binary Sensor.
struct HomeAssistantEntity {
    var topic: String
    var configuration: [UInt8]

    /// - Parameter instance: the process that publishes the stream.
    static func all(of stream: String, at broker: MQTTBroker, by instance: String, version: String) -> [HomeAssistantEntity] {
        [
            HomeAssistantEntity(
                "sensor", "people", of: stream, at: broker, by: instance, version: version,
                keys: [("name", "People"), ("icon", "mdi:account-group"), ("state_class", "measurement")]),
            HomeAssistantEntity(
                "binary_sensor", "occupancy", of: stream, at: broker, by: instance, version: version,
                keys: [
                    ("name", "Occupancy"), ("device_class", "occupancy"),
                    ("value_template", "{{ 'ON' if value | int(0) > 0 else 'OFF' }}"),
                ]),
        ]
    }

    /// It is available while posed is connected and the stream's pictures come.
    private init(
        _ component: String, _ name: String, of stream: String, at broker: MQTTBroker, by instance: String, version: String,
        keys: [(String, String)]
    ) {
        let device = Self.identifier(of: "\(broker.prefix)-\(stream)")
        topic = "homeassistant/\(component)/\(device)/\(name)/config"
        var text = TextBytes(capacity: 600)
        text.raw("{")
        for (key, value) in keys + [("unique_id", "\(device)-\(name)"), ("state_topic", "\(broker.prefix)/\(stream)/count")] {
            text.string(key)
            text.raw(":")
            text.string(value)
            text.raw(",")
        }
        text.raw(#""availability_mode":"all","availability":[{"topic":"#)
        text.string(broker.availability(of: instance))
        text.raw(#"},{"topic":"#)
        text.string("\(broker.prefix)/\(stream)/status")
        text.raw(#","value_template":"{{ 'online' if value_json.state == 'live' else 'offline' }}"}],"device":{"identifiers":["#)
        text.string(device)
        text.raw(#"],"name":"#)
        text.string(stream)
        text.raw(#","manufacturer":"posed","sw_version":"#)
        text.string(version)
        text.raw("}}")
        configuration = text.bytes
    }

    /// Letters and digits of ASCII and `-`, which is what Home Assistant allows; other bytes become `_` and their two digits.
    private static func identifier(of text: String) -> String {
        text.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            if byte < 128, character.isLetter || character.isNumber || character == "-" { return String(character) }
            return "_" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
