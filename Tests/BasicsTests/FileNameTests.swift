import Basics
import Testing

@Suite struct FileNames {
    /// Every byte comes back, whatever the encoding was.
    @Test func noByteIsLost() {
        let names: [[UInt8]] = [
            Array("Läufer.mp4".utf8), [0x4C, 0xE4, 0x75, 0x66], [0xFF, 0xFE, 0x80], Array(1...255), [0xC3], [0xE2, 0x82],
            [0xED, 0xA0, 0x80],
            [0xF0, 0x9F, 0x8F, 0x83, 0xF0, 0x9F], Array("🏃‍♀️.mov".utf8),
        ]
        for name in names {
            let text = FileName.text(of: name)
            #expect(FileName.bytes(of: text) == name)
            #expect(
                text.withPath { path in
                    (0..<name.count).map { UInt8(bitPattern: path[$0]) } + [UInt8(bitPattern: path[name.count])]
                } == name + [0])
        }
        #expect(FileName.text(of: Array("Läufer.mp4".utf8)) == "Läufer.mp4")
        #expect(FileName.shown(FileName.text(of: [0x4C, 0xE4, 0x75])) == "L\u{FFFD}u")
    }
}
