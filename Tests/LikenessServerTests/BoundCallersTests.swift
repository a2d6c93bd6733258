import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRPC
import LikenessTesting
import Testing

@testable import LikenessServer

/// Callers who see profiles through a mask alone.
@Suite(.freshDatabase) struct BoundCallersTests {
    private static let website = "URI:spiffe://test/website"
    private static let reader = "URI:spiffe://test/reader"

    private static let roles = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        reader: [Self.website, Self.reader],
        masks: ["\(Self.website)=public"]
    )

    private static let masks = [
        Mask(
            name: "public",
            configuration: MaskConfiguration(includeTags: ["public"], hiddenFields: ["headline", "tags"])
        ),
        Mask(name: "no-summary", configuration: MaskConfiguration(hiddenFields: ["summary"])),
        Mask(name: "by-tag", configuration: MaskConfiguration(includeTags: ["x"])),
    ]

    private static func store(_ client: LikenessClient) async throws {
        for mask in Self.masks { _ = try await client.admin.createMask(.init(mask: mask), options: .init()) }
        let people = ["ada", "bob"].map {
            Profile(
                slug: $0,
                displayName: $0,
                headline: "headline",
                summary: "summary",
                tags: $0 == "ada" ? ["public"] : ["x"]
            )
        }
        _ = try await client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
    }

    private static func get(
        _ client: LikenessClient,
        _ slug: String,
        mask: String = "",
        token: String? = nil
    ) async throws -> Profile? {
        var options = CallOptions()
        if let token { options.metadata.append(("authorization", "Bearer \(token)")) }
        let request = GetProfileRequest(key: ProfileKey(key: .slug(slug)), mask: mask)
        return try await client.profiles.getProfile(request, options: options).profile
    }

    @Test func `whatever the request says, the mask holds, and another one narrows it`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            try await Self.store(fixture.client)
            let website = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            let ada = try #require(try await Self.get(website, "ada"))
            #expect(ada.headline.isEmpty && ada.tags.isEmpty && ada.summary == "summary" && ada.revision == 0)
            let narrow = try #require(try await Self.get(website, "ada", mask: "no-summary"))
            #expect(narrow.headline.isEmpty && narrow.summary.isEmpty)
            #expect(try await Self.get(website, "ada", mask: "public") == ada)
            let list = try await website.profiles.listProfiles(.init(), options: .init())
            #expect(list.profiles.map(\.slug) == ["ada"] && list.totalSizeEstimate == -1)
            let batch = try await website.profiles.batchGetProfiles(
                .init(keys: ["bob", "ada"].map { ProfileKey(key: .slug($0)) }),
                options: .init()
            )
            #expect(batch.results[1].result == .profile(ada))
            guard case .error(let status)? = batch.results[0].result else {
                Issue.record("bob is shown")
                return
            }
            #expect(status.code == 5)
            // Its rule would tell who has the tag that the first mask hides.
            let telling = await ServiceFixture.failure { try await Self.get(website, "ada", mask: "by-tag") }
            #expect(
                telling?.code == .invalidArgument && telling?.violations.first?.field == "mask",
                "\(String(describing: telling))"
            )
            for request in [
                ListProfilesRequest(filter: "tags:public"), ListProfilesRequest(showDeleted: true),
                ListProfilesRequest(mask: "none"),
            ] {
                let error = await ServiceFixture.failure {
                    try await website.profiles.listProfiles(request, options: .init())
                }
                #expect(error?.code == .invalidArgument, "\(request)")
            }
            // No view shows what was deleted.
            let key = ProfileKey(key: .slug("ada"))
            _ = try await fixture.client.profiles.deleteProfile(.init(key: key), options: .init())
            #expect(await ServiceFixture.failure { try await Self.get(website, "ada") }?.code == .notFound)
            #expect(try await website.profiles.listProfiles(.init(), options: .init()).profiles.isEmpty)
            await website.close()
        }
    }

    /// The same status, message and details, but for the key.
    @Test func `one that is not shown is as one that is not there`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            try await Self.store(fixture.client)
            let website = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            func failure() async -> String {
                let error = await ServiceFixture.failure { try await Self.get(website, "bob") }
                return "\(String(describing: error)) \(error?.details.map(\.value) ?? [])"
            }
            let hidden = await failure()
            let key = ProfileKey(key: .slug("bob"))
            _ = try await fixture.client.profiles.deleteProfile(.init(key: key), options: .init())
            #expect(await failure() == hidden, "deleted")
            try await TestDatabase.current.pool.withConnection {
                try await $0.executeScript("DELETE FROM profiles WHERE slug = 'bob'")
            }
            #expect(await failure() == hidden, "gone")
            #expect(hidden.contains("NOT_FOUND"))
            await website.close()
        }
    }

    @Test func `a mask that is gone shows nothing`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            try await Self.store(fixture.client)
            let website = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            _ = try await fixture.client.admin.deleteMask(.init(name: "public"), options: .init())
            for mask in ["", "no-summary", "public"] {
                let error = await ServiceFixture.failure { try await Self.get(website, "ada", mask: mask) }
                #expect(error?.code == .failedPrecondition && error?.reason == "BOUND_MASK_MISSING")
            }
            _ = try await fixture.client.admin.restoreMask(.init(name: "public"), options: .init())
            #expect(try await Self.get(website, "ada") != nil)
            await website.close()
        }
    }

    @Test func `a token is bound as a certificate is, and both hold`() async throws {
        let (bound, boundLine) = TokenFile.make(role: .reader, name: "a", until: nil, mask: "no-summary")
        let (free, freeLine) = TokenFile.make(role: .admin, name: "b", until: nil)
        try await ServiceFixture.run(
            embeds: false,
            roles: Self.roles,
            change: { configuration, folder in
                configuration.tokenFile = "\(folder)/tokens"
                try Data("\(boundLine)\n\(freeLine)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/tokens"))
            }
        ) { fixture in
            try await Self.store(fixture.client)
            let website = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let byToken = try #require(try await Self.get(reader, "ada", token: bound))
            #expect(byToken.headline == "headline" && byToken.summary.isEmpty && byToken.revision == 0)
            #expect(try await Self.get(reader, "ada")?.summary == "summary", "without the token it is not bound")
            let both = try #require(try await Self.get(website, "ada", token: bound))
            #expect(both.headline.isEmpty && both.summary.isEmpty)
            let withFree = try #require(try await Self.get(website, "ada", token: free))
            #expect(withFree.headline.isEmpty, "an administrator's token does not lift the certificate's mask")
            for client in [website, reader] { await client.close() }
        }
    }

    /// Every method of the contract: what does not look through the mask is refused, whatever it is asked.
    @Test func `no method shows more`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            try await Self.store(fixture.client)
            let website = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            let likeness = try BuiltProgram("likeness")
            try await TestFolders.withPath { folder in
                let file = try fixture.writeClientFile(in: folder, name: Self.website)
                let methods =
                    SearchServiceMethods.all + SavedSearchServiceMethods.all + ProfileServiceMethods.all
                    + AdminServiceMethods.all
                let open = Set(BoundMasks.methods.map(\.fullName))
                for method in methods {
                    let run = try await likeness.run(
                        ["call", method.fullName, "{}"],
                        environment: ["LIKENESS_CONNECT": file]
                    )
                    let isRefused = run.errors.contains("sees profiles through the mask public")
                    // A reader has not the role of some of them, which is said first.
                    let isDenied = isRefused || run.errors.contains("requires the role")
                    #expect(isDenied != open.contains(method.fullName), "\(method.fullName): \(run)")
                    #expect(isRefused == (method.requiredRole == .reader && !open.contains(method.fullName)))
                }
            }
            let health = try await website.admin.getHealth(.init(), options: .init())
            #expect(health.components.isEmpty, "they count what waits")
            await website.close()
        }
    }

    // MARK: Settings

    @Test(arguments: [
        ("URI:spiffe://x/a", "is not NAME=MASK"), ("URI:spiffe://x/a=No", "names no mask"),
        ("URI:spiffe://x/a=", "names no mask"), ("URI:spiffe://x/w=public", "only readers are bound"),
        ("URI:spiffe://x/b=public", "only readers are bound"),
    ]) func `a binding that cannot hold is refused`(binding: String, problem: String) {
        var roles = ServerConfiguration.Roles(writer: ["URI:spiffe://x/w"], reader: ["URI:spiffe://x/a"])
        roles.masks = [binding]
        #expect(BoundMasks.problems(roles).first?.contains(problem) == true, "\(BoundMasks.problems(roles))")
        roles.masks = ["URI:spiffe://x/a=public"]
        #expect(BoundMasks.problems(roles).isEmpty)
    }
}
