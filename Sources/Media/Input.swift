import Basics
import Glibc
import PoseTypes

/// What a path names: one video, one picture, or numbered pictures.
struct Input {
    /// What is opened in turn: one file or address, or the pictures of a folder in their natural order.
    let files: [String]
    let isFolder: Bool

    /// The rate at which numbered pictures are taken to follow each other, as FFmpeg does.
    static let folderRate = 25.0
    /// Files of the folder that are pictures by their names, of kinds that are not read.
    let leftOut: [String]
    private static let otherPictures: Set = [
        "heic", "heif", "avif", "gif", "jxl", "svg", "psd", "dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2",
    ]
    private static let extensions: Set = [
        "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "webp", "tif", "tiff", "ppm", "pgm", "tga", "jp2",
    ]

    /// `path` is a file, an address, a folder of pictures, or a pattern of numbered pictures such as `frame%04d.png`.
    init(path: String) throws(MediaError) {
        var status = stat()
        if path.withPath({ stat($0, &status) }) == 0 {
            isFolder = status.st_mode & S_IFMT == S_IFDIR
            leftOut = isFolder ? try Self.names(in: path) { Self.otherPictures.contains(Self.fileExtension($0)) } : []
            files = isFolder ? try Self.pictures(in: path) { Self.extensions.contains(Self.fileExtension($0)) } : [path]
            return
        }
        let code = errno
        if path.contains("://") {
            (files, isFolder, leftOut) = ([path], false, [])
            return
        }
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        if let pattern = path[cut...].wholeMatch(of: /([^%]*)%0?(\d*)d([^%]*)/) {
            let (prefix, digits, suffix) = (pattern.1, Int(pattern.2) ?? 1, pattern.3)
            (isFolder, leftOut) = (true, [])
            files = try Self.pictures(in: cut == path.startIndex ? "." : String(path[..<cut])) { name in
                let number = name.dropFirst(prefix.count).dropLast(suffix.count)
                return name.hasPrefix(prefix) && name.hasSuffix(suffix) && number.count >= digits
                    && number.allSatisfy { $0.isASCII && $0.isNumber }
            }
            return
        }
        throw MediaError(.missingInput, "\(path): \(code == ENOENT ? "there is no such file" : String(cString: strerror(code)))")
    }

    /// What FFmpeg alone can find.
    init(address: String) { (files, isFolder, leftOut) = ([address], false, []) }

    static func fileExtension(_ path: String) -> String {
        path.lastIndex(of: ".").map { path[path.index(after: $0)...].lowercased() } ?? ""
    }

    private static func names(in folder: String, where isWanted: (String) -> Bool) throws(MediaError) -> [String] {
        guard let directory = folder.withPath(opendir) else {
            throw MediaError(.missingInput, "\(folder): the folder is missing or may not be read")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            let name = FileName.text(of: bytes)
            if !name.hasPrefix("."), isWanted(name) { names.append(name) }
        }
        return names
    }

    private static func pictures(in folder: String, where isWanted: (String) -> Bool) throws(MediaError) -> [String] {
        let wanted = try names(in: folder, where: isWanted)
        guard !wanted.isEmpty else {
            throw MediaError(
                .badInput, "\(folder): no pictures lie in this folder (\(extensions.sorted().joined(separator: ", ")))")
        }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return wanted.sorted(by: naturallyPrecedes).map { prefix + $0 }
    }
}

/// Orders names as people do: runs of digits by their number, so that `frame9` comes before `frame10`.
func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
    func takeNumber(_ rest: inout Substring) -> Substring {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest[digits.endIndex...]
        return digits.drop { $0 == "0" }
    }
    var (a, b) = (left[...], right[...])
    while let x = a.first, let y = b.first {
        if x.isASCII, x.isNumber, y.isASCII, y.isNumber {
            let (m, n) = (takeNumber(&a), takeNumber(&b))
            if m != n { return m.count == n.count ? m < n : m.count < n.count }
        } else if x == y {
            (a, b) = (a.dropFirst(), b.dropFirst())
        } else {
            return x < y
        }
    }
    return a.isEmpty == b.isEmpty ? left < right : a.isEmpty
}
