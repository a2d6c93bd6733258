import LikenessClient
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

@Suite(.freshDatabase) struct SelectMaskTests {
    private static let reader = "URI:spiffe://test/reader"
    private static let bound = "URI:spiffe://test/bound"

    private static func run(
        _ body: (_ admin: LikenessClient, _ reader: LikenessClient, _ bound: LikenessClient) async throws -> Void
    ) async throws {
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.reader, Self.bound],
            masks: ["\(Self.bound)=no-tags"]
        )
        try await ServiceFixture.run(embeds: false, roles: roles) { fixture in
            for (name, configuration) in [
                ("both", MaskConfiguration(includeTags: ["x", "y"])), ("one", MaskConfiguration(includeTags: ["x"])),
                ("others", MaskConfiguration(excludeTags: ["x"])), ("plain", MaskConfiguration()),
                ("gone", MaskConfiguration(includeTags: ["x"])), ("no-tags", MaskConfiguration(hiddenFields: ["tags"])),
            ] {
                let mask = Mask(name: name, description: "about \(name)", configuration: configuration)
                _ = try await fixture.client.admin.createMask(.init(mask: mask), options: .init())
            }
            _ = try await fixture.client.admin.deleteMask(.init(name: "gone"), options: .init())
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.bound)
            try await body(fixture.client, reader, bound)
            await reader.close()
            await bound.close()
        }
    }

    private static func selected(
        _ client: LikenessClient,
        _ tags: [String],
        limit: Int32 = 0
    ) async throws -> SelectMaskResponse {
        try await client.admin.selectMask(.init(tags: tags, limit: limit), options: .init())
    }

    @Test func `masks fit that show profiles with the tags, the most specific first`() async throws {
        try await Self.run { _, reader, _ in
            let both = try await Self.selected(reader, ["y", "x"])
            #expect(both.proposals.map(\.name) == ["both", "one", "no-tags", "plain"])
            #expect(both.proposals.map(\.includedTags) == [["y", "x"], ["x"], [], []])
            #expect(both.proposals.first?.description == "about both" && !both.hasMore)
            #expect(try await Self.selected(reader, ["z"]).proposals.map(\.name) == ["no-tags", "others", "plain"])
            #expect(
                try await Self.selected(reader, []).proposals.map(\.name)
                    == ["both", "no-tags", "one", "others", "plain"]
            )
            let first = try await Self.selected(reader, ["x"], limit: 2)
            #expect(first.proposals.map(\.name) == ["both", "one"] && first.hasMore)
        }
    }

    @Test func `a bound caller gets those that it can name`() async throws {
        try await Self.run { admin, _, bound in
            // Those that look at tags, which its own mask hides, cannot be followed beside it.
            let names = try await Self.selected(bound, ["x"]).proposals.map(\.name)
            #expect(names == ["no-tags", "plain"])
            for name in ["both", "no-tags", "one", "others", "plain"] {
                let error = await ServiceFixture.failure {
                    try await bound.profiles.listProfiles(.init(mask: name), options: .init())
                }
                #expect((error == nil) == names.contains(name), "\(name) \(String(describing: error))")
            }
            _ = try await admin.admin.deleteMask(.init(name: "no-tags"), options: .init())
            let error = await ServiceFixture.failure { try await Self.selected(bound, []) }
            #expect(error?.reason == "BOUND_MASK_MISSING")
        }
    }

    @Test func `wrong requests are refused by their fields`() async throws {
        try await Self.run { _, reader, _ in
            for (tags, limit, field) in [
                ([" "], Int32(1), "tags[0]"), (["x"], 101, "limit"), (Array(repeating: "x", count: 101), 1, "tags"),
            ] {
                let error = await ServiceFixture.failure { try await Self.selected(reader, tags, limit: limit) }
                #expect(error?.code == .invalidArgument && error?.violations.map(\.field) == [field])
            }
        }
    }
}
