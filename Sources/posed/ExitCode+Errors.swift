import ArgumentParser
import Daemon
import PosedKit

extension ExitCode {
    init(_ error: any Error) { self.init(ExitStatus.code(of: error)) }

    /// Says what went wrong in one line, and ends the process with the code that belongs to it.
    static func exit(with error: any Error) -> Never {
        switch error {
        case let code as ExitCode: Posed.exit(withError: code)  // has been said
        case is CleanExit: Posed.exit(withError: error)
        default: break
        }
        let parsing = Posed.exitCode(for: error)
        if parsing == .success { Posed.exit(withError: error) }  // help and version
        guard parsing == .validationFailure else {
            complain(error)
            Posed.exit(withError: ExitCode(error))
        }
        let help = Posed.fullMessage(for: error).firstMatch(of: /See '([^']+)'/).map { " (see \($0.1))" } ?? ""
        complain(Posed.message(for: error) + help)
        Posed.exit(withError: ExitCode(ExitStatus.usage))
    }
}
