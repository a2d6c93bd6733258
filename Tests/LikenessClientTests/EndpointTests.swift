import LikenessMessages
import LikenessRPC
import LikenessWire
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import LikenessClient

/// Several endpoints, of which not all are well.
@Suite struct EndpointTests {
    private func client(
        _ configuration: ClientConfiguration,
        clock: ClientClock = .continuous,
        resolver: HostResolver = .system
    ) throws -> LikenessClient {
        try LikenessClient(configuration: configuration, clock: clock, resolver: resolver)
    }

    /// Calls from many tasks until told to stop.
    ///
    /// - Returns: How many calls were answered, and what the others failed with.
    private func callUntil(
        _ isOver: Flag,
        _ client: LikenessClient,
        tasks: Int
    ) async -> (answered: Int, failures: [any Error]) {
        await withTaskGroup(of: (Int, [any Error]).self) { group in
            for _ in 0..<tasks {
                group.addTask {
                    var (answered, failures) = (0, [any Error]())
                    while !isOver.isUp {
                        do {
                            _ = try await client.version(.init(timeout: .seconds(60)))
                            answered += 1
                        } catch {
                            failures.append(error)
                        }
                    }
                    return (answered, failures)
                }
            }
            return await group.reduce(into: (0, [])) {
                $0.0 += $1.0
                $0.1 += $1.1
            }
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isUp: Bool { self.value.load(ordering: .relaxed) }
        func raise() { self.value.store(true, ordering: .relaxed) }
    }

    /// A name service in the test's hands.
    private final class Names: Sendable {
        private let state: Mutex<(addresses: [String], questionCount: Int)>

        init(_ addresses: [String]) { self.state = Mutex((addresses, 0)) }

        var questionCount: Int { self.state.withLock(\.questionCount) }
        func change(to addresses: [String]) { self.state.withLock { $0.addresses = addresses } }

        var resolver: HostResolver {
            HostResolver { _ throws(HostResolverError) in
                self.state.withLock { state in
                    state.questionCount += 1
                    return state.addresses
                }
            }
        }
    }

    @Test(arguments: [Balancing.roundRobin, .leastLoaded])
    func `an endpoint killed while it works on calls costs none of them`(balancing: Balancing) async throws {
        let identity = try TestIdentity()
        let services = [TestService(), TestService(), TestService()]
        for service in services { try await service.start(identity) }
        var configuration = try identity.configuration(ports: services.map(\.port))
        configuration.balancing = balancing
        let client = try self.client(configuration)
        let flag = Flag()
        async let result = self.callUntil(flag, client, tasks: 32)
        while services.contains(where: { $0.callCount < 100 }) { await Task.yield() }
        let port = services[0].port
        await services[0].kill()
        let before = services[0].callCount
        let others = services[1].callCount
        while services[1].callCount < others + 500 { await Task.yield() }
        try await services[0].start(identity, port: port)
        while services[0].callCount < before + 100 { await Task.yield() }
        flag.raise()
        let (answered, failures) = await result
        #expect(failures.isEmpty, "\(failures.count) of \(answered): \(String(describing: failures.first))")
        await client.close(within: .zero)
        for service in services { await service.kill() }
    }

    @Test func `a rolling restart of two servers costs no call`() async throws {
        let identity = try TestIdentity()
        let services = [TestService(), TestService()]
        for service in services { try await service.start(identity) }
        let client = try self.client(try identity.configuration(ports: services.map(\.port)))
        let flag = Flag()
        async let result = self.callUntil(flag, client, tasks: 16)
        for _ in 0..<2 {
            for service in services {
                let before = service.callCount
                while service.callCount < before + 200 { await Task.yield() }
                let port = service.port
                await service.stop(within: .seconds(60))
                try await service.start(identity, port: port)
            }
        }
        flag.raise()
        let (answered, failures) = await result
        #expect(answered >= 800)
        #expect(failures.isEmpty, "\(failures.count) of \(answered): \(String(describing: failures.first))")
        await client.close(within: .zero)
        for service in services { await service.kill() }
    }

    @Test func `a failed call goes to another endpoint`() async throws {
        let identity = try TestIdentity()
        let flag = Flag()
        let bad = TestService { _ in
            if flag.isUp { throw RPCError(.unavailable, reason: "TRY_AGAIN", "not now") }
            return "1.2.3"
        }
        let good = TestService()
        for service in [bad, good] { try await service.start(identity) }
        let client = try self.client(try identity.configuration(ports: [bad.port, good.port]))
        while bad.callCount < 1 || good.callCount < 1 { _ = try await client.version() }
        flag.raise()
        let (badBefore, goodBefore) = (bad.callCount, good.callCount)
        for _ in 0..<4 { #expect(try await client.version() == "1.2.3") }
        #expect(good.callCount == goodBefore + 4)
        #expect((1...4).contains(bad.callCount - badBefore))
        await client.close()
        for service in [bad, good] { await service.kill() }
    }

    /// A daemon whose database is down is such an endpoint.
    @Test func `one of three that answers UNAVAILABLE costs no idempotent call`() async throws {
        let identity = try TestIdentity()
        let flag = Flag()
        let bad = TestService { _ in
            guard flag.isUp else { return "1.2.3" }
            let wait = ProtobufDuration(seconds: 30, nanos: 0)
            throw RPCError(.unavailable, reason: "TRY_AGAIN", "not now", RPCRetryInfo(retryDelay: wait))
        }
        let services = [TestService(), bad, TestService()]
        for service in services { try await service.start(identity) }
        let client = try self.client(try identity.configuration(ports: services.map(\.port)))
        // Until all are connected there may be nobody else to ask.
        while services.contains(where: { $0.callCount == 0 }) { _ = try await client.version() }
        let (badBefore, goodBefore) = (bad.callCount, services[0].callCount + services[2].callCount)
        flag.raise()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<100 {
                        await #expect(throws: Never.self) { try await client.version(.init(timeout: .seconds(60))) }
                    }
                }
            }
        }
        // At once up to eight, before the first has failed; then one in ten seconds.
        #expect((1...40).contains(bad.callCount - badBefore))
        #expect(services[0].callCount + services[2].callCount - goodBefore == 800)
        await client.close(within: .zero)
        for service in services { await service.kill() }
    }

    @Test func `more calls than a connection takes wait for a place`() async throws {
        let identity = try TestIdentity()
        let service = TestService(streamsMax: 4)
        try await service.start(identity)
        let client = try self.client(try identity.configuration(ports: [service.port]))
        try await withThrowingTaskGroup { group in
            for _ in 0..<200 { group.addTask { try await client.version(.init(timeout: .seconds(60))) } }
            for try await version in group { #expect(version == "1.2.3") }
        }
        #expect(service.callCount == 200)
        #expect(client.caller.pool.pendingCallCount == 0)
        await client.close()
        await service.kill()
    }

    @Test func `no more calls wait than configured, and a cancelled one makes room`() async throws {
        let identity = try TestIdentity()
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        var configuration = try identity.configuration(ports: [silent.localAddress?.port ?? 0])
        configuration.pendingCallsMax = 2
        let client = try self.client(configuration)
        let waiting = (0..<2).map { _ in Task { try await client.version(.init(timeout: .seconds(600))) } }
        while client.caller.pool.pendingCallCount < 2 { await Task.yield() }
        let error = await #expect(throws: LikenessError.self) { _ = try await client.version() }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.reason == "CLIENT_QUEUE_FULL")
        #expect(error?.nothingWasDone == true)
        for call in waiting {
            call.cancel()
            let error = await #expect(throws: LikenessError.self) { _ = try await call.value }
            #expect(error?.code == .cancelled)
        }
        #expect(client.caller.pool.pendingCallCount == 0)
        await client.close(within: .zero)
        try await silent.close()
    }

    @Test func `an address that is gone gets no more calls, but keeps those it has`() async throws {
        let identity = try TestIdentity()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let old = TestService { number in
            if number == 1 {
                start.yield()
                for await _ in gate { break }
            }
            return "old"
        }
        let new = TestService(host: "127.0.0.2") { _ in "new" }
        try await old.start(identity)
        try await new.start(identity, port: old.port)
        let names = Names(["127.0.0.1"])
        var configuration = try identity.configuration(ports: [1])
        configuration.endpoints = [.init(host: "localhost", port: old.port)]
        let clock = ManualClock()
        let client = try self.client(configuration, clock: clock.clock, resolver: names.resolver)
        let options = LikenessClient.Options(timeout: .seconds(600))
        async let first = client.version(options)
        for await _ in started { break }
        #expect(try await client.version(options) == "old")
        names.change(to: ["127.0.0.2"])
        #expect(try await client.version(options) == "old")
        #expect(names.questionCount == 1)
        clock.advance(by: .seconds(15))
        while try await client.version(options) != "new" {}
        #expect(names.questionCount == 2)
        for _ in 0..<20 { #expect(try await client.version(options) == "new") }
        open.yield()
        let answered = try await first
        #expect(answered == "old")
        await client.close(within: .zero)
        for service in [old, new] { await service.kill() }
    }

    @Test func `a name without an address says why`() async throws {
        let resolver = HostResolver { _ throws(HostResolverError) in
            throw HostResolverError(reason: "Name or service not known")
        }
        var configuration = try TestIdentity().configuration(ports: [1])
        configuration.endpoints = [.init(host: "nowhere.invalid", port: 1)]
        let client = try self.client(configuration, resolver: resolver)
        let error = await #expect(throws: LikenessError.self) { _ = try await client.version() }
        #expect(error?.description == "UNAVAILABLE: nowhere.invalid: Name or service not known")
        await client.close()
    }
}
