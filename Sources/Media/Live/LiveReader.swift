import Basics
import PoseTypes

/// Reads a live source for as long as it is asked to: connects, watches, and connects again.
///
///     connecting -> live -> (stalled) -> waiting -> connecting -> …
///
/// - One thread calls `next()`. It blocks, and queues nothing: what comes between two calls waits in the network.
/// - Damaged pictures, and those between a loss and the next keyframe, are never given; they keep their index.
/// - Trouble with the network or a camera is waited out. Files, folders and standard input that cannot be read are errors.
package final class LiveReader {
    package let monitor: LiveMonitor

    private let address: LiveAddress
    private let options: LiveOptions
    private let interrupt: Interrupt
    private let deadline: ReadDeadline
    private var connection: LiveConnection?
    private var backOff: BackOff
    /// Cameras lock an account after a few wrong passwords.
    private var denials: BackOff
    /// FFmpeg's reader of multipart answers wants `image/jpeg` for the type of a part and its true length; cameras also say
    /// `image/jpg`, add parameters, or count wrongly. After such a failure JPEGs are told apart by their own markers, a picture
    /// later.
    private var readsBareJPEGs = false
    private var clock = SessionClock()
    private var reason = ""
    private var connections = 0
    /// The session's index of the connection's first picture.
    private var firstIndex = 0
    /// The session's index of the next decoded picture.
    private var nextIndex = 0
    /// Pictures of the session that could have been given, for `every`.
    private var wholePictures = 0
    private var steadySince: Int64 = 0
    private var lastGap: Int64 = 40_000_000
    private var lastTime: Int64?
    private var shape: FrameGeometry?
    private var info: VideoInfo?
    private var converter: Converter?
    private var isAtEnd = false

    /// `address`: a URL with its credentials, `/dev/video…`, `-` for standard input, or a file, folder or pattern of pictures.
    /// `onEvent` is called on the thread that calls `next()`. Throws where FFmpeg does not know the URL's protocol.
    package init(
        address: Secret, options: LiveOptions = LiveOptions(), interrupt: Interrupt = Interrupt(),
        onEvent: @escaping @Sendable (LiveEvent) -> Void = { _ in }
    ) throws(MediaError) {
        let monitor = LiveMonitor(onEvent: onEvent)
        self.address = try LiveAddress(address)
        self.options = options
        self.interrupt = interrupt
        self.monitor = monitor
        let silence = options.readTimeout / 2
        deadline = ReadDeadline(
            interrupt, Certificates(areVerified: options.tlsVerify, authorities: options.caFile), onTurn: monitor.turn
        ) {
            if monitor.status.state == .live { monitor.tell(.stalled(seconds: silence)) }
        }
        backOff = BackOff(first: .seconds(options.firstWait), longest: .seconds(options.longestWait))
        denials = BackOff(first: .seconds(options.deniedWait), longest: .seconds(options.deniedWait * 15))
    }

    /// Readable from any thread through `monitor`.
    package var status: LiveStatus { monitor.status }

    /// The next picture; nil once it was interrupted, and at the end of what has an end. Waits out everything else.
    package func next() throws(MediaError) -> LivePicture? {
        while !isAtEnd, !interrupt.isInterrupted {
            monitor.turn()
            guard let connection = try connect() else { continue }
            let picture = try connection.next { counts in
                nextIndex += counts.decoded
                monitor.note(counts, format: connection.format)
            }
            guard let picture else {
                try end(connection)
                continue
            }
            if let picture = give(picture, of: connection) { return picture }
        }
        connection = nil
        if !isAtEnd {
            isAtEnd = true
            monitor.tell(.ended)
        }
        return nil
    }

    /// The connection that is, or a new one; nil where none could be made, after the wait.
    private func connect() throws(MediaError) -> LiveConnection? {
        if let connection { return connection }
        monitor.tell(.connecting)
        do throws(MediaError) {
            connection = try LiveConnection(address, options, deadline, format: readsBareJPEGs ? "mjpeg" : nil)
            denials.reset()
            (shape, steadySince) = (nil, 0)
            return connection
        } catch {
            if error.kind == .interrupted { return nil }
            if address.kind == .file { throw error }
            if error.kind == .denied {
                wait(for: error.description, denials.wait())
            } else {
                wait(for: error.description, backOff.wait())
            }
            return nil
        }
    }

    /// A connection is over: loops, ends, or waits for the next try.
    private func end(_ ended: LiveConnection) throws(MediaError) {
        connection = nil
        firstIndex = nextIndex
        if interrupt.isInterrupted { return }
        if address.kind != .file {
            readsBareJPEGs = readsBareJPEGs || ended.hasOddParts
            wait(for: ended.reason, backOff.wait())
            clock.reconnect(gap: nil)
        } else if shape == nil {
            throw MediaError(.badInput, "\(address.name): not a single frame can be decoded")
        } else if options.loop, !address.isPipe {
            reason = "loop"
            clock.reconnect(gap: lastGap)
        } else {
            isAtEnd = true
            monitor.tell(.ended)
        }
    }

    private func wait(for reason: String, _ wait: Duration) {
        self.reason = reason
        monitor.tell(.lost(reason: reason, retryIn: wait / .seconds(1)))
        let end = monotonicTime() + Int64(saturating: wait / .nanoseconds(1))
        while monotonicTime() < end, !interrupt.isInterrupted {
            monitor.turn()
            interrupt.sleep(until: min(end, monotonicTime() + 1_000_000_000))
        }
    }

    /// Nil where `every` leaves it out.
    private func give(_ picture: consuming LiveConnection.Picture, of connection: LiveConnection) -> LivePicture? {
        let now = monotonicTime()
        let index = firstIndex + picture.index
        let time = clock.next(picture.time, now: now, isLive: connection.isLive)
        if let lastTime { lastGap = time.nanoseconds - lastTime }
        lastTime = time.nanoseconds
        if picture.shape != shape { take(picture.shape, of: connection) }
        if steadySince == 0 { steadySince = now }
        if Double(now - steadySince) / 1e9 > options.steadyAfter { backOff.reset() }
        wholePictures += 1
        guard (wholePictures - 1) % max(options.every, 1) == 0, let info, let converter else { return nil }
        return LivePicture(
            picture, index: index, time: time, connection: connections, reason: reason, info: info, converter: converter)
    }

    /// Pictures of another shape, or the first of a connection.
    private func take(_ new: FrameGeometry, of connection: LiveConnection) {
        let isFirst = shape == nil
        let info = VideoInfo(
            width: new.uprightSize.width, height: new.uprightSize.height, rotation: new.orientation.quarters * 90,
            codec: connection.codec, frameRate: connection.frameRate, duration: connection.duration, hdr: connection.hdr)
        if isFirst { connections += 1 }
        if self.info != info || converter == nil || shape != new { converter = Converter(new) }
        (shape, self.info) = (new, info)
        monitor.tell(isFirst ? .live(info) : .changed(info))
    }
}
