import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// Health, reflection and server info of a real service.
@Suite(.freshDatabase) struct StandardServicesTests {
    @Test func `every server says how it is, what it can be asked and what it allows`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            #expect(try await ServiceFixture.isServing(fixture.client))
            let health = HealthServiceClient(caller: fixture.client.caller)
            for service in ["", "likeness.v1.SearchService", "likeness.rpc.v1.HealthService"] {
                #expect(try await health.check(.init(service: service), options: .init()).status == .serving)
            }
            let unknown = await ServiceFixture.failure {
                try await health.check(.init(service: "likeness.v1.NoService"), options: .init())
            }
            #expect(unknown?.code == .notFound)

            let reflection = ReflectionServiceClient(caller: fixture.client.caller)
            let services = try await reflection.listServices(.init(), options: .init()).services
            let listed = services.flatMap { service in service.methods.map { "\(service.name)/\($0)" } }
            #expect(listed.sorted() == Contract.methods.map(\.fullName).sorted())
            let set = try await reflection.getDescriptorSet(.init(), options: .init()).fileDescriptorSet
            #expect(set.count > 10_000)

            let info = try await ServerInfoServiceClient(caller: fixture.client.caller)
                .getServerInfo(.init(), options: .init())
            #expect(info.name == "likenessd" && info.protocol == "likeness/1")
            #expect(info.services == services.map(\.name))
            #expect(info.limits?.frameBytes == 4 << 20)
            #expect((info.uptime?.seconds ?? 0) >= 0 && info.startTime != nil)
        }
    }

    @Test func `who has no role sees the health and nothing else`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = try ServiceFixture.client(fixture.authority, port: fixture.port, name: "DNS:stranger.example")
            let health = HealthServiceClient(caller: client.caller)
            #expect(try await ServiceFixture.isServing(client))
            #expect(try await health.check(.init(), options: .init()).status == .serving)
            let refused = await ServiceFixture.failure {
                try await ReflectionServiceClient(caller: client.caller).listServices(.init(), options: .init())
            }
            #expect(refused?.code == .permissionDenied)
            await client.close()
        }
    }
}
