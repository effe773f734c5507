/// How a live source is opened, watched and opened again.
package struct LiveOptions: Sendable, Equatable {
    /// How RTSP brings its pictures.
    package enum Transport: String, Sendable, CaseIterable {
        /// Inside the RTSP connection: nothing is lost, and it passes every firewall.
        case tcp
        /// Packets of their own: what is lost stays lost, and the pictures up to the next keyframe with it.
        case udp
    }

    package var transport: Transport
    /// https: whether its certificate must be one that is trusted.
    package var tlsVerify: Bool
    /// A PEM file with the authorities to trust; nil for the system's.
    package var caFile: String?
    /// Seconds until a source that does not answer is given up and tried again.
    package var openTimeout: Double
    /// Seconds without a packet of video until the connection is given up and made anew.
    package var readTimeout: Double
    /// Seconds before the second try; each further wait is twice as long, up to `longestWait`.
    package var firstWait: Double
    package var longestWait: Double
    /// Seconds before the second try where the password is refused, for cameras lock an account after a few; further waits are
    /// twice as long each, up to fifteen times.
    package var deniedWait: Double
    /// Seconds of pictures after which the waits begin at `firstWait` again.
    package var steadyAfter: Double
    /// Gives every Nth picture only.
    package var every: Int
    /// Threads that decode; with more than one, pictures come that many frames later.
    package var threads: Int
    /// Files: pictures come no faster than they are shown.
    package var realtime: Bool
    /// Files: begin again at the end.
    package var loop: Bool
    /// Cameras of this machine: `640x480`, and frames a second; nil for what the camera takes by itself.
    package var size: String?
    package var rate: Double?

    package init(
        transport: Transport = .tcp, tlsVerify: Bool = true, caFile: String? = nil, openTimeout: Double = 5,
        readTimeout: Double = 5, firstWait: Double = 0.5,
        longestWait: Double = 5, deniedWait: Double = 60, steadyAfter: Double = 5, every: Int = 1, threads: Int = 1,
        realtime: Bool = false,
        loop: Bool = false, size: String? = nil, rate: Double? = nil
    ) {
        self.transport = transport
        self.tlsVerify = tlsVerify
        self.caFile = caFile
        self.openTimeout = openTimeout
        self.readTimeout = readTimeout
        self.firstWait = firstWait
        self.longestWait = longestWait
        self.deniedWait = deniedWait
        self.steadyAfter = steadyAfter
        self.every = every
        self.threads = threads
        self.realtime = realtime
        self.loop = loop
        self.size = size
        self.rate = rate
    }
}
