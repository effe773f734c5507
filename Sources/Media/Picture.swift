public import PoseTypes

/// Single pictures in files.
public enum Picture {
    /// The picture in a file, upright.
    public static func read(path: String) throws(MediaError) -> Image {
        throw MediaError(.badInput, "\(path): reading lands shortly")
    }

    /// Writes PNG or JPEG, whichever the file's extension says.
    public static func write(_ image: Image, path: String) throws(MediaError) {
        throw MediaError(.cannotCreate, "\(path): writing lands shortly")
    }
}
