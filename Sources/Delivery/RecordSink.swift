/// Where the lines of one stream go: a file, a socket, a broker.
///
/// One owner, one thread at a time. An outlet that has thrown is done with: drop it, make a new one, and give that the
/// current header first.
package protocol RecordSink: AnyObject {
    /// Takes the header line: once before the first records, and again whenever something in it has changed.
    func header(_ line: [UInt8]) throws(DeliveryError)
    /// Takes one or several whole lines, each with its newline.
    func records(_ lines: [UInt8]) throws(DeliveryError)
    /// Tells how many people are followed in the frame whose records come next.
    func people(_ count: Int)
    /// Records that it took and no reader got.
    var lost: Int { get }
    /// Hands on what is still held, and closes.
    func finish() throws(DeliveryError)
}

extension RecordSink {
    package func people(_ count: Int) {}
    package var lost: Int { 0 }
}

extension JSONLinesWriter: RecordSink {
    package func header(_ line: [UInt8]) throws(DeliveryError) { try write(line) }
    package func records(_ lines: [UInt8]) throws(DeliveryError) { try write(lines) }
}
