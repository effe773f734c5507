import ArgumentParser
import Daemon

/// How `posed run` serves (docs/web.md).
struct ServingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Serve the streams, a live page and metrics over HTTP; suggested: 127.0.0.1:8080. Left out where a service manager "
                + "passes a socket.",
            valueName: "host:port"))
    var http: String?

    @Option(
        help: ArgumentHelp(
            "Holds the token that clients must know; this or --http-client-ca is needed where others than this machine can reach it.",
            valueName: "file"))
    var httpTokenFile: String?

    @Option(
        help: ArgumentHelp(
            "Serve over TLS (https): a PEM file with the certificate and those between it and its authority. SIGHUP reads it again.",
            valueName: "file"))
    var httpCert: String?

    @Option(help: ArgumentHelp("The private key of --http-cert, a PEM file.", valueName: "file"))
    var httpKey: String?

    @Option(
        help: ArgumentHelp(
            "Let in only clients that show a certificate which is signed by one of these, a PEM file.", valueName: "file"))
    var httpClientCa: String?

    @Flag(help: "Serve others than this machine without TLS, where something else protects it.")
    var httpPlain = false

    @Flag(help: "Show no pictures to clients, only what was found in them.")
    var noPixels = false

    var options: WebOptions {
        var options = WebOptions()
        (options.address, options.tokenFile) = (http, httpTokenFile)
        (options.certificate, options.key, options.clientAuthority) = (httpCert, httpKey, httpClientCa)
        (options.isPlain, options.showsPixels) = (httpPlain, !noPixels)
        return options
    }
}
