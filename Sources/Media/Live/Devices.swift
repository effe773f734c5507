internal import CFFmpeg
import Glibc

/// FFmpeg's library of devices, loaded when the first camera of this machine is asked for: it brings dozens of libraries of
/// sound and graphics with it, which nothing else needs.
enum Devices {
    /// False where the library is not installed.
    static let areHere: Bool = {
        // The two libraries have had one major version since FFmpeg 4.0.
        guard let library = dlopen("libavdevice.so.\(avformat_version() >> 16)", RTLD_NOW),
            let register = dlsym(library, "avdevice_register_all")
        else { return false }
        unsafeBitCast(register, to: (@convention(c) () -> Void).self)()
        return true
    }()
}
