internal import LikenessClient

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
            return CommandFailure("\(error.code): \(error.message)", exitCode: 64 + Int32(error.code.rawValue))
        case is CancellationError: return CommandFailure("interrupted", exitCode: 130)
        default: return CommandFailure("\(error)", exitCode: 1)
        }
    }
}
