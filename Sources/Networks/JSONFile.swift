import Foundation

/// Reads a JSON file; the error names the file, and the key that is missing or wrong.
func decodeJSON<Value: Decodable>(_ type: Value.Type, from file: URL) throws(NetworkError) -> Value {
    let data: Data
    do {
        data = try Data(contentsOf: file)
    } catch {
        throw NetworkError("cannot read \(file.path)")
    }
    do {
        return try JSONDecoder().decode(type, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
        throw NetworkError("\(file.path): \(path(context.codingPath + [key])) is missing")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
        throw NetworkError("\(file.path): \(path(context.codingPath)) is not of the right kind")
    } catch let error as NetworkError {
        throw NetworkError("\(file.path): \(error)")
    } catch {
        throw NetworkError("\(file.path) is not JSON")
    }
}

private func path(_ keys: [any CodingKey]) -> String {
    keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
}
