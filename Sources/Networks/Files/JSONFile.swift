import Basics
import FoundationEssentials

/// Reads a JSON file of at most 1 MiB; the error is one line that names the file, and the key that is missing or wrong.
///
/// - Parameter isSnakeCase: whether keys are written `so_and_so` for `soAndSo`.
func decodeJSON<Value: Decodable>(
    _ type: Value.Type, from file: URL, isSnakeCase: Bool = false
) throws(NetworkError) -> Value {
    let data: Data
    do { data = try contents(ofFile: file.path, atMost: 1 << 20) } catch {
        throw NetworkError("cannot read \(file.path): \(error)")
    }
    return try decodeJSON(type, data, named: file.path, isSnakeCase: isSnakeCase)
}

/// The same for what has been read already; `name` is for the message.
func decodeJSON<Value: Decodable>(
    _ type: Value.Type, _ data: Data, named name: String, isSnakeCase: Bool
) throws(NetworkError) -> Value {
    if isGitLFSPointer(data) { throw NetworkError("\(name): \(gitLFSAdvice)") }
    do {
        let decoder = JSONDecoder()
        if isSnakeCase { decoder.keyDecodingStrategy = .convertFromSnakeCase }
        return try decoder.decode(type, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
        throw NetworkError("\(name): \(path(context.codingPath + [key], isSnakeCase)) is missing")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
        throw NetworkError("\(name): \(path(context.codingPath, isSnakeCase)) is not of the right kind")
    } catch DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty {
        throw NetworkError("\(name): \(path(context.codingPath, isSnakeCase)) is not a value that posed can use")
    } catch let error as NetworkError {
        throw NetworkError("\(name): \(error)")
    } catch {
        throw NetworkError("\(name) is not JSON")
    }
}

private func path(_ keys: [any CodingKey], _ isSnakeCase: Bool) -> String {
    keys.map { key in
        if let index = key.intValue { return "\(index)" }
        let name = key.stringValue
        return isSnakeCase ? name.replacing(/[A-Z]/) { "_" + $0.output.lowercased() } : name
    }.joined(separator: ".")
}
