package import ArgumentParser
internal import CLikenessBuild
internal import Foundation
internal import LikenessReflection

/// How a program of the product parses its arguments, reports what went wrong and ends.
package enum Program {
    /// What a shell reports of a program whose reader has stopped: that SIGPIPE ended it.
    package static let closedPipeStatus: Int32 = 128 + SIGPIPE

    /// The command that the arguments name; ends the process when they name none.
    ///
    /// - Parameters:
    ///   - arguments: Those of the process when `nil`.
    ///   - redacting: Takes secrets out of a message, which may quote the arguments.
    package static func parse<Root: ParsableCommand>(
        _ root: Root.Type,
        _ arguments: [String]? = nil,
        redacting: (String) -> String = { $0 }
    ) -> any ParsableCommand {
        // Else a write to a pipe without a reader ends the process before it can be reported.
        signal(SIGPIPE, SIG_IGN)
        if arguments == nil, let place = Self.unreadableArgument() {
            Console.say("Error: argument \(place) is not valid UTF-8: convert it, or give what it holds as a file")
            exit(ExitCode.validationFailure.rawValue)
        }
        let arguments = arguments ?? Array(CommandLine.arguments.dropFirst())
        do {
            let command = try root.parseAsRoot(arguments)
            if !(command is any AsyncParsableCommand) { Self.checkHelp(for: arguments, in: root, redacting: redacting) }
            // The h of `-physics` asks for help, which is no asynchronous command.
            if !(command is any AsyncParsableCommand), let hint = Self.hyphenHint(for: arguments.map(redacting)),
                Set(arguments).isDisjoint(with: ["-h", "--help", "help"])
            {
                Console.say("Error: \(hint)")
                exit(ExitCode.validationFailure.rawValue)
            }
            return command
        } catch {
            if root.exitCode(for: error).isSuccess { Self.checkHelp(for: arguments, in: root, redacting: redacting) }
            Self.end(root, with: error, hint: Self.hint(for: arguments.map(redacting), in: root), redacting: redacting)
        }
    }

    /// Which of the process's arguments is no text, from 1: `CommandLine.arguments` has other signs in the place of such bytes, which would be stored.
    private static func unreadableArgument() -> Int? {
        let pointers = unsafe CommandLine.unsafeArgv
        return (1..<max(1, Int(CommandLine.argc))).first { index in
            // SAFETY: the process's arguments end with a zero byte each and stay as they are.
            unsafe pointers[index].map { unsafe String(validatingCString: $0) == nil } ?? false
        }
    }

    /// Ends the process when help is asked for a command that there is not: the parser shows that of the one above it.
    private static func checkHelp(
        for arguments: [String],
        in root: any ParsableCommand.Type,
        redacting: (String) -> String
    ) {
        guard let word = Self.unknownCommand(in: arguments, of: root) else { return }
        Console.say("Error: there is no command '\(redacting(word))'")
        if let hint = Self.hint(for: arguments.map(redacting), in: root) { Console.say(hint) }
        exit(ExitCode.validationFailure.rawValue)
    }

    /// The first word where a subcommand has to stand that is none.
    static func unknownCommand(in arguments: [String], of root: any ParsableCommand.Type) -> String? {
        var command = root
        var mayBeValue = false
        for (index, argument) in arguments.enumerated() {
            guard !argument.hasPrefix("-") else {
                mayBeValue = !["-h", "--help", "--version"].contains(argument) && !argument.contains("=")
                continue
            }
            defer { mayBeValue = false }
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty || index == 0 && argument == "help" { continue }
            if let next = subcommands.first(where: { $0._commandName == argument }) {
                command = next
            } else if !mayBeValue, argument != "help" {
                return argument
            }
        }
        return nil
    }

    /// Ends the process as an error asks for: with a message of the parser's, with an exit status, or as a failure.
    ///
    /// - Parameters:
    ///   - failureStatus: Of errors that name no status.
    ///   - redacting: As of ``parse(_:_:redacting:)``.
    package static func end<Root: ParsableCommand>(
        _ root: Root.Type,
        with error: any Error,
        failureStatus: Int32 = 1,
        hint: DisplayText? = nil,
        redacting: (String) -> String = { $0 }
    ) -> Never {
        let name = root.configuration.commandName ?? "likeness"
        if let error = error as? OutputError {
            if error.isClosedPipe { exit(Self.closedPipeStatus) }
            Console.say("\(name): \(error)")
            exit(failureStatus)
        }
        let code = root.exitCode(for: error)
        let isOwn = code == .failure && !(error is ExitCode)
        guard !isOwn else {
            Console.say("\(name): \(redacting("\(error)"))")
            exit(failureStatus)
        }
        let text = root.fullMessage(for: error, columns: nil)
        // What was asked for, help and versions, quotes no arguments.
        let message = DisplayText(lines: code.isSuccess ? text : redacting(text))
        guard !message.isEmpty else { exit(code.rawValue) }
        guard code.isSuccess else {
            Console.say(message)
            if let hint { Console.say(hint) }
            exit(code.rawValue)
        }
        do {
            try Console.output.writeLine(message)
        } catch {
            Self.end(root, with: error, failureStatus: failureStatus)
        }
        exit(0)
    }

    /// `0.1.0 (v0.1.0-5-gced4d42)`.
    package static func version(_ number: String) -> String {
        "\(number) (commit \(String(cString: likeness_build_commit())))"
    }

    /// What a word that is no subcommand may have been meant for: one of the same name elsewhere, or one that is nearly called so.
    static func hint(for arguments: [String], in root: any ParsableCommand.Type) -> DisplayText? {
        var command = root
        for argument in arguments.prefix(20) where !argument.hasPrefix("-") {
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty { break }
            if let next = subcommands.first(where: { $0._commandName == argument }) {
                command = next
                continue
            }
            let elsewhere = Self.paths(to: argument, in: root)
            if !elsewhere.isEmpty {
                return "Did you mean '\(elsewhere.prefix(3).joined(separator: "' or '"))'?"
            }
            if let near = Suggestion.nearest(to: argument, in: subcommands.map { $0._commandName }) {
                return "Did you mean '\(near)'?"
            }
        }
        return Self.hyphenHint(for: arguments).map { DisplayText(line: $0) }
    }

    /// The words that name each command of this name, below the root.
    private static func paths(to name: String, in command: any ParsableCommand.Type) -> [String] {
        command.configuration.subcommands.flatMap { subcommand in
            (subcommand._commandName == name ? [name] : [])
                + Self.paths(to: name, in: subcommand).map { "\(subcommand._commandName) \($0)" }
        }
    }

    /// Of `search -physics`: two hyphens begin an option, one before a word seldom means to.
    private static func hyphenHint(for arguments: [String]) -> String? {
        let options = arguments.prefix { $0 != "--" }
        guard
            let word = options.first(where: {
                $0.count > 2 && $0.hasPrefix("-") && !$0.hasPrefix("--") && Double($0) == nil
            })
        else { return nil }
        return "'\(word)' was read as options: after -- everything is text, as in -- \(word)"
    }
}
