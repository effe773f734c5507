import Basics
import FoundationEssentials

extension Data {
    /// The bytes of a file that a person named, or of a pipe up to 1 GiB.
    init(inputFile path: String) throws(PosedError) {
        do throws(FileProblem) {
            do throws(FileProblem) { self = try mapped(file: path, atMost: 16 << 30) } catch {
                guard error == .notRegular else { throw error }
                // What a pipe gives lies in memory.
                self = try contents(ofFile: path, atMost: 1 << 30, patience: 3600)
            }
        } catch { throw PosedError(.missingInput, "cannot read \(path): \(error)") }
    }
}
