import Basics
import PoseTypes
import Settings

/// Who a camera or a broker is asked as, while the keys for it are read.
struct PipelineCredentials {
    var username: String?
    /// From whichever key; more than one is a mistake.
    private(set) var passwords: [Secret] = []

    /// `username`, and at most one of the others.
    static func keys<Owner>(_ path: WritableKeyPath<Owner, PipelineCredentials>) -> [PipelineKey<Owner>] {
        [
            PipelineKey("username", path.appending(path: \.username), isRequired: true) { $0.text() },
            PipelineKey("password", isRequired: true) { value, owner in owner[keyPath: path].add(value, value.text()) },
            PipelineKey("password_file", isRequired: true) { value, owner in
                owner[keyPath: path].add(value, value.text().flatMap(value.firstLine))
            },
            PipelineKey("credential", isRequired: true) { value, owner in
                owner[keyPath: path].add(value, value.text().flatMap(value.credential))
            },
        ]
    }

    /// False if there is a password without a user, which `value` refuses.
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
        if isUnresolved { return path }
        do {
            let text = String(decoding: try contents(ofFile: path, atMost: 4096, patience: 1), as: UTF8.self)
            if let problem = secrecyProblem(ofFile: path) { reading.note("\(title) names a file that \(problem)", at: node.mark) }
            if let line = text.split(whereSeparator: \.isNewline).first { return String(line) }
            refuse("names an empty file")
        } catch {
            refuse("names a file that cannot be read: \(error)")
        }
        return nil
    }

    /// A password that the service manager keeps (LoadCredential= of systemd).
    fileprivate func credential(_ id: String) -> String? {
        guard !id.contains("/"), id != ".", id != ".." else {
            refuse("is the name of a credential, not a path")
            return nil
        }
        if isUnresolved { return id }
        guard let folder = reading.environment["CREDENTIALS_DIRECTORY"] else {
            if reading.isCheck {
                reading.note("\(title) is the service's: it needs LoadCredential=\(id):FILE in its unit", at: node.mark)
                return id
            }
            refuse("needs a service manager that gives credentials (CREDENTIALS_DIRECTORY is not set)")
            return nil
        }
        return firstLine(ofFile: "\(folder)/\(id)")
    }
}
