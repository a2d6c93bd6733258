import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// External ids and former slugs as callers see them.
@Suite(.freshDatabase) struct ProfileKeysTests {
    private static func crm(_ id: String) -> ProfileKey { ProfileKey(key: .externalId(.init(system: "crm", id: id))) }
    private static func slug(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }

    @Test func `answers say which former slug a key had`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let profiles = fixture.client.profiles
            let ada = Profile(slug: "a", displayName: "Ada", externalIds: [.init(system: "crm", id: "1")])
            _ = try await profiles.createProfile(.init(profile: ada), options: .init())
            let renamed = try await profiles.updateProfile(
                .init(key: Self.slug("a"), profile: .init(slug: "b"), updateMask: .init(paths: ["slug"])),
                options: .init()
            )
            #expect(renamed.redirectedFrom == "" && renamed.profile?.slug == "b")
            let read = try await profiles.getProfile(
                .init(key: Self.slug("a"), readMask: .init(paths: ["display_name"])),
                options: .init()
            )
            #expect(read.redirectedFrom == "a" && read.profile == Profile(displayName: "Ada"))
            let batch = try await profiles.batchGetProfiles(
                .init(keys: [Self.slug("b"), Self.slug("a"), Self.crm("1"), Self.slug("c")]),
                options: .init()
            )
            #expect(batch.results.map(\.redirectedFrom) == ["", "a", "", ""])
            let updated = try await profiles.updateProfile(
                .init(key: Self.slug("a"), profile: .init(headline: "H"), updateMask: .init(paths: ["headline"])),
                options: .init()
            )
            #expect(updated.redirectedFrom == "a")
            let item = Profile(slug: "a", displayName: "Ada", headline: "I")
            let upserted = try await profiles.batchUpsertProfiles(.init(profiles: [item]), options: .init())
            guard case .upserted(let outcome)? = upserted.results[0].result else {
                Issue.record("\(upserted)")
                return
            }
            #expect(outcome.redirectedFrom == "a" && outcome.slug == "b" && outcome.outcome == .updated)
            let deleted = try await profiles.deleteProfile(.init(key: Self.slug("a")), options: .init())
            #expect(deleted.redirectedFrom == "a" && deleted.profile?.slug == "b")
            let restored = try await profiles.restoreProfile(.init(key: Self.crm("1")), options: .init())
            #expect(restored.redirectedFrom == "" && restored.profile?.slug == "b")
        }
    }

    @Test func `what is wrong with a key or a pair is named`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let profiles = fixture.client.profiles
            func create(_ ids: ExternalId...) async -> LikenessError? {
                let profile = Profile(displayName: "Ada", externalIds: ids)
                return await ServiceFixture.failure {
                    try await profiles.createProfile(.init(profile: profile), options: .init())
                }
            }
            #expect(await create(.init(system: "crm", id: "1")) == nil)
            let taken = await create(.init(system: "hr", id: "1"), .init(system: "crm", id: "1"))
            #expect(taken?.code == .alreadyExists && taken?.reason == "ALREADY_EXISTS")
            #expect(taken?.violations.first?.field == "external_ids[1]")
            for (pair, field) in [
                (ExternalId(system: "CRM", id: "1"), "profile.external_ids[0].system"),
                (ExternalId(system: "crm"), "profile.external_ids[0].id"),
                (ExternalId(id: "1"), "profile.external_ids[0].system"),
                (ExternalId(system: "crm", id: String(repeating: "x", count: 501)), "profile.external_ids[0].id"),
            ] {
                let error = await create(pair)
                #expect(error?.code == .invalidArgument && error?.violations.first?.field == field, "\(pair)")
            }
            let many = await ServiceFixture.failure {
                let ids = (0..<51).map { ExternalId(system: "x", id: "\($0)") }
                let profile = Profile(displayName: "Ada", externalIds: ids)
                return try await profiles.createProfile(.init(profile: profile), options: .init())
            }
            #expect(many?.violations.first?.field == "profile.external_ids")
            for key in [Self.crm(""), ProfileKey(key: .externalId(.init()))] {
                let error = await ServiceFixture.failure {
                    try await profiles.getProfile(.init(key: key), options: .init())
                }
                #expect(error?.code == .invalidArgument && error?.violations.first?.field.hasPrefix("key") == true)
            }
            let none = await ServiceFixture.failure {
                try await profiles.getProfile(.init(key: Self.crm("2")), options: .init())
            }
            #expect(none?.code == .notFound && none?.message.contains("crm:2") == true)
        }
    }

    @Test func `a write that is only checked has its errors and its answer, and writes nothing`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let profiles = fixture.client.profiles
            func create(_ slug: String, validateOnly: Bool) async throws -> CreateProfileResponse {
                let profile = Profile(slug: slug, displayName: "Ada", externalIds: [.init(system: "crm", id: "1")])
                let request = CreateProfileRequest(profile: profile, validateOnly: validateOnly, waitFor: .embedded)
                return try await profiles.createProfile(request, options: .init())
            }
            for _ in 0..<2 {
                let checked = try await create("a", validateOnly: true)
                #expect(checked.profile?.slug == "a" && checked.profile?.revision == 1)
                #expect(checked.consistencyToken.isEmpty && !checked.isEmbedded)
            }
            _ = try await create("a", validateOnly: false)
            let taken = await ServiceFixture.failure { try await create("b", validateOnly: true) }
            #expect(taken?.violations.first?.field == "external_ids[0]")
            func update(_ revision: Int64, validateOnly: Bool) async throws -> UpdateProfileResponse {
                let request = UpdateProfileRequest(
                    key: Self.slug("a"),
                    profile: .init(headline: "H"),
                    updateMask: .init(paths: ["headline"]),
                    ifRevision: revision,
                    validateOnly: validateOnly
                )
                return try await profiles.updateProfile(request, options: .init())
            }
            for _ in 0..<2 { #expect(try await update(1, validateOnly: true).profile?.revision == 2) }
            #expect(try await update(1, validateOnly: false).profile?.revision == 2)
            let late = await ServiceFixture.failure { try await update(1, validateOnly: true) }
            #expect(late?.code == .aborted)
            #expect(try await fixture.client.profiles.listProfiles(.init(), options: .init()).profiles.count == 1)
        }
    }

    @Test func `examples of a search are named by any key`() async throws {
        try await ServiceFixture.run(embeds: false, embedders: .init([WordEmbedder()])) { fixture in
            let profiles = fixture.client.profiles
            for (slug, summary) in [("a", "red apples"), ("x", "green apples"), ("y", "blue boats")] {
                let id = ExternalId(system: "crm", id: slug)
                let profile = Profile(slug: slug, displayName: slug, summary: summary, externalIds: [id])
                _ = try await profiles.createProfile(.init(profile: profile, waitFor: .embedded), options: .init())
            }
            _ = try await profiles.updateProfile(
                .init(key: Self.slug("a"), profile: .init(slug: "b"), updateMask: .init(paths: ["slug"])),
                options: .init()
            )
            var expected: [Hit]?
            for key in [Self.slug("b"), Self.slug("a"), Self.crm("a")] {
                let request = QueryRequest(query: .init(ask: .examples(.init(positive: [key]))), limit: 2)
                let hits = try await fixture.client.search.query(request, options: .init()).hits
                #expect(hits.first?.profile?.slug == "x")
                #expect(hits == expected ?? hits)
                expected = hits
            }
        }
    }
}
