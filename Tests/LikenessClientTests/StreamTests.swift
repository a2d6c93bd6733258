import LikenessMessages
import LikenessRPC
import LikenessWire
import Synchronization
import Testing

@testable import LikenessClient

/// Calls with streams through the pool.
@Suite struct StreamTests {
    private func withService(
        _ behaviour: @escaping TestService.Behaviour = { _ in "" },
        streamsMax: UInt32? = nil,
        _ body: (LikenessClient, TestService, TestIdentity) async throws -> Void
    ) async throws {
        let identity = try TestIdentity()
        let service = TestService(streamsMax: streamsMax, behaviour)
        try await service.start(identity)
        let client = try LikenessClient(configuration: identity.configuration(ports: [service.port]))
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(client, service, identity))
        } catch {
            result = .failure(error)
        }
        await client.close(within: .zero)
        await service.kill()
        try result.get()
    }

    private func pages(_ count: Int32) -> QueryStreamRequest {
        QueryStreamRequest(query: QueryRequest(query: .init(ask: .text(.init(text: "all"))), limit: count))
    }

    private let patient = LikenessClient.Options(timeout: .seconds(600))

    @Test func `pages arrive in order, and many streams share few places`() async throws {
        try await self.withService(streamsMax: 2) { client, service, _ in
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await client.search.queryStream(self.pages(30), options: self.patient) { pages in
                            var counts: [Int] = []
                            while let page = try await pages.next() { counts.append(page.hits.count) }
                            return counts
                        }
                    }
                }
                for try await counts in group { #expect(counts == Array(0..<30)) }
            }
            #expect(service.callCount == 20)
        }
    }

    @Test func `a stream that has begun is not repeated, and its error is the client's`() async throws {
        try await self.withService({ _ in throw RPCError(.unavailable, reason: "TRY_AGAIN", "not now") }) {
            client,
            service,
            _ in
            let error = await #expect(throws: LikenessError.self) {
                try await client.search.queryStream(self.pages(1), options: self.patient) { pages in
                    do {
                        while try await pages.next() != nil {}
                    } catch {
                        if !(error is LikenessError) { Issue.record("inside the closure: \(error)") }
                        throw error
                    }
                }
            }
            #expect(error?.code == .unavailable)
            #expect(error?.reason == "TRY_AGAIN")
            #expect(service.callCount == 1)
        }
    }

    private struct OwnError: Error {}

    @Test func `what the caller's closure throws stays what it is`() async throws {
        try await self.withService { client, _, _ in
            await #expect(throws: OwnError.self) {
                try await client.search.queryStream(self.pages(5), options: self.patient) { pages in
                    _ = try await pages.next()
                    throw OwnError()
                }
            }
            // The place of the abandoned stream is free again.
            let version = try await client.version(self.patient)
            #expect(version == "")
        }
    }

    @Test func `streams survive the restarts of their server between them`() async throws {
        try await self.withService { client, service, identity in
            for _ in 0..<5 {
                let count = try await client.search.queryStream(self.pages(3), options: self.patient) { pages in
                    var count = 0
                    while try await pages.next() != nil { count += 1 }
                    return count
                }
                #expect(count == 3)
                let port = service.port
                await service.stop(within: .seconds(60))
                try await service.start(identity, port: port)
                var options = self.patient
                options.waitForReady = true
                _ = try await client.version(options)
            }
        }
    }
}
