import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// A slug that was changed goes on naming its profile.
@Suite(.freshDatabase) struct FormerSlugTests {
    private static func rename(_ fixture: RepositoryFixture, _ from: String, _ to: String) async throws {
        _ = try await fixture.profiles.update(.slug(from), with: Profile(slug: to), updateMask: ["slug"])
    }

    private static func create(
        _ fixture: RepositoryFixture,
        _ slug: String,
        tags: [String] = []
    ) async throws -> String {
        let profile = Profile(slug: slug, displayName: "Ada", summary: slug, tags: tags)
        return try await fixture.profiles.create(profile).value.id
    }

    @Test func `every call finds the profile by any of its slugs, and says so where it writes`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            let id = try await Self.create(fixture, "a")
            try await Self.rename(fixture, "a", "b")
            try await Self.rename(fixture, "b", "c")
            for slug in ["a", "b", "c"] { #expect(try await profiles.get(.slug(slug)).id == id) }
            let keys: [ProfileKey] = [.slug("b"), .slug("x"), .slug("c"), .id(id), .slug("a")]
            #expect(try await profiles.batchGet(keys).map { $0?.id } == [id, nil, id, id, id])
            let updated = try await profiles.update(.slug("a"), with: Profile(headline: "H"), updateMask: ["headline"])
            #expect(updated.value.id == id && updated.redirectedFrom == "a")
            let current = try await profiles.update(.slug("c"), with: Profile(slug: "d"), updateMask: ["slug"])
            #expect(current.value.slug == "d" && current.redirectedFrom == "", "it was named by the slug that it had")
            let moved = try await profiles.update(.slug("b"), with: Profile(slug: "e"), updateMask: ["slug"])
            #expect(moved.value.slug == "e" && moved.redirectedFrom == "b")
            let deleted = try await profiles.softDelete(.slug("c"))
            #expect(deleted.value.id == id && deleted.redirectedFrom == "c")
            #expect(try await profiles.restore(.slug("d")).redirectedFrom == "d")
        }
    }

    @Test func `a repeated call says the same`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await Self.create(fixture, "a")
            try await Self.rename(fixture, "a", "b")
            let id = RequestID(UUID().uuidString, caller: "c")
            for _ in 0..<2 {
                let updated = try await fixture.profiles.update(
                    .slug("a"),
                    with: Profile(headline: "H"),
                    updateMask: ["headline"],
                    requestID: id
                )
                #expect(updated.redirectedFrom == "a" && updated.value.revision == 3)
            }
        }
    }

    @Test func `a profile that takes the slug is what it names, and then the one that had it last`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            let first = try await Self.create(fixture, "a")
            try await Self.rename(fixture, "a", "b")
            // None that the service makes of a name.
            let derived = try await profiles.create(Profile(displayName: "A")).value
            #expect(derived.slug == "a-2")
            let second = try await Self.create(fixture, "a")
            #expect(try await profiles.get(.slug("a")).id == second)
            try await Self.rename(fixture, "a", "c")
            #expect(try await profiles.get(.slug("a")).id == second)
            // It takes its own back.
            try await Self.rename(fixture, "b", "a")
            #expect(try await profiles.get(.slug("a")).id == first)
            let former: Int64 = try await fixture.value("SELECT count(*) FROM former_slugs WHERE slug = 'a'")
            #expect(former == 1, "not of the profile that has it")
        }
    }

    @Test func `the last fifty are kept`() async throws {
        try await RepositoryFixture.run { fixture in
            let id = try await Self.create(fixture, "s-0")
            for number in 1...52 { try await Self.rename(fixture, "s-\(number - 1)", "s-\(number)") }
            let slugs = [(0, false), (1, false), (2, true), (51, true), (52, true)]
            for (number, isThere) in slugs {
                let found = try await fixture.profiles.batchGet([.slug("s-\(number)")])[0]?.id
                #expect((found == id) == isThere, "\(number)")
            }
        }
    }

    @Test func `an upsert by a former slug changes that profile and leaves its slug`() async throws {
        try await RepositoryFixture.run { fixture in
            let id = try await Self.create(fixture, "a")
            try await Self.rename(fixture, "a", "b")
            let item = Profile(slug: "a", displayName: "Ada", summary: "New.")
            for outcome in [UpsertOutcome.updated, .unchanged] {
                let result = try await fixture.profiles.batchUpsert([item]).results[0].get()
                #expect(result.id == id && result.slug == "b" && result.redirectedFrom == "a")
                #expect(result.outcome == outcome)
            }
            // Another person, by the identity, takes it.
            _ = try await fixture.profiles.update(
                .slug("b"),
                with: Profile(identityId: "11111111-2222-4333-8444-555555555555"),
                updateMask: ["identity_id"]
            )
            var other = item
            other.identityId = "21111111-2222-4333-8444-555555555555"
            let taken = try await fixture.profiles.batchUpsert([other]).results[0].get()
            #expect(taken.outcome == .created && taken.slug == "a" && taken.redirectedFrom == "")
            #expect(try await fixture.profiles.get(.slug("a")).id == taken.id)
        }
    }

    @Test func `an upsert by a key that names the profile does not give it its former slug again`() async throws {
        let (identity, pair) = ("11111111-2222-4333-8444-555555555555", ExternalId(system: "crm", id: "1"))
        try await RepositoryFixture.run { fixture in
            let id = try await Self.create(fixture, "a")
            _ = try await fixture.profiles.update(
                .slug("a"),
                with: Profile(identityId: identity, slug: "b", externalIds: [pair]),
                updateMask: ["slug", "identity_id", "external_ids"]
            )
            for (number, item) in [
                Profile(identityId: identity, slug: "a"), Profile(slug: "a", externalIds: [pair]),
                Profile(identityId: identity, slug: "a", externalIds: [pair]),
            ].enumerated() {
                var item = item
                (item.displayName, item.summary) = ("Ada", "\(number)")
                for outcome in [UpsertOutcome.updated, .unchanged] {
                    let result = try await fixture.profiles.batchUpsert([item]).results[0].get()
                    #expect(result.id == id && result.slug == "b" && result.redirectedFrom == "a", "\(number)")
                    #expect(result.outcome == outcome, "\(number)")
                }
                #expect(try await fixture.profiles.get(.slug("b")).summary == "\(number)")
            }
        }
    }

    @Test func `through a view a former slug leads to the last one that is shown, whoever is hidden`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            let view = try View([Mask(name: "m", configuration: .init(includeTags: ["shown"]))])
            let shown = try await Self.create(fixture, "a", tags: ["shown"])
            try await Self.rename(fixture, "a", "b")
            #expect(try await profiles.get(.slug("a"), through: view).id == shown)
            // A hidden one takes it, and gives it up.
            let hidden = try await Self.create(fixture, "a")
            for slug in ["a", "c"] {
                if slug == "c" { try await Self.rename(fixture, "a", "c") }
                #expect(try await profiles.get(.slug("a")).id == hidden)
                #expect(try await profiles.get(.slug("a"), through: view).id == shown)
                var found: [String] = []
                _ = try await profiles.batchGet([.slug("a"), .slug("b"), .slug("c")], through: view) {
                    indices,
                    profile in
                    found += indices.map { "\($0) \(profile.slug)" }
                    return true
                }
                #expect(found.sorted() == ["0 b", "1 b"])
            }
            _ = try await profiles.softDelete(.slug("b"))
            await #expect(throws: RepositoryError.notFound(.profile, key: "a")) {
                try await profiles.get(.slug("a"), through: view)
            }
            let blind = try View([Mask(name: "m", configuration: .init(hiddenFields: ["slug"]))])
            await #expect(throws: RepositoryError.self) { try await profiles.get(.slug("a"), through: blind) }
        }
    }
}
