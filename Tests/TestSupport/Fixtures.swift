public import Foundation

/// The repository's root, found from this file.
public let repositoryRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A file below `Tests/Fixtures`.
public func fixture(_ path: String) -> URL { repositoryRoot.appending(path: "Tests/Fixtures/\(path)") }

/// Where the data lies that is tested over but not shipped (`POSED_SHARED`); nil where nothing was set.
public let sharedData = ProcessInfo.processInfo.environment["POSED_SHARED"].map { URL(filePath: $0) }
