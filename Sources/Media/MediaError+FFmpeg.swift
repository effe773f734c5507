internal import CFFmpeg
import Basics
import Glibc
import PoseTypes

extension MediaError {
    /// Why an output cannot be made, from a code of FFmpeg: a negative `errno`.
    static func cannotCreate(_ path: String, _ code: Int32) -> MediaError {
        let reason =
            switch -code {
            case ENOENT: "its folder does not exist"
            case EISDIR: "it is a folder"
            default: meaning(of: code)
            }
        return MediaError(.cannotCreate, "\(path): cannot be created: \(reason)")
    }

    /// Why an input cannot be opened: it is not there (a negative `errno`, or any failure of an address), or it is no video.
    static func cannotOpen(_ path: String, _ code: Int32) -> MediaError {
        let name = redacted(uri: path)
        if code == POSED_UNAUTHORIZED || code == POSED_FORBIDDEN {
            let hasCredentials = path.firstMatch(of: /^[^\/]*:\/\/[^\/]*@/) != nil
            return MediaError(
                .denied,
                "\(name): \(hasCredentials ? "refuses this user name and password (\(code == POSED_FORBIDDEN ? 403 : 401))" : "wants a user name and password")"
            )
        }
        let isNoVideo = code == POSED_INVALID_DATA || code == POSED_END
        if !isNoVideo, path.contains("://") || code > -1000 {
            return MediaError(.missingInput, "\(name): cannot be read: \(meaning(of: code))")
        }
        let head = FileContent.beginning(of: path, bytes: 12)
        if head?.isEmpty == true { return MediaError(.badInput, "\(name): the file is empty") }
        if head?.dropFirst(4).prefix(4).elementsEqual("ftyp".utf8) == true {
            let brand = String(decoding: head!.dropFirst(8), as: UTF8.self)
            let reason =
                ["heic", "heix", "mif1", "avif"].contains(brand)
                ? "this FFmpeg does not read HEIC or AVIF: convert the picture to JPEG or PNG"
                : "the index of this mp4 (moov) is missing or damaged: the recording was not finished, or the file is cut"
            return MediaError(.badInput, "\(name): \(reason)")
        }
        return MediaError(.badInput, "\(name): not a video or picture that FFmpeg knows")
    }
}
