import LikenessMessages
import LikenessRPC
import LikenessWire
import Synchronization
import Testing

@testable import LikenessClient

/// What a caller says about a call, against a real server and with time in the test's hands.
@Suite struct CallOptionsTests {
    private func withService(
        _ behaviour: @escaping TestService.Behaviour = { _ in "1.2.3" },
        change: (inout ClientConfiguration) -> Void = { _ in },
        _ body: (LikenessClient, TestService, ManualClock) async throws -> Void
    ) async throws {
        let identity = try TestIdentity()
        let service = TestService(behaviour)
        try await service.start(identity)
        var configuration = try identity.configuration(ports: [service.port])
        change(&configuration)
        let clock = ManualClock()
        let client = try LikenessClient(configuration: configuration, clock: clock.clock, resolver: .system)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(client, service, clock))
        } catch {
            result = .failure(error)
        }
        await client.close(within: .zero)
        await service.kill()
        try result.get()
    }

    private let patient = LikenessClient.Options(timeout: .seconds(600))

    @Test func `a wish of 700 ms is 700 ms`() async throws {
        try await self.withService({ number in
            guard number == 1 else { return "later" }
            var error = RPCError(.resourceExhausted, "busy")
            error.details.append(try .init(RPCRetryInfo(retryDelay: .init(seconds: 0, nanos: 700_000_000))))
            throw error
        }) { client, service, clock in
            async let version = client.version(self.patient)
            #expect(await clock.sleeper { $0 < .seconds(500) } == .milliseconds(700))
            clock.advance(by: .nanoseconds(699_999_999))
            #expect(clock.waits.first == .nanoseconds(1))
            #expect(service.callCount == 1)
            clock.advance(by: .nanoseconds(1))
            let answer = try await version
            #expect(answer == "later")
            #expect(service.callCount == 2)
        }
    }

    @Test func `retries wait longer and longer, a fifth more or less`() async throws {
        try await self.withService(
            { _ in throw RPCError(.unavailable, "not now") },
            change: { $0.attemptsMax = 4 }
        ) { client, service, clock in
            let call = Task { try await client.version(self.patient) }
            for expected in [50.0, 100, 200] {
                let wait = await clock.sleeper { $0 < .seconds(500) } / .milliseconds(1)
                #expect(wait >= expected * 0.8 && wait <= expected * 1.2)
                clock.advance(by: .seconds(1))
            }
            await #expect(throws: LikenessError.self) { _ = try await call.value }
            #expect(service.callCount == 4)
        }
    }

    @Test func `one attempt is one attempt`() async throws {
        try await self.withService({ _ in throw RPCError(.unavailable, "not now") }) { client, service, _ in
            var options = self.patient
            options.attemptsMax = 1
            await #expect(throws: LikenessError.self) { _ = try await client.version(options) }
            #expect(service.callCount == 1)
        }
    }

    @Test func `a wait between attempts ends with the task`() async throws {
        try await self.withService({ _ in throw RPCError(.unavailable, "not now") }) { client, _, clock in
            let call = Task { try await client.version(self.patient) }
            _ = await clock.sleeper { $0 < .seconds(500) }
            call.cancel()
            let error = await #expect(throws: LikenessError.self) { _ = try await call.value }
            #expect(error?.code == .cancelled)
            #expect(clock.waits.filter { $0 < .seconds(500) }.isEmpty)
        }
    }

    @Test func `a slow first attempt is overtaken, and cancelled`() async throws {
        let (cancelled, cancel) = AsyncStream.makeStream(of: Void.self)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        try await self.withService({ number in
            guard number == 1 else { return "second" }
            start.yield()
            defer { cancel.yield() }
            return try await hangUntilCancelled()
        }) { client, service, clock in
            var options = self.patient
            options.hedging = .init(delay: .milliseconds(80))
            async let version = client.version(options)
            for await _ in started { break }
            #expect(await clock.sleeper { $0 < .seconds(500) } == .milliseconds(80))
            clock.advance(by: .milliseconds(80))
            let answer = try await version
            #expect(answer == "second")
            for await _ in cancelled { break }
            #expect(service.callCount == 2)
        }
    }

    @Test func `a call that changes something is not hedged`() async throws {
        try await self.withService { client, service, clock in
            var options = self.patient
            options.hedging = .init(delay: .zero)
            _ = try await client.admin.reindex(ReindexRequest(), options: options)
            #expect(service.callCount == 1)
        }
    }

    @Test func `a service in trouble is hedged no more than a tenth more`() async throws {
        try await self.withService({ _ in throw RPCError(.unavailable, "not now") }) { client, service, _ in
            var options = self.patient
            options.hedging = .init(delay: .seconds(60), attemptsMax: 5)
            for _ in 0..<100 { _ = try? await client.version(options) }
            #expect((100...110).contains(service.callCount))
        }
    }

    @Test func `metadata, priority and token travel with the call`() async throws {
        let tokens = LineCollector()
        let renewed = BearerToken {
            tokens.add("asked")
            return "secret-\(tokens.all.count)"
        }
        try await self.withService(change: { $0.interceptors = [renewed] }) { client, service, _ in
            var options = self.patient
            options.metadata = [(key: "x-team", value: "search")]
            options.priority = .batch
            for number in 1...2 {
                _ = try await client.version(options)
                #expect(service.metadata["x-team"] == "search")
                #expect(service.metadata["likeness-priority"] == "batch")
                #expect(service.metadata["authorization"] == "Bearer secret-\(number)")
            }
            _ = try await client.version(self.patient)
            #expect(service.metadata["likeness-priority"] == nil)
            options.metadata = [(key: "authorization", value: "Bearer secret-own")]
            _ = try await client.version(options)
            #expect(service.metadata.entries.filter { $0.key == "authorization" }.count == 1)
            #expect(service.metadata["authorization"] == "Bearer secret-own")
        }
    }

    private final class Journal: ClientInterceptor {
        private let name: String
        private let lines: LineCollector

        init(_ name: String, _ lines: LineCollector) {
            self.name = name
            self.lines = lines
        }

        func intercept<Result: Sendable>(
            _ call: CallContext,
            _ next: (CallContext) async throws -> Result
        ) async throws -> Result {
            self.lines.add("\(self.name) before \(call.method.name)")
            do {
                let result = try await next(call)
                self.lines.add("\(self.name) after")
                return result
            } catch {
                self.lines.add("\(self.name) failed \((error as? LikenessError)?.code.description ?? "\(error)")")
                throw error
            }
        }
    }

    private final class LineCollector: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { self.lines.withLock(\.self) }
        func add(_ line: String) { self.lines.withLock { $0.append(line) } }
    }

    @Test func `interceptors wrap a call, the first outermost, and see how it ends`() async throws {
        let lines = LineCollector()
        try await self.withService(
            { number in number == 1 ? "1.2.3" : try { throw RPCError(.notFound, "none") }() },
            change: { $0.interceptors = [Journal("a", lines), Journal("b", lines)] }
        ) { client, _, _ in
            _ = try await client.version(self.patient)
            _ = try? await client.version(self.patient)
            #expect(
                lines.all == [
                    "a before GetVersion", "b before GetVersion", "b after", "a after", "a before GetVersion",
                    "b before GetVersion", "b failed NOT_FOUND", "a failed NOT_FOUND",
                ]
            )
        }
    }
}
