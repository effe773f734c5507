import ArgumentParser
import Basics
import Daemon
import FoundationEssentials
import Models
import PosedKit

/// `posed models`: what networks there are, where they lie, and whether their files are whole.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, verify and locate the networks.", subcommands: [List.self, Verify.self, Path.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List every known network.")

        func run() throws {
            let store = try ModelStore()
            for model in store.manifest.models {
                let place = (try? store.location(of: model.id, model.kind))?.path ?? "not here"
                let columns = [model.id.padded(to: 28), model.kind.rawValue.padded(to: 10), model.licence.padded(to: 12), place]
                print(columns.joined(separator: " "))
                let source = model.files.count == 1 ? model.files[0].url ?? model.origin : model.origin
                print("    from \(source)" + (model.note.map { "; \($0)" } ?? ""))
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the files of every network that is here with the manifest; exits with 65 if one differs.")

        func run() throws {
            let store = try ModelStore()
            var isWhole = true
            for model in store.manifest.models {
                switch store.verify(model) {
                case .absent: break
                case .whole(let location): print("\(model.id): whole (\(location.path))")
                case .unknown(let location, let files):
                    print("\(model.id): the manifest has no checksum for \(files.joined(separator: ", ")) (\(location.path))")
                case .damaged(let complaints):
                    isWhole = false
                    for complaint in complaints { print("\(model.id): \(complaint)") }
                }
            }
            if !isWhole { throw ExitCode(ExitStatus.badData) }
        }
    }

    struct Path: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print where a network lies.")

        @Argument(help: "An id of the list.") var id: String

        func run() throws {
            let store = try ModelStore()
            guard let model = store.manifest.models.first(where: { $0.id == id }) else {
                throw ValidationError("no model has the id \(id); `posed models list` shows them")
            }
            print(try store.location(of: id, model.kind).path)
        }
    }
}
