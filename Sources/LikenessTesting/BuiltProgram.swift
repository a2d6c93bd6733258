internal import Foundation

/// A program of this package, run as its users run it.
package struct BuiltProgram: Sendable {
    package struct Run: Sendable, Equatable {
        package let status: Int32
        package let output: String
        package let errors: String

        package init(status: Int32, output: String, errors: String) {
            self.status = status
            self.output = output
            self.errors = errors
        }
    }

    package enum Failure: Error { case notBuilt(String) }

    package let path: String

    /// Any program.
    package init(path: String) { self.path = path }

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
        let started = try self.start(arguments, environment: environment)
        try started.write(input)
        try started.closeInput()
        return await started.ended()
    }

    /// Starts it, for a test that talks with it: whoever starts one waits for its end.
    package func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Started {
        let process = Process()
        process.executableURL = URL(filePath: self.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        return try Started(process)
    }

    /// A program that runs.
    package final class Started: Sendable {
        private let process: Process
        private let (input, output, errors) = (Pipe(), Pipe(), Pipe())

        fileprivate init(_ process: Process) throws {
            self.process = process
            process.standardInput = self.input
            process.standardOutput = self.output
            process.standardError = self.errors
            try process.run()
            // Only the child may hold these ends, or none would ever see the other's close.
            try? self.input.fileHandleForReading.close()
            try? self.output.fileHandleForWriting.close()
            try? self.errors.fileHandleForWriting.close()
        }

        package func write(_ text: String) throws {
            try self.input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        }

        package func closeInput() throws { try self.input.fileHandleForWriting.close() }

        /// What Ctrl-C does.
        package func interrupt() { self.process.interrupt() }

        /// The next piece of the output that comes; empty at its end.
        package func piece() async -> String {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        returning: String(decoding: self.output.fileHandleForReading.availableData, as: UTF8.self)
                    )
                }
            }
        }

        /// Waits for its end; the output is what was not read before.
        package func ended() async -> Run {
            // What is little fits the pipe: the program does not block writing errors while the output is read.
            let (said, complained) = await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    let said = (try? self.output.fileHandleForReading.readToEnd()) ?? nil
                    let complained = (try? self.errors.fileHandleForReading.readToEnd()) ?? nil
                    self.process.waitUntilExit()
                    continuation.resume(returning: (said ?? Data(), complained ?? Data()))
                }
            }
            return Run(
                status: self.process.terminationStatus,
                output: String(decoding: said, as: UTF8.self),
                errors: String(decoding: complained, as: UTF8.self)
            )
        }
    }
}
