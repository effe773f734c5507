import Foundation

extension Data {
    /// The bytes of a file that a person named.
    init(inputFile path: String) throws(PosedError) {
        do { self = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe) } catch {
            throw PosedError(.missingInput, "cannot read \(path): \(reason(of: error))")
        }
    }
}

/// Why a file could not be read or written, in the system's words.
func reason(of error: any Error) -> String {
    let cause = (error as? CocoaError)?.underlying as? POSIXError
    return cause.map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription
}
