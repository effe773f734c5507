import Delivery
import Evaluation
import Glibc
import Media
import Models
import Networks
import PosedKit
import Records
import Settings
import Web

/// The exit codes of posed, after sysexits(3); documented in the help of `posed process`.
package enum ExitStatus {
    package static let usage: Int32 = 64
    package static let badData: Int32 = 65
    package static let missingInput: Int32 = 66
    package static let unavailable: Int32 = 69
    package static let internalError: Int32 = 70
    package static let cannotCreate: Int32 = 73
    package static let writeFailed: Int32 = 74
    /// A pipeline file is not what it should be.
    package static let configuration: Int32 = 78
    /// What a shell reports of a process that SIGPIPE ended.
    package static let readerGone: Int32 = 141

    /// The one place that maps errors to codes.
    package static func code(of error: any Error) -> Int32 {
        switch error {
        case let error as PosedError: code(of: error)
        case let error as MediaError: code(of: error)
        case let error as DeliveryError: code(of: error)
        case let error as RecordError: code(of: error)
        case let error as WebError:
            if case .cannotListen = error { cannotCreate } else { usage }
        case let error as ModelError: code(of: error)
        case is PipelineProblems: configuration
        case is NetworkError, is EvaluationError: badData
        default: internalError
        }
    }

    private static func code(of error: PosedError) -> Int32 {
        switch error.kind {
        case .usage: usage
        case .badData: badData
        case .missingInput: missingInput
        case .cannotCreate: cannotCreate
        }
    }

    private static func code(of error: ModelError) -> Int32 {
        switch error.kind {
        case .missing: missingInput
        case .damaged: badData
        case .unreachable: unavailable
        case .unwritable: cannotCreate
        }
    }

    private static func code(of error: MediaError) -> Int32 {
        switch error.kind {
        case .badInput: badData
        case .missingInput, .denied: missingInput
        case .cannotCreate: cannotCreate
        case .writeFailed: writeFailed
        case .interrupted: 128 + SIGINT
        }
    }

    private static func code(of error: RecordError) -> Int32 {
        switch error {
        case .cannotRead: missingInput
        case .badRecord: badData
        }
    }

    private static func code(of error: DeliveryError) -> Int32 {
        switch error {
        case .cannotOpen, .inUse, .occupied: cannotCreate
        case .diskFull, .cannotWrite: writeFailed
        case .broker: unavailable
        case .readerGone: readerGone
        }
    }
}
