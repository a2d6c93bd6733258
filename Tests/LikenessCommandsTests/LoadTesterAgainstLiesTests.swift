import Foundation
import LikenessMessages
import LikenessRPC
import LikenessTesting
import LikenessWire
import Synchronization
import Testing

@testable import LikenessReflection

/// `likeness-load` as it is run, against servers that mean harm and servers that never answer.
@Suite(.timeLimit(.minutes(10))) struct LoadTesterAgainstLiesTests {
    private static let brief = ["--count", "20", "--duration", "1h", "--warm-up", "0s", "--prepare", "4"]
    private static let runs: [[String]] = [
        ["--mix", "vector"], ["--mix", "vector", "--output", "json"], ["--mix", "vector", "--output", "csv"],
        ["--mix", "vector", "--verify"], ["--mix", "text=1,hybrid=1,filtered=1,suggest=1"], ["--mix", "get"],
        ["--mix", "upsert"], ["--call", "likeness.v1.SearchService/Query"],
        ["--call", "likeness.v1.SearchService/Quer"], ["--call", "likeness.v1.AdminService/GetHealth", "--accuracy"],
        ["--mix", "vector", "--fail-if", "p99<1s", "--fail-if", "errors>0", "--fail-if", "recall<1"],
    ]

    private static func expectHarmless(_ run: BuiltProgram.Run, _ command: [String]) {
        run.expectHarmless([0, 1, 2, 64], command)
    }

    @Test(arguments: 0..<4) func `absurd answers end no run badly and steer no terminal`(seed: Int) async throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        let messages = AbsurdMessages(pool: pool, seed: seed)
        let tester = try BuiltProgram("likeness-load")
        try await LyingServer.run { method, type in
            method.name == "GetDescriptorSet"
                ? try RPCGetDescriptorSetResponse(fileDescriptorSet: LyingServerTests.hostileContract).encodedBytes()
                : messages.bytes(type)
        } _: { server in
            for command in Self.runs {
                let run = try await tester.run(command + Self.brief, environment: server.environment)
                Self.expectHarmless(run, command)
            }
            let search = ["find-limit", "--p99", "1h", "--start", "10", "--highest", "20", "--prepare", "4"]
            let trial = ["--duration", "500ms", "--settle", "0s", "--resolution", "50%"]
            Self.expectHarmless(try await tester.run(search + trial, environment: server.environment), search)
        }
    }

    /// Looks like the end of a report, and goes on to an escape.
    private static let forged = "no\n\ntester: 1 µs\r\nPASSED  errors>0\u{2028}" + AbsurdMessages.text

    @Test func `a server's error is one harmless line of the report`() async throws {
        let tester = try BuiltProgram("likeness-load")
        let calls = Calls()
        try await LyingServer.run { method, type in
            // What is tried before the run succeeds.
            guard method.name == "Query", calls.next() > 1 else { return [] }
            throw RPCError(.resourceExhausted, Self.forged + String(repeating: "x", count: 10_000))
        } _: { server in
            let run = try await tester.run(["--mix", "vector"] + Self.brief, environment: server.environment)
            Self.expectHarmless(run, ["run"])
            #expect(run.status == 1)
            let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.contains { $0.hasPrefix("  20 × RESOURCE_EXHAUSTED: no tester: 1 µs PASSED ") }, "\(run)")
            #expect(!lines.contains { $0.hasPrefix("PASSED") } && lines.count { $0.hasPrefix("tester: ") } == 1)
            #expect(lines.allSatisfy { $0.count <= 500 })
            let other = try await tester.run(["--mix", "text"] + Self.brief, environment: server.environment)
            Self.expectHarmless(other, ["text"])
            #expect(other.status == 2 && other.errors.split(separator: "\n").count == 1, "\(other)")
        }
    }

    private static let number = "123456.5"

    @Test(arguments: ["1e308", "-1e308", "9223372036854775807", "-9223372036854775808"])
    func `reports full of absurd numbers are compared, or refused`(absurd: String) async throws {
        let tester = try BuiltProgram("likeness-load")
        try await LyingServer.run { _, _ in
            []
        } _: { server in
            let made = try await tester.run(
                ["--mix", "vector", "--duration", "7s", "--concurrency", "1", "--output", "json"] + [
                    "--warm-up", "0s",
                ],
                environment: server.environment
            )
            #expect(made.status == 0, "\(made)")
            // Every number of it, and every text but the one that names what it is.
            let fraction = /: -?[0-9]+\.[0-9]+(e-?[0-9]+)?/
            let count = /: [0-9]+(?=,?\n)/
            var report = made.output.replacing(fraction, with: ": \(absurd)")
            if !absurd.contains("e") { report = report.replacing(count, with: ": \(absurd)") }
            report = report.replacing(#""closed""#, with: #""\u001b[2J\u202e""#)
            try await TestFolders.withPath { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let (honest, forged) = ("\(folder)/honest.json", "\(folder)/forged.json")
                try made.output.write(toFile: honest, atomically: true, encoding: .utf8)
                try report.write(toFile: forged, atomically: true, encoding: .utf8)
                for pair in [[honest, forged], [forged, honest], [forged, forged]] {
                    Self.expectHarmless(try await tester.run(["compare"] + pair), pair)
                }
            }
        }
    }
}

