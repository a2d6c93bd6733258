import Foundation
import LikenessTesting
import Testing

/// Every command of the documents and of the help texts, run as it stands against `likenessd dev` with the example people.
///
/// A document says of a block that cannot be run why: `<!-- not run: REASON -->` before it.
@Suite(.timeLimit(.minutes(15))) struct DocumentedCommandsTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let programs = ["likeness", "likenessd", "likeness-load", "likeness-interop"]

    /// Of help texts, which have no place for a mark: how a command begins, and why it is not run.
    private static let notRun: [(command: String, reason: String)] = [
        ("likenessd dev ", "serves until it is stopped"), ("likenessd serve ", "needs a database of its own"),
        ("LIKENESS_DATABASE_URL=", "needs a database of its own"),
        ("likenessd migrate ", "needs a database of its own"),
        ("likenessd statement ", "needs a database of its own"), ("likenessd token --role reader", "writes under /etc"),
        ("likenessd check-config ", "needs a configuration of its own"),
        ("likenessd doctor ", "needs a database of its own"),
        ("likeness-load run --steps", "the rates are of a release build"),
        ("likeness-load run --call", "the ids are of the reader's profiles"),
        ("likeness-load find-limit", "takes minutes"), ("likeness-load compare", "needs the reports of several runs"),
        ("likeness-load generate --profiles 100000", "needs a database of its own"),
        ("likeness-load generate --profiles 20000", "takes minutes in a debug build"),
        ("likeness-interop ", "is a server, or calls it"), ("likeness call InteropService", "is of likeness-interop"),
        ("likeness profile delete ada-lovelace --if-revision", "the revision is whatever it is"),
        ("likeness profile delete john-smith", "the profiles are the reader's"),
        ("likeness profile diff ada-lovelace --from 2026", "the days are the reader's"),
        ("likeness profile revert ada-lovelace 2026", "the days are the reader's"),
        ("likeness profile delete --file", "the file is the reader's"),
        ("likeness mask update brief.json --if-revision", "the revision is whatever it is"),
        ("likeness mask create brief.json", "docs/views.md creates it already"),
        ("likeness admin erase john-smith", "the profile is the reader's"),
        ("likeness --connect dev/client.json", "the folder is the reader's"),
        ("likeness --generate-completion-script", "writes to the home folder"),
        ("likeness call SearchService/Query '{}'", "shows a failure"),
        ("likeness-load --rate 500 --fail-if", "the threshold is of a release build"),
        ("likeness-load --mix", "the rate is of a release build"), ("likeness-load --rate 100..", "takes minutes"),
    ]

    struct Command: Sendable, CustomStringConvertible {
        let text: String
        let place: String
        var description: String { "\(self.place): \(self.text)" }
    }

    @Test func `every documented command does what it says`() async throws {
        let commands = try Self.documented() + (try await Self.helped())
        #expect(commands.count > 40, "\(commands.count)")
        let daemon = try BuiltProgram("likenessd")
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                // As root, PostgreSQL runs as another account.
                attributes: [.posixPermissions: 0o711]
            )
            for name in ["examples", "docs", "proto"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/\(name)",
                    withDestinationPath: "\(Self.root)/\(name)"
                )
            }
            // What a reader has of their own.
            let request = #"{"profile": {"displayName": "New Person"}}"#
            try request.write(toFile: "\(folder)/profile.json", atomically: true, encoding: .utf8)
            let mask = #"{"name": "brief", "configuration": {"skills": {"maxItems": 5}}}"#
            try mask.write(toFile: "\(folder)/brief.json", atomically: true, encoding: .utf8)
            try FileManager.default.copyItem(
                atPath: "\(Self.root)/examples/resume.json",
                toPath: "\(folder)/resume.json"
            )
            let data = "\(folder)/dev"
            let client = "\(data)/client.json"
            try await daemon.whileRunning(
                ["dev", "--data-dir", data, "--listen", "0.0.0.0:0", "--log-level", "error"],
                errors: "\(folder)/errors"
            ) { process in
                while !FileManager.default.fileExists(atPath: client) {
                    try #require(kill(process, 0) == 0, "likenessd ended: \(Self.text("\(folder)/errors"))")
                    try await Task.sleep(for: .milliseconds(50))
                }
                // Of every address it listens on, the client.json names one that can be called.
                #expect(Self.text(client).contains(#""endpoint": "127.0.0.1:"#))
                let mode = try FileManager.default.attributesOfItem(atPath: "\(data)/likenessd.lock")[.posixPermissions]
                #expect(mode as? Int == 0o600)
                let imported = try await Self.run(
                    "likeness profile import examples/profiles.jsonl --quiet",
                    folder,
                    client
                )
                try #require(imported.status == 0, "\(imported)")
                for command in commands { try await Self.check(command, folder, client) }
            }
        }
    }

    private static func check(_ command: Command, _ folder: String, _ client: String) async throws {
        var text = command.text
        // Loads are made small: whether a command works does not depend on its rate.
        for (pattern, small) in [
            (#/--duration \d+[sm]\b/#, "--duration 500ms"), (#/--rate \d+\b(?!\.)/#, "--rate 5"),
            (#/--concurrency \d+/#, "--concurrency 2"), (#/--profiles \d+/#, "--profiles 10"),
        ] as [(Regex<Substring>, String)] {
            text = text.replacing(pattern, with: small)
        }
        let isEndless =
            ["call HealthService/Watch", "call ProfileService/WatchProfiles"].contains(where: text.contains)
            || ["saved-search watch", "profile watch"].contains(where: text.contains) && !text.contains("--once")
        // The shell gives way to it, so that it gets the signal.
        if isEndless { text = "exec " + text }
        let started = try Self.start(text, folder, client)
        var first = ""
        if isEndless {
            // Until it has said something, however long a slow machine takes for that.
            first = await started.piece()
            started.interrupt()
        }
        var run = await started.ended()
        // A mask's first search has what it looks at made, for which a busy machine may take longer than the call has.
        if run.errors.contains("is being made ready") {
            _ = try await Patience.until {
                run = try await Self.run(text, folder, client)
                return !run.errors.contains("is being made ready")
            }
        }
        #expect(run.status == (isEndless ? 130 : 0), "\(command): \(run)")
        let found = (first + run.output).trimmingCharacters(in: .whitespacesAndNewlines)
        let writesFile = text.contains(">")
        #expect(writesFile || !found.isEmpty, "\(command) prints nothing: \(run)")
        for nothing in ["No profile matches.", "Nothing begins with that.", "No profiles.", "No operations."] {
            #expect(!found.contains(nothing), "\(command) finds nothing")
        }
        #expect(found != "{}" && found != "null", "\(command) finds nothing")
    }

    private static func run(_ command: String, _ folder: String, _ client: String) async throws -> BuiltProgram.Run {
        await (try Self.start(command, folder, client)).ended()
    }

    private static func start(
        _ command: String,
        _ folder: String,
        _ client: String
    ) throws -> BuiltProgram.Started {
        let built = URL(filePath: try BuiltProgram("likeness").path).deletingLastPathComponent().path
        let path = "\(built):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
        let started = try BuiltProgram(path: "/bin/bash").start(
            ["-c", "set -o pipefail; cd \"$0\"; \(command)", folder],
            environment: ["LIKENESS_CONNECT": client, "PATH": path]
        )
        try started.closeInput()
        return started
    }

    private static func text(_ file: String) -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }

    // MARK: What is documented

    private static func isCommand(_ line: Substring) -> Bool {
        Self.programs.contains { line.hasPrefix($0 + " ") } || line.hasPrefix("LIKENESS_DATABASE_URL=")
    }

    /// Commands of indented and fenced blocks that no mark stands before.
    private static func documented() throws -> [Command] {
        let pages =
            ["README.md"]
            + ["docs", "docs/decisions", "examples", "examples/python", "examples/swift", "deploy"].flatMap { folder in
                ((try? FileManager.default.contentsOfDirectory(atPath: "\(Self.root)/\(folder)")) ?? []).sorted()
                    .filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
            }
        var commands: [Command] = []
        for page in pages {
            let lines = Self.text("\(Self.root)/\(page)").split(separator: "\n", omittingEmptySubsequences: false)
            var isFenced = false
            var isMarked = false
            var begun: (text: String, line: Int)?
            for (index, line) in lines.enumerated() {
                if line.hasPrefix("```") { isFenced.toggle() }
                if line.hasPrefix("<!-- not run: ") {
                    #expect(line.hasSuffix(" -->") && line.count > 30, "\(page):\(index + 1): a mark says why")
                    isMarked = true
                } else if !line.isEmpty, !isFenced, !line.hasPrefix("    "), !line.hasPrefix("```") {
                    isMarked = false
                }
                guard isFenced || line.hasPrefix("    "), !isMarked else { continue }
                var text = line.drop { $0 == " " }
                if text.hasPrefix("$ ") { text = text.dropFirst(2) }
                if let open = begun {
                    begun = (open.text + " " + text, open.line)
                } else if Self.isCommand(text) {
                    begun = (String(text), index + 1)
                }
                guard let open = begun else { continue }
                if open.text.hasSuffix("\\") {
                    begun = (String(open.text.dropLast()), open.line)
                } else {
                    commands.append(Command(text: open.text, place: "\(page):\(open.line)"))
                    begun = nil
                }
            }
        }
        return commands
    }

    private struct Help: Decodable {
        struct Command: Decodable {
            let commandName: String
            let discussion: String?
            let subcommands: [Command]?
        }
        let command: Command
    }

    /// Examples of the help texts of every program and subcommand.
    private static func helped() async throws -> [Command] {
        var commands: [Command] = []
        for program in Self.programs {
            let dump = try await BuiltProgram(program).run(["--experimental-dump-help"])
            var open = [try JSONDecoder().decode(Help.self, from: Data(dump.output.utf8)).command]
            while let command = open.popLast() {
                open += (command.subcommands ?? []).reversed()
                var text = command.discussion ?? ""
                text.replace(#/\\\n */#, with: "")
                for line in text.split(separator: "\n").map({ $0.drop { $0 == " " } }) where Self.isCommand(line) {
                    guard !Self.notRun.contains(where: { line.hasPrefix($0.command) }) else { continue }
                    commands.append(Command(text: String(line), place: "\(program) help \(command.commandName)"))
                }
            }
        }
        return commands
    }

    @Test func `what is indented in a help text is shown as it stands`() async throws {
        for program in Self.programs {
            let dump = try await BuiltProgram(program).run(["--experimental-dump-help"])
            var open = [try JSONDecoder().decode(Help.self, from: Data(dump.output.utf8)).command]
            while let command = open.popLast() {
                open += command.subcommands ?? []
                // Longer lines are broken where a terminal of usual width ends.
                for line in (command.discussion ?? "").split(separator: "\n") where line.hasPrefix(" ") {
                    #expect(line.count < 80, "\(program) help \(command.commandName): \(line)")
                }
            }
        }
    }

    @Test func `a command that is not run is still there`() async throws {
        // A reason for what no help text says any more is no reason.
        var help = ""
        for program in Self.programs {
            help += try await BuiltProgram(program).run(["--experimental-dump-help"]).output
        }
        for (command, _) in Self.notRun {
            let escaped = command.replacing("\"", with: "\\\"").replacing("/", with: "\\/")
            #expect(help.contains(escaped) || help.contains(command.replacing("\"", with: "\\\"")), "\(command)")
        }
    }
}
