import ArgumentParser
import Daemon
import Media
import PosedKit

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at a camera for some seconds: what it gives, how well, and how to name it in a pipeline file.",
        discussion: """
            Prints the transport, codec and size, the real frame rate and its spread, the distance of keyframes, B-frames, whose \
            clock dates the pictures, what was lost, and what decoding costs; then a source for a pipeline file, with variables \
            in the place of the user name and the password.

            EXIT CODES
              0    done
              64   usage
              65   no video
              66   it cannot be reached, refuses the password, or gives no picture
            """)

    @Argument(
        help: ArgumentHelp(
            "An address (rtsp://USER:PASSWORD@HOST/PATH, http://…), /dev/video0, a file, or -.", valueName: "source"))
    var source: String

    @Option(help: ArgumentHelp("How long to look.", valueName: "s"))
    var seconds = 10.0

    @Option(help: ArgumentHelp("How RTSP brings its pictures: tcp or udp.", valueName: "transport"))
    var transport = LiveOptions.Transport.tcp

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp("Whether the certificate of an https camera must be one that the system trusts."))
    var tlsVerify = true

    func validate() throws {
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds takes 1 to 3600, not \(seconds)") }
    }

    func run() throws {
        print(
            try Inspection.run(
                InspectedSource(source), seconds: seconds, options: LiveOptions(transport: transport, tlsVerify: tlsVerify)))
    }
}

extension LiveOptions.Transport: ExpressibleByArgument {}