private final class Calls: Sendable {
    private let count = Atomic(0)
    func next() -> Int { self.count.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Ctrl-C while a server does not answer.
@Suite(.timeLimit(.minutes(10))) struct InterruptedRunTests {
    /// A server that has no answer to a search or to a stream, and says when it was asked.
    private static func unanswering(
        _ body: ([String: String], _ asked: AsyncStream<Void>) async throws -> Void
    ) async throws {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        @Sendable func waitForever() async throws {
            ask.yield()
            let (never, end) = AsyncStream.makeStream(of: Void.self)
            // Until the call is cancelled.
            for await _ in never {}
            end.finish()
            throw RPCError(.cancelled, "")
        }
        var router = MethodRouter()
        router.unary(SearchServiceMethods.query) { _, _ in
            try await waitForever()
            return QueryResponse()
        }
        router.unary(ProfileServiceMethods.listProfiles) { _, _ in
            try await waitForever()
            return ListProfilesResponse()
        }
        router.serverStreaming(HealthServiceMethods.watch) { _, _, _ in try await waitForever() }
        try await LoopbackServer.run(router) { server in
            try await server.withEnvironment { try await body($0, asked) }
        }
    }

    /// What the contract's rules let through to the handler.
    private static let asking = #"{"query": {"text": {"text": "x"}}}"#
    private static let query = ["--call", "likeness.v1.SearchService/Query", "--data", asking, "--timeout", "24h"]
    private static let endless = query + ["--warm-up", "0s", "--duration", "24h"]

    @Test(arguments: [["--concurrency", "3"], ["--rate", "1000", "--in-flight", "3"]])
    func `a run whose calls are never answered ends, and reports them`(how: [String]) async throws {
        let tester = try BuiltProgram("likeness-load")
        try await Self.unanswering { environment, asked in
            let run = try tester.start(Self.endless + how, environment: environment)
            await Self.came(3, asked)
            run.interrupt()
            let ended = await run.ended()
            #expect(ended.status == 130, "\(ended)")
            #expect(ended.output.contains("  3 × CANCELLED: not answered before the run was ended"), "\(ended)")
        }
    }

    @Test func `a search for the limit ends too`() async throws {
        let tester = try BuiltProgram("likeness-load")
        try await Self.unanswering { environment, asked in
            let search = ["find-limit", "--p99", "20ms", "--duration", "24h", "--settle", "0s"]
            let run = try tester.start(search + Self.query, environment: environment)
            await Self.came(3, asked)
            run.interrupt()
            let ended = await run.ended()
            #expect(ended.status == 130, "\(ended)")
        }
    }

    @Test func `what is asked before a run can be interrupted`() async throws {
        let tester = try BuiltProgram("likeness-load")
        try await Self.unanswering { environment, asked in
            let run = try tester.start(["--mix", "get"], environment: environment)
            await Self.came(1, asked)
            run.interrupt()
            // The signal itself ends it: there is nothing to report yet.
            #expect(await run.ended() == .init(status: SIGINT, output: "", errors: ""))
        }
    }

    @Test func `a second interrupt waits for nothing`() async throws {
        let tester = try BuiltProgram("likeness-load")
        try await Self.unanswering { environment, asked in
            let run = try tester.start(Self.endless, environment: environment)
            await Self.came(1, asked)
            let interrupts = Task {
                try await Patience.until {
                    run.interrupt()
                    return false
                }
            }
            #expect(await run.ended() == .init(status: 130, output: "", errors: ""))
            interrupts.cancel()
        }
    }

    @Test(arguments: [["HealthService/Watch"], ["SearchService/Query", asking]])
    func `a call that is never answered ends`(call arguments: [String]) async throws {
        let likeness = try BuiltProgram("likeness")
        try await Self.unanswering { environment, asked in
            let call = try likeness.start(["call"] + arguments, environment: environment)
            await Self.came(1, asked)
            call.interrupt()
            #expect(await call.ended() == .init(status: 130, output: "", errors: "likeness: interrupted\n"))
        }
    }

    private static func came(_ count: Int, _ asked: AsyncStream<Void>) async {
        var left = count
        for await _ in asked {
            left -= 1
            if left == 0 { return }
        }
    }
}
