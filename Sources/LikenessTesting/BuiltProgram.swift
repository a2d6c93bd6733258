internal import Foundation

/// A program of this package, run as its users run it.
package struct BuiltProgram: Sendable {
    package struct Run: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    package enum Failure: Error { case notBuilt(String) }

    private let path: String

    /// - Parameter name: Its name; it was built beside the bundle of the tests.
    package init(_ name: String) throws(Failure) {
        let arguments = ProcessInfo.processInfo.arguments
        let flag = arguments.firstIndex(of: "--test-bundle-path")
        let bundle = flag.map { arguments[$0 + 1] } ?? "/proc/self/exe"
        let folder = URL(filePath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
        self.path = folder.appending(path: name).path
        guard FileManager.default.isExecutableFile(atPath: self.path) else { throw .notBuilt(self.path) }
    }

    /// Starts it and lends it to `body`; then it is asked to end, and has ended.
    ///
    /// - Parameter errors: The file that its standard error goes to.
    package func whileRunning<Value>(
        _ arguments: [String],
        environment: [String: String] = [:],
        errors: String,
        _ body: (_ process: Int32) async throws -> Value
    ) async throws -> Value {
        let process = Process()
        process.executableURL = URL(filePath: self.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(process.processIdentifier))
        } catch {
            result = .failure(error)
        }
        process.terminate()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
        return try result.get()
    }

    /// Runs it to its end.
    ///
    /// - Parameter environment: Added to that of the tests.
    package func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = ""
    ) async throws -> Run {
        let process = Process()
        process.executableURL = URL(filePath: self.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (standardInput, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Only the child may hold these ends, or none would ever see the other's close.
        try? standardInput.fileHandleForReading.close()
        try? output.fileHandleForWriting.close()
        try? errors.fileHandleForWriting.close()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        // What is little fits the pipe: nobody blocks writing errors while the output is read.
        let (said, complained) = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let said = (try? output.fileHandleForReading.readToEnd()) ?? nil
                let complained = (try? errors.fileHandleForReading.readToEnd()) ?? nil
                process.waitUntilExit()
                continuation.resume(returning: (said ?? Data(), complained ?? Data()))
            }
        }
        return Run(
            status: process.terminationStatus,
            output: String(decoding: said, as: UTF8.self),
            errors: String(decoding: complained, as: UTF8.self)
        )
    }
}
