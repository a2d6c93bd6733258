internal import ArgumentParser
internal import Foundation

extension LikenessCommand {
    /// Parses the process's arguments, runs the command and ends the process with its status.
    package static func execute() async -> Never {
        do {
            var command = try Self.parseAsRoot()
            if let parsed = command as? any AsyncParsableCommand {
                // SAFETY: `parsed` was made here and is used by nobody else.
                nonisolated(unsafe) var asynchronous = parsed
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            OutputOptions.printError("likeness: \(failure.description)")
            Foundation.exit(failure.exitCode)
        } catch {
            Self.exit(withError: error)
        }
        Foundation.exit(0)
    }
}
