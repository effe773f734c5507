import NIOCore
import NIOWebSocket

extension ByteBuffer {
    /// A whole frame, not masked (RFC 6455, 5.2). NIO's encoder writes head and payload apart, which was a fifth of what a client
    /// costs; it is left to control frames.
    init(webSocketFrame opcode: WebSocketOpcode, _ payload: ArraySlice<UInt8>) {
        self.init()
        reserveCapacity(payload.count + 10)
        writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
        switch payload.count {
        case ..<126: writeInteger(UInt8(clamping: payload.count))
        case ..<65536: writeMultipleIntegers(UInt8(126), UInt16(clamping: payload.count))
        default: writeMultipleIntegers(UInt8(127), UInt64(clamping: payload.count))
        }
        writeBytes(payload)
    }
}

extension ArraySlice<UInt8> {
    /// Whether it is the same memory, so that nothing needs to be compared. Both are held, so memory is not used anew.
    func isSame(as other: ArraySlice<UInt8>) -> Bool {
        count == other.count
            && withUnsafeBufferPointer { one in other.withUnsafeBufferPointer { $0.baseAddress == one.baseAddress } }
    }
}
