import ArgumentParser
import Basics
import Daemon
import FoundationEssentials
import Models
import PosedKit

/// `posed models`: what networks there are, where they lie, whether their files are whole, and how to have more of them.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, fetch, verify and locate the networks.",
        subcommands: [List.self, Pull.self, Verify.self, Path.self])

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
                if let published = model.published { print("    published: \(published)") }
                if model.kind == .detector, model.calibration == nil { print("    uncalibrated: --threshold is its own score") }
            }
        }
    }

    struct Pull: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch networks from where they are published, and check them; goes on where an earlier pull ended.")

        @Argument(help: "Ids of the list.") var ids: [String]
        @Option(help: ArgumentHelp("Take them from a mirror instead: files lie in ID/FILE below it.", valueName: "dir|url"))
        var from: String?
        @Option(help: ArgumentHelp("Put them there, instead of into the user's folder.", valueName: "dir")) var into: String?

        func run() throws {
            let store = try ModelStore()
            let models = try ids.map { try model($0, in: store) }
            let pull = try ModelPull(into: into, from: from)
            var failure: (any Error)?
            for model in models {
                do {
                    if into == nil, case .whole(let location) = store.verify(model) {
                        print("\(model.id): is here, and whole (\(location.path))")
                    } else {
                        print("\(model.id): \(try fetch(model, by: pull).path)")
                    }
                } catch {
                    complain(error)
                    failure = failure ?? error
                }
            }
            if let failure { throw ExitCode(failure) }
        }

        /// With a bar for each file.
        private func fetch(_ model: Manifest.Model, by pull: ModelPull) throws -> URL {
            var bars: [String: ProgressBar] = [:]
            defer { for name in bars.keys { bars[name]?.clear() } }
            return try pull.pull(model) { name, done, total in
                bars[name, default: ProgressBar(label: "\(model.id)/\(name)", total: total > 0 ? total : nil, of: .bytes)].update(
                    done)
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
            print(try store.location(of: id, model(id, in: store).kind).path)
        }
    }
}

private func model(_ id: String, in store: ModelStore) throws -> Manifest.Model {
    if let model = store.manifest.models.first(where: { $0.id == id }) { return model }
    throw ValidationError("no model has the id \(id); `posed models list` shows them")
}
