import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessWire
import NIOCore
import NIOPosix
import Testing

@Suite struct LikenessClientTests {
    /// Runs `body` with a service and a client of it; both are gone afterwards.
    private func withService(
        _ behaviour: @escaping TestService.Behaviour = { _ in "1.2.3" },
        _ body: (LikenessClient, TestService, TestIdentity) async throws -> Void
    ) async throws {
        let identity = try TestIdentity()
        let service = TestService(behaviour)
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

    private func failure(_ body: () async throws -> Void) async -> LikenessError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? LikenessError
        }
    }

    /// A port of the loopback where nobody listens.
    private func deadPort() async throws -> Int {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        try await listener.close()
        return port
    }

    @Test func `calls are answered over one connection, many at once`() async throws {
        try await self.withService { client, service, _ in
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 { group.addTask { try await client.version() } }
                for try await version in group { #expect(version == "1.2.3") }
            }
            #expect(service.callCount == 50)
        }
    }

    @Test func `a service that was killed is found again when it is back`() async throws {
        try await self.withService { client, service, identity in
            #expect(try await client.version() == "1.2.3")
            let port = service.port
            await service.kill()
            let error = await self.failure { _ = try await client.version() }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            try await service.start(identity, port: port)
            var options = LikenessClient.Options(timeout: .seconds(60))
            options.waitForReady = true
            #expect(try await client.version(options) == "1.2.3")
        }
    }

    @Test func `an endpoint that refuses and one that hangs cost nothing while a third one answers`() async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let identity = try TestIdentity()
        let service = TestService()
        try await service.start(identity)
        let client = try LikenessClient(
            configuration: identity.configuration(
                ports: [silent.localAddress?.port ?? 0, await self.deadPort(), service.port])
        )
        // The silent endpoint would take the 60 seconds of connectTimeout.
        for _ in 0..<30 { #expect(try await client.version(.init(timeout: .seconds(30))) == "1.2.3") }
        #expect(service.callCount == 30)
        await client.close(within: .zero)
        await service.kill()
        try await silent.close()
    }

    @Test func `endpoints take turns`() async throws {
        let identity = try TestIdentity()
        let services = [TestService(), TestService(), TestService()]
        for service in services { try await service.start(identity) }
        let client = try LikenessClient(configuration: identity.configuration(ports: services.map(\.port)))
        // Connections are made while calls already run, so each endpoint is first waited for.
        while services.contains(where: { $0.callCount == 0 }) { _ = try await client.version() }
        let before = services.map(\.callCount)
        for _ in 0..<30 { _ = try await client.version() }
        #expect(zip(services, before).map { $0.callCount - $1 } == [10, 10, 10])
        await client.close()
        for service in services { await service.kill() }
    }

    @Test func `what is idempotent is repeated`() async throws {
        try await self.withService({ number in
            if number < 3 { throw RPCError(.unavailable, reason: "TRY_AGAIN", "not now") }
            return "at last"
        }) { client, service, _ in
            let version = try await client.version()
            #expect(version == "at last")
            #expect(service.callCount == 3)
        }
    }

    @Test func `what is not idempotent is not repeated`() async throws {
        try await self.withService({ _ in throw RPCError(.unavailable, reason: "TRY_AGAIN", "not now") }) {
            client,
            service,
            _ in
            let error = await self.failure { _ = try await client.admin.reindex(ReindexRequest(), options: .init()) }
            #expect(error?.code == .unavailable)
            #expect(error?.reason == "TRY_AGAIN")
            #expect(service.callCount == 1)
        }
    }

    @Test func `a service in trouble is not asked more than a tenth more`() async throws {
        try await self.withService({ _ in throw RPCError(.unavailable, reason: "TRY_AGAIN", "not now") }) {
            client,
            service,
            _ in
            for _ in 0..<100 { _ = await self.failure { _ = try await client.version() } }
            #expect((100...110).contains(service.callCount))
        }
    }

    @Test func `details reach the caller`() async throws {
        try await self.withService({ _ in
            var error = RPCError(
                .resourceExhausted,
                reason: "POOL_EXHAUSTED",
                "busy",
                RPCBadRequest(fieldViolations: [.init(field: "lists", description: "is too many", ruleId: "int32.lte")])
            )
            let retry = RPCRetryInfo(retryDelay: .init(seconds: 1, nanos: 500_000_000))
            error.details.append(try .init(retry))
            throw error
        }) { client, _, _ in
            let error = await self.failure { _ = try await client.admin.reindex(ReindexRequest(), options: .init()) }
            #expect(error?.description == "RESOURCE_EXHAUSTED: busy")
            #expect(error?.reason == "POOL_EXHAUSTED")
            #expect(error?.violations == [.init(field: "lists", ruleID: "int32.lte", message: "is too many")])
            #expect(error?.retryDelay == .milliseconds(1_500))
        }
    }

    @Test func `a call ends at its deadline`() async throws {
        try await self.withService({ _ in try await hangUntilCancelled() }) { client, _, _ in
            let error = await self.failure { _ = try await client.version(.init(timeout: .milliseconds(50))) }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test func `a cancelled task ends its call`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        try await self.withService({ _ in
            start.yield()
            return try await hangUntilCancelled()
        }) { client, _, _ in
            let call = Task { try await client.version(.init(timeout: .seconds(60))) }
            for await _ in started { break }
            call.cancel()
            let error = await self.failure { _ = try await call.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func `waiting for a service that never comes ends at the deadline, with the reason`() async throws {
        let identity = try TestIdentity()
        let client = try LikenessClient(configuration: identity.configuration(ports: [await self.deadPort()]))
        // What is known of it when the wait begins, however long a busy machine takes to try.
        let first = await self.failure { _ = try await client.version() }
        #expect(first?.code == .unavailable)
        #expect(first?.reason == "CLIENT_UNREACHABLE")
        var options = LikenessClient.Options(timeout: .seconds(5))
        options.waitForReady = true
        let error = await self.failure { _ = try await client.version(options) }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.message.contains("127.0.0.1") == true)
        #expect(error?.nothingWasDone == true)
        await client.close()
    }

    @Test func `closing lets calls finish and refuses later ones`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        try await self.withService({ _ in
            start.yield()
            for await _ in gate { break }
            return "finished"
        }) { client, _, _ in
            async let version = client.version(.init(timeout: .seconds(60)))
            for await _ in started { break }
            async let closing: Void = client.close(within: .seconds(60))
            // Refused as soon as the closing has begun.
            while await self.failure({ _ = try await client.version(.init(timeout: .milliseconds(1))) })?.message
                != "the client is closed"
            {}
            open.yield()
            let answer = try await version
            #expect(answer == "finished")
            await closing
        }
    }

    @Test func `closing does not wait for a call that hangs`() async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        try await self.withService({ _ in
            start.yield()
            return try await hangUntilCancelled()
        }) { client, _, _ in
            let call = Task { try await client.version(.init(timeout: .seconds(600))) }
            for await _ in started { break }
            await client.close(within: .milliseconds(50))
            let error = await self.failure { _ = try await call.value }
            #expect(error?.code == .unavailable || error?.code == .cancelled)
        }
    }

    @Test(arguments: [
        ("other CA", "; issued by CN = test CA)"),
        ("test CA", "another one of the same name (CN = test CA)"),
    ])
    func `a service of another CA is refused, and the CA is named`(trusted: String, message: String) async throws {
        let identity = try TestIdentity()
        let service = TestService()
        try await service.start(identity)
        var configuration = try identity.configuration(ports: [service.port])
        configuration.authorityPEM = try TestIdentity(name: trusted).authority.certificatePEM
        configuration.connectTimeout = .seconds(60)
        let client = try LikenessClient(configuration: configuration)
        let error = await self.failure { _ = try await client.version(.init(timeout: .seconds(60))) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        await client.close()
        await service.kill()
    }

    @Test func `a client that shows no certificate learns that one is demanded`() async throws {
        try await self.withService { _, service, identity in
            var configuration = try identity.configuration(ports: [service.port])
            (configuration.certificatePEM, configuration.privateKeyPEM) = ("", "")
            let client = try LikenessClient(configuration: configuration)
            let error = await self.failure { _ = try await client.version() }
            #expect(error?.message.contains("demands a client certificate") == true, "\(String(describing: error))")
            await client.close()
        }
    }
}
