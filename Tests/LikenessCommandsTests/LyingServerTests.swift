import Foundation
import LikenessMessages
import LikenessRPC
import LikenessTesting
import LikenessWire
import Synchronization
import Testing

@testable import LikenessReflection

/// Every command against a server that means harm.
@Suite(.timeLimit(.minutes(10))) struct LyingServerTests {
    private static let commands: [[String]] = [
        ["search", "x"], ["search", "x", "--output", "json"], ["suggest", "x"], ["suggest", "x", "--output", "json"],
        ["profile", "get", "x"], ["profile", "list"], ["profile", "delete", "x"], ["profile", "restore", "x"],
        ["profile", "import", "-"], ["admin", "status"], ["admin", "status", "--output", "json"],
        ["admin", "reindex", "--no-wait"], ["admin", "operations", "list"], ["admin", "operations", "show", Self.id],
        ["admin", "operations", "cancel", Self.id], ["health"], ["list"], ["list", "SearchService"],
        ["describe", "SearchService/Query"], ["call", "SearchService/Query"], ["call", "AdminService/GetHealth"],
    ]
    private static let id = "6b1f0c5e-6c5e-4b3a-9d2a-0f4c7e6d1a2b"

    private static func expectHarmless(_ run: BuiltProgram.Run, _ command: [String]) {
        run.expectHarmless([0, 1] + Array(64...80), command)
    }

    @Test(arguments: 0..<6) func `absurd answers end no command badly and steer no terminal`(seed: Int) async throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        let messages = AbsurdMessages(pool: pool, seed: seed)
        let likeness = try BuiltProgram("likeness")
        try await LyingServer.run { method, type in
            switch method.name {
            case "ListServices":
                let names = ["likeness.v1.SearchService", AbsurdMessages.text]
                return try RPCListServicesResponse(services: names.map { .init(name: $0) }).encodedBytes()
            // The contract itself, with escapes in its comments and names.
            case "GetDescriptorSet":
                return try RPCGetDescriptorSetResponse(fileDescriptorSet: Self.hostileContract).encodedBytes()
            default: return messages.bytes(type)
            }
        } _: { server in
            for command in Self.commands {
                let input = command.contains("import") ? #"{"basics": {"name": "X"}}"# : ""
                let run = try await likeness.run(command, environment: server.environment, input: input)
                Self.expectHarmless(run, command)
            }
        }
    }

    /// Comments that begin with an escape in place of a word of the same length.
    static let hostileContract: [UInt8] = {
        let contract = Contract.fileDescriptorSet
        let (word, escape) = (Array(" profiles ".utf8), Array(" \u{1B}]0;X\u{7}\u{9B} ".utf8))
        precondition(word.count == escape.count)
        var hostile: [UInt8] = []
        var index = 0
        while index < contract.count {
            let isWord = contract[index...].starts(with: word)
            hostile += isWord ? escape : [contract[index]]
            index += isWord ? word.count : 1
        }
        return hostile
    }()

    @Test func `an operation of impossible progress is followed to its end`() async throws {
        let likeness = try BuiltProgram("likeness")
        let percents: [Double] = [.nan, 9e18, -500, .infinity]
        let states: [OperationState] = [.running, .running, .running, .running, .succeeded]
        let step = Counter()
        try await LyingServer.run { method, _ in
            let number = step.next()
            let operation = LikenessMessages.Operation(
                id: Self.id,
                kind: "reindex",
                target: AbsurdMessages.text,
                state: states[min(number, 4)],
                phase: AbsurdMessages.text,
                percent: percents[number % 4],
                createTime: .init(seconds: .max)
            )
            return method.name == "Reindex"
                ? try ReindexResponse(operation: operation).encodedBytes()
                : try WaitOperationResponse(operation: operation).encodedBytes()
        } _: { server in
            let run = try await likeness.run(["admin", "reindex"], environment: server.environment)
            #expect(run.status == 0, "\(run)")
            #expect(run.errors.contains("operation \(Self.id)"), "\(run)")
            Self.expectHarmless(run, ["admin", "reindex"])
        }
    }

    @Test func `a resume with escapes in it writes none to the terminal`() async throws {
        let likeness = try BuiltProgram("likeness")
        try await LyingServer.run { _, _ in
            []
        } _: { server in
            let resume = #"{"basics":{"name":"X\u001b[2J"},"work":[{"name":"Y","startDate":"\u001b]0;X\u0007"}]}"#
            let run = try await likeness.run(
                ["profile", "import", "-"],
                environment: server.environment,
                input: resume
            )
            Self.expectHarmless(run, ["profile", "import"])
        }
    }

    @Test func `errors with a server's texts are one harmless line`() async throws {
        let likeness = try BuiltProgram("likeness")
        try await LyingServer.run { _, _ in
            throw RPCError(.invalidArgument, AbsurdMessages.text)
        } _: { server in
            for command in Self.commands {
                let run = try await likeness.run(command, environment: server.environment, input: "{}")
                Self.expectHarmless(run, command)
                #expect(run.status != 0)
            }
        }
        let run = try await likeness.run(["search", "--\u{1B}[2J", "\u{1B}[2J\u{9B}"])
        Self.expectHarmless(run, ["search"])
        #expect(run.status == 64 && run.errors.contains("\\u001b[2J"), "\(run)")
    }

    private final class Counter: Sendable {
        private let value = Atomic(-1)
        func next() -> Int { self.value.wrappingAdd(1, ordering: .relaxed).newValue }
    }
}
