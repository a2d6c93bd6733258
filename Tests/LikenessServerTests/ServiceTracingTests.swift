import InMemoryTracing
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing
import Tracing

/// A whole service and its client in a process that has a tracer.
@Suite(.freshDatabase) struct ServiceTracingTests {
    @Test func `each call that is let in has a span on both sides`() async throws {
        let tracer = InMemoryTracer()
        try await withTracer(tracer) {
            try await ServiceFixture.run(embeds: false) { fixture in
                let created = Profile(slug: "ada", displayName: "Ada Lovelace")
                _ = try await fixture.client.profiles.createProfile(.init(profile: created), options: .init())
                let missing = GetProfileRequest(key: .init(key: .slug("nobody")))
                let error = await ServiceFixture.failure {
                    try await fixture.client.profiles.getProfile(missing, options: .init())
                }
                #expect(error?.code == .notFound)
                let stranger = try ServiceFixture.client(
                    fixture.authority,
                    port: fixture.port,
                    name: "URI:spiffe://test/stranger"
                )
                _ = await ServiceFixture.failure { try await stranger.profiles.getProfile(missing, options: .init()) }
                await stranger.close()
            }
        }
        func spans(_ kind: SpanKind) -> [FinishedInMemorySpan] { tracer.finishedSpans.filter { $0.kind == kind } }
        let names = ["likeness.v1.ProfileService/CreateProfile", "likeness.v1.ProfileService/GetProfile"]
        #expect(spans(.server).map(\.operationName) == names)
        // The third was refused before its handler.
        #expect(spans(.client).map(\.operationName) == names + [names[1]])
        #expect(spans(.server).map(\.parentSpanID) == spans(.client).prefix(2).map(\.spanID))
        let codes = spans(.client).map { $0.attributes.get("rpc.response.status_code") }
        #expect(codes == [.string("OK"), .string("NOT_FOUND"), .string("PERMISSION_DENIED")])
        #expect(tracer.activeSpans.isEmpty)
    }
}
