import Basics
import FoundationEssentials

/// What stands for an architecture's name where a model is an ONNX file instead of a folder.
let onnxFile = "an ONNX file"

/// The loader for the architecture of the model at `location`: a folder names it in its `config.json`, as `architecture` (ours) or
/// `model_type` (Hugging Face).
func choose<Loader>(_ loaders: [String: Loader], for location: URL, as what: String) throws(NetworkError) -> Loader {
    let name = isFolder(location.path) ? try namedArchitecture(in: location.appending(path: "config.json")) : onnxFile
    if let loader = loaders[name] { return loader }
    let known = loaders.keys.sorted().joined(separator: ", ")
    throw NetworkError("\(location.path): \(what) of the architecture \(name) is not known; posed knows \(known)")
}

private func namedArchitecture(in file: URL) throws(NetworkError) -> String {
    struct Configuration: Decodable {
        let architecture: String?
        let model_type: String?
    }
    let configuration = try decodeJSON(Configuration.self, from: file)
    guard let name = configuration.architecture ?? configuration.model_type else {
        throw NetworkError("\(file.path): names no architecture (architecture, or model_type)")
    }
    return name
}
