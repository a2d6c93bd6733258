internal import ArgumentParser
internal import Foundation
internal import LikenessConsole

extension LikenessCommand {
    /// Parses the process's arguments, runs the command and ends the process with its status.
    ///
    /// Ctrl-C and SIGTERM cancel what runs, and with it the calls of the service. A second one ends the process at once, as
    /// does the first when what runs does not end soon.
    package static func execute() async -> Never {
        let interruption = Interruption()
        do {
            var command = Program.parse(Self.self)
            if let parsed = command as? any AsyncParsableCommand {
                // SAFETY: `parsed` was made here and is used nowhere else.
                nonisolated(unsafe) var asynchronous = parsed
                let run = Task { try await asynchronous.run() }
                interruption.cancels { run.cancel() }
                try await run.value
            } else {
                try command.run()
            }
        } catch {
            if let signal = interruption.signal {
                Console.say("likeness: interrupted")
                Foundation.exit(128 + signal)
            }
            guard let failure = error as? CommandFailure else { Program.end(Self.self, with: error) }
            Console.say("likeness: \(failure.description)")
            for note in failure.notes { Console.say("  \(note)") }
            Foundation.exit(failure.exitCode)
        }
        Foundation.exit(0)
    }
}
