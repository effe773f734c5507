import FoundationEssentials
import Glibc

/// Why a file could not be read or written, in the system's words.
package func reason(of error: any Error) -> String {
    let cause = (error as? CocoaError)?.underlying as? POSIXError
    return cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
}

/// What is wrong in a JSON file: `annotations[3].bbox: a box has 4 numbers, this one 3`
package func explain(_ error: any Error) -> String {
    let context: DecodingError.Context
    switch error as? DecodingError {
    case .keyNotFound(let key, let around): return place(around.codingPath + [key]) + " is missing"
    case .typeMismatch(_, let around), .valueNotFound(_, let around), .dataCorrupted(let around): context = around
    default: return "\(error)"
    }
    return context.codingPath.isEmpty ? context.debugDescription : place(context.codingPath) + ": " + context.debugDescription
}

private func place(_ path: [any CodingKey]) -> String {
    path.reduce("") { text, key in
        key.intValue.map { text + "[\($0)]" } ?? (text.isEmpty ? key.stringValue : text + "." + key.stringValue)
    }
}
