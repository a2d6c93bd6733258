internal import LikenessClient
internal import LikenessMessages
internal import LikenessReflection

/// A failure as the user sees it: one line and an exit status.
package struct CommandFailure: Error, CustomStringConvertible {
    package let description: String
    package let exitCode: Int32

    init(_ description: String, exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }

    static func describing(_ error: any Error) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: return failure
        case let error as LikenessError:
            return CommandFailure(Self.text(of: error), exitCode: 64 + Int32(error.code.rawValue))
        case let error as SymbolResolver.Failure: return CommandFailure(error.description, exitCode: 64)
        case is CancellationError: return CommandFailure("interrupted", exitCode: 130)
        default: return CommandFailure("\(error)", exitCode: 1)
        }
    }

    /// One line; fields that the message does not name come behind it.
    private static func text(of error: LikenessError) -> String {
        let unnamed = error.violations.filter {
            !error.message.contains($0.field) || !error.message.contains($0.message)
        }
        let fields = unnamed.map { $0.field.isEmpty ? $0.message : "\($0.field) \($0.message)" }
        let text = ([error.message] + fields).joined(separator: "; ")
        return "\(error.code): \(text.split(whereSeparator: \.isNewline).joined(separator: " "))"
    }
}
