import Foundation
import PoseTypes

/// Who a camera or a broker is asked as, while the keys for it are read.
struct PipelineCredentials {
    var username: String?
    /// From whichever key; more than one is a mistake.
    private(set) var passwords: [Secret] = []

    /// `username`, and at most one of the others.
    static func keys<Owner>(_ path: WritableKeyPath<Owner, PipelineCredentials>) -> [PipelineKey<Owner>] {
        [
            PipelineKey("username", path.appending(path: \.username)) { $0.text() },
            PipelineKey("password") { value, owner in owner[keyPath: path].add(value, value.text()) },
            PipelineKey("password_file") { value, owner in
                owner[keyPath: path].add(value, value.text().flatMap(value.firstLine))
            },
            PipelineKey("credential") { value, owner in owner[keyPath: path].add(value, value.text().flatMap(value.credential)) },
        ]
    }

    /// False where there is a password for nobody, which `value` is refused for.
    func isWhole(_ value: PipelineValue) -> Bool {
        if username != nil || passwords.isEmpty { return true }
        value.refuse("has a password, but no username")
        return false
    }

    private mutating func add(_ value: PipelineValue, _ password: String?) {
        if !passwords.isEmpty { value.refuse("gives a second password: one of password, password_file and credential is enough") }
        if let password { passwords.append(Secret(password)) }
    }
}

extension PipelineValue {
    /// A password that has a file of its own.
    fileprivate func firstLine(ofFile path: String) -> String? {
        do {
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            if let line = text.split(whereSeparator: \.isNewline).first { return String(line) }
            refuse("names an empty file")
        } catch {
            refuse("names a file that cannot be read: \(reason(of: error))")
        }
        return nil
    }

    /// A password that the service manager keeps (LoadCredential= of systemd).
    fileprivate func credential(_ id: String) -> String? {
        guard !id.contains("/"), id != ".", id != ".." else {
            refuse("is the name of a credential, not a path")
            return nil
        }
        guard let folder = reading.environment["CREDENTIALS_DIRECTORY"] else {
            refuse("needs a service manager that gives credentials (CREDENTIALS_DIRECTORY is not set)")
            return nil
        }
        return firstLine(ofFile: "\(folder)/\(id)")
    }
}
