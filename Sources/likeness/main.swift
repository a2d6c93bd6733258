internal import ArgumentParser
internal import Foundation
internal import LikenessCommands

do {
    var command = try LikenessCommand.parseAsRoot()
    if var command = command as? any AsyncParsableCommand {
        try await command.run()
    } else {
        try command.run()
    }
} catch let failure as CommandFailure {
    try? FileHandle.standardError.write(contentsOf: Data("likeness: \(failure.description)\n".utf8))
    exit(failure.exitCode)
} catch {
    LikenessCommand.exit(withError: error)
}
