import Foundation
import LikenessMessages
import LikenessRPC
import LikenessTesting
import LikenessWire
import Testing

/// `likeness profile export` against a service that does not bring it to its end.
@Suite(.timeLimit(.minutes(10))) struct ProfileExportCommandTests {
    private typealias Export = @Sendable (any MessageWriter<ExportProfilesResponse>) async throws -> Void

    private static func person(_ number: Int) -> Profile {
        Profile(id: "00000000-0000-4000-8000-00000000000\(number)", displayName: "Person \(number)")
    }

    /// Lends a folder with a file that was exported before.
    private static func run(
        _ export: @escaping Export,
        _ body: (_ likeness: BuiltProgram, _ environment: [String: String], _ folder: String) async throws -> Void
    ) async throws {
        var router = MethodRouter()
        router.serverStreaming(ProfileServiceMethods.exportProfiles) { _, responses, _ in try await export(responses) }
        try await LoopbackServer.run(router) { server in
            try await server.withEnvironment { environment in
                try await TestFolders.withPath { folder in
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    try "before".write(toFile: "\(folder)/people.jsonl", atomically: false, encoding: .utf8)
                    try await body(try BuiltProgram("likeness"), environment, folder)
                }
            }
        }
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    private static func expectOnlyBefore(_ folder: String) throws {
        #expect(try Self.names(in: folder) == ["people.jsonl"])
        #expect(try String(contentsOfFile: "\(folder)/people.jsonl", encoding: .utf8) == "before")
    }

    private static func command(_ folder: String, _ name: String = "people.jsonl") -> [String] {
        ["profile", "export", "--output-file", "\(folder)/\(name)"]
    }

    private static let endings: [(name: String, status: Int32, text: String, export: Export)] = [
        (
            "an outage", 78, "UNAVAILABLE",
            { responses in
                for number in 0..<3 { try await responses.write(.init(profiles: [Self.person(number)])) }
                throw RPCError(.unavailable, "the database is away")
            }
        ),
        (
            "no last message", 1, "ended before it was whole",
            { responses in try await responses.write(.init(profiles: [Self.person(1)])) }
        ),
        (
            "less than it says", 1, "ended before it was whole",
            { responses in
                try await responses.write(.init(profiles: [Self.person(1)], totals: .init(profiles: 2)))
            }
        ),
        (
            "a message behind the last one", 1, "ended before it was whole",
            { responses in
                try await responses.write(.init(profiles: [Self.person(1)], totals: .init(profiles: 1)))
                try await responses.write(.init(profiles: [Self.person(2)]))
            }
        ),
        ("nothing", 1, "ended before it was whole", { _ in }),
    ]

    @Test(arguments: 0..<5) func `an export that does not come to its end leaves no file`(ending: Int) async throws {
        let (name, status, text, export) = Self.endings[ending]
        try await Self.run(export) { likeness, environment, folder in
            for file in ["people.jsonl", "new.jsonl.gz"] {
                let run = try await likeness.run(Self.command(folder, file), environment: environment)
                #expect(run.status == status && run.output.isEmpty && run.errors.contains(text), "\(name): \(run)")
                try Self.expectOnlyBefore(folder)
            }
            let piped = try await likeness.run(["profile", "export"], environment: environment)
            #expect(piped.status == status && piped.errors.contains(text), "\(name): \(piped)")
        }
    }

    @Test func `Ctrl-C leaves no file`() async throws {
        try await Self.run { responses in
            try await responses.write(.init(profiles: [Self.person(1)]))
            try await Task.sleep(for: .seconds(3_600))
        } _: { likeness, environment, folder in
            let started = try likeness.start(Self.command(folder), environment: environment)
            let isWriting = try await Patience.until {
                try Self.names(in: folder).contains { $0.hasSuffix(".partial") }
            }
            #expect(isWriting)
            started.interrupt()
            let run = await started.ended()
            #expect(run.status == 130 && run.errors.contains("interrupted"), "\(run)")
            try Self.expectOnlyBefore(folder)
        }
    }

    @Test func `a profile that is too large is named, and the others are in the file`() async throws {
        let large = "00000000-0000-4000-8000-00000000000a"
        try await Self.run { responses in
            try await responses.write(.init(profiles: [Self.person(1)], tooLargeIds: [large]))
            try await responses.write(.init(profiles: [Self.person(2)], totals: .init(profiles: 2, tooLarge: 1)))
        } _: { likeness, environment, folder in
            let run = try await likeness.run(Self.command(folder), environment: environment)
            #expect(run.status == 1 && run.errors.contains("\(large) is not exported"), "\(run)")
            #expect(run.output == "exported 2 profiles to \(folder)/people.jsonl\n", "\(run)")
            let lines = try String(contentsOfFile: "\(folder)/people.jsonl", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 2 && lines[1].contains(#""displayName":"Person 2""#))
        }
    }

    @Test func `output that cannot be written is an error`() async throws {
        try await Self.run { responses in
            let text = String(repeating: "x", count: 20_000)
            for number in 1...9 {
                var person = Self.person(number)
                person.summary = text
                try await responses.write(.init(profiles: [person]))
            }
            try await responses.write(.init(totals: .init(profiles: 9)))
        } _: { likeness, environment, folder in
            for (file, reason) in [
                ("/dev/full", "No space left on device"), ("\(folder)/none/x", "No such file or directory"),
                (folder, "Is a directory"),
            ] {
                let run = try await likeness.run(
                    ["profile", "export", "--output-file", file],
                    environment: environment
                )
                #expect(run.status == 1 && run.errors.contains("\(file) cannot be written: \(reason)"), "\(run)")
            }
            try Self.expectOnlyBefore(folder)
            let none = try await likeness.run(
                ["profile", "export", "--output-file", "/dev/null", "--quiet"],
                environment: environment
            )
            #expect(none == .init(status: 0, output: "", errors: ""))
        }
    }
}
