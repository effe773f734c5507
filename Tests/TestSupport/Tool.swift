import CKernels
import Foundation

/// OpenBLAS, opened once, and never changed after.
nonisolated(unsafe) public let openBLAS = ck_openblas()

/// A process to start. Opening OpenBLAS changes the environment, which must not happen while a `Process` reads it: so it is open before.
public func makeProcess() -> Process {
    _ = openBLAS
    return Process()
}

/// Runs a program of the system to its end.
///
/// - Parameter input: what it reads; nil for nothing.
public func outcome(of command: [String], input: String? = nil) throws -> (status: Int32, text: String, complaint: String) {
    let process = makeProcess()
    let (read, said, complained) = (Pipe(), Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = read
    process.standardOutput = said
    process.standardError = complained
    try process.run()
    if let input { try read.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
    try read.fileHandleForWriting.close()
    let text = said.fileHandleForReading.readDataToEndOfFile()
    let complaint = complained.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: complaint, as: UTF8.self))
}

/// Runs a program that must succeed.
func runTool(_ command: [String]) throws {
    let (status, _, complaint) = try outcome(of: command)
    guard status == 0 else { throw Server.NotStarted(description: "\(command[0]) failed: \(complaint)") }
}
