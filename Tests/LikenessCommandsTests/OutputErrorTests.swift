import Foundation
import LikenessConsole
import LikenessTesting
import Testing

/// What cannot be written is an error of every program.
@Suite struct OutputErrorTests {
    private static let commands: [(program: String, arguments: String, failure: Int32)] = [
        ("likeness", "--version", 1), ("likeness", "--help", 1), ("likeness", "help search", 1),
        ("likeness-load", "generate --profiles 20", 2), ("likeness-load", "--help", 2), ("likenessd", "settings", 1),
        ("likenessd", "token --role reader --name x", 1), ("likenessd", "--version", 1),
        ("likeness-interop", "--help", 1),
    ]

    @Test func `a full disk is an error, and a reader that stops is none worth a word`() async throws {
        for (name, arguments, failure) in Self.commands {
            let program = try BuiltProgram(name)
            let full = try await Self.shell("\"$0\" \(arguments) >/dev/full", program.path)
            #expect(full.status == failure, "\(name) \(arguments): \(full)")
            #expect(
                full.errors.contains("\(name): standard output cannot be written: No space left on device"),
                "\(name) \(arguments): \(full)"
            )
            // The reader is gone before the first byte is written.
            let closed = try await Self.shell(
                "set -o pipefail; { sleep 0.2; \"$0\" \(arguments); } | true",
                program.path
            )
            #expect(closed.status == 141, "\(name) \(arguments): \(closed)")
            #expect(!closed.errors.contains("cannot be written"), "\(name) \(arguments): \(closed)")
        }
    }

    private static func shell(_ command: String, _ program: String) async throws -> BuiltProgram.Run {
        try await BuiltProgram(path: "/bin/bash").run(["-c", command, program])
    }
}

/// Wrong arguments: what is said, and the status.
@Suite struct WrongUsageTests {
    @Test(arguments: [
        ("likeness", ["serch", "x"], "Did you mean 'search'?"),
        ("likeness", ["--timeout", "3", "admin", "staus"], "Did you mean 'status'?"),
        ("likeness", ["admin", "operations", "lits"], "Did you mean 'list'?"),
        ("likeness", ["search", "x", "--limt", "3"], "Did you mean '--limit'?"),
        ("likeness", ["admin", "reindex", "--method", "hnsw", "--lists", "10"], "--lists is of ivfflat, not of hnsw"),
        ("likeness", ["admin", "reindex", "--method", "ivfflat", "--m", "10"], "of hnsw, not of ivfflat"),
        ("likeness-load", ["find-limt", "--p99", "20ms"], "Did you mean 'find-limit'?"),
        ("likenessd", ["migrat", "up"], "Did you mean 'migrate'?"),
        ("likenessd", ["dev", "--log-level", "chatty"], "chatty"),
        ("likenessd", ["dev", "--index-method", "bogus"], "--index-method"),
        ("likeness-interop", ["serv"], "Did you mean 'serve'?"),
        ("likeness-interop", ["serve", "--data-dir", "/tmp/x", "--log-level", "chatty"], "chatty"),
    ]) func `a slip is named, and what was meant`(program: String, arguments: [String], text: String) async throws {
        let run = try await BuiltProgram(program).run(arguments)
        #expect(run.status == 64 && run.output.isEmpty, "\(run)")
        #expect(run.errors.contains(text), "\(run)")
    }

    @Test func `without a service the next step is said`() async throws {
        let likeness = try BuiltProgram("likeness")
        let nowhere = try await likeness.run(["search", "x"], environment: ["LIKENESS_CONNECT": ""])
        #expect(nowhere.status == 64 && nowhere.errors.contains("likenessd dev --data-dir dev"), "\(nowhere)")
        let absent = try await likeness.run(["search", "x"], environment: ["LIKENESS_CONNECT": "/no/client.json"])
        #expect(absent.status == 64 && absent.errors.contains("is the service running?"), "\(absent)")
    }

    @Test(arguments: ["likeness", "likenessd", "likeness-load", "likeness-interop"])
    func `help is wrapped by the terminal and not before`(name: String) async throws {
        let program = try BuiltProgram(name)
        var commands: [[String]] = [[]]
        var paragraphs = 0
        while let command = commands.popLast() {
            let help = try await program.run(command + ["--help"], environment: ["COLUMNS": "1000"])
            #expect(help.status == 0, "\(command): \(help)")
            let lines = help.output.prefix(
                upTo: help.output.firstRange(of: "\nUSAGE:")?.lowerBound ?? help.output.endIndex
            )
            .split(separator: "\n", omittingEmptySubsequences: false)
            paragraphs += lines.count { $0.count > 120 }
            for (line, next) in zip(lines, lines.dropFirst()) where line.first?.isWhitespace == false {
                let isHeading = line.allSatisfy { $0.isUppercase || $0 == " " }
                let goesOn = next.first?.isWhitespace == false && !isHeading && !line.hasSuffix(".")
                #expect(!goesOn, "\(name) \(command): \(line)")
            }
            let subcommands = help.output.split(separator: "\nSUBCOMMANDS:\n").dropFirst().first ?? ""
            for line in subcommands.split(separator: "\n").prefix(while: { $0.hasPrefix("  ") }) {
                guard let word = line.dropFirst(2).split(separator: " ").first, !line.hasPrefix("   "), word != "See"
                else {
                    continue
                }
                commands.append(command + [String(word)])
            }
        }
        #expect(paragraphs > 0, "the width was not the one that was asked for")
    }

    @Test func `every program says its version and its commit`() async throws {
        for name in ["likeness", "likenessd", "likeness-load", "likeness-interop"] {
            let run = try await BuiltProgram(name).run(["--version"])
            #expect(
                run.status == 0 && run.output.contains(#/^\d+\.\d+\.\d+ \(commit [0-9a-z.-]+\)\n$/#),
                "\(name): \(run)"
            )
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `shells can complete`(shell: String) async throws {
        for name in ["likeness", "likenessd", "likeness-load"] {
            let run = try await BuiltProgram(name).run(["--generate-completion-script", shell])
            #expect(run.status == 0 && run.output.contains(name) && run.errors.isEmpty, "\(name)")
        }
    }
}
