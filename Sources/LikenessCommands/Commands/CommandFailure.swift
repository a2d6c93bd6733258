internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// A failure as the user sees it: one line and an exit status.
package struct CommandFailure: Error, CustomStringConvertible {
    package let description: String
    package let exitCode: Int32
    /// Lines that follow the first: what to do, and more when the user asked for it.
    let notes: [DisplayText]

    init(_ description: String, exitCode: Int32, notes: [DisplayText] = []) {
        self.description = description
        self.exitCode = exitCode
        self.notes = notes
    }

    static func describing(_ error: any Error) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: return failure
        case let error as LikenessError:
            return Self.answered(error)
        case let error as SymbolResolver.Failure: return CommandFailure(error.description, exitCode: 64)
        case is CancellationError: return CommandFailure("interrupted", exitCode: 130)
        default: return CommandFailure("\(error)", exitCode: 1)
        }
    }

    /// The service answered with a status other than OK.
    static func answered(_ error: LikenessError, notes: [DisplayText] = []) -> CommandFailure {
        CommandFailure(
            Self.text(of: error),
            exitCode: 64 + Int32(error.code.rawValue),
            notes: notes + Self.advice(error)
        )
    }

    /// What to do when there was no service to answer. One that accepts connections is running, whatever it refuses.
    private static func advice(_ error: LikenessError) -> [DisplayText] {
        guard error.reason == LikenessError.unreachable else { return [] }
        return [
            "is the service running? likenessd dev --data-dir dev starts one, and LIKENESS_CONNECT names its client.json"
        ]
    }

    /// One line; fields that the message does not name come behind it.
    private static func text(of error: LikenessError) -> String {
        let unnamed = error.violations.filter {
            !error.message.contains($0.field) || !error.message.contains($0.message)
        }
        let fields = unnamed.map { $0.field.isEmpty ? $0.message : "\($0.field) \($0.message)" }
        let text = ([error.message] + fields).joined(separator: "; ")
        return "\(error.code): \(TerminalText.condensed(text))"
    }
}
