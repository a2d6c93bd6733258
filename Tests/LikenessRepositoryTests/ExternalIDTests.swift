import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Profiles named by what other systems call them.
@Suite(.freshDatabase) struct ExternalIDTests {
    private static func crm(_ id: String) -> ExternalId { ExternalId(system: "crm", id: id) }
    private static func hr(_ id: String) -> ExternalId { ExternalId(system: "hr", id: id) }

    private static func person(_ name: String, _ ids: ExternalId..., slug: String = "") -> Profile {
        Profile(slug: slug, displayName: name, externalIds: ids)
    }

    @Test func `a pair names its profile wherever a key does`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            let ada = try await profiles.create(Self.person("Ada", Self.crm("1"), Self.crm("2"), Self.hr("1"))).value
            let bob = try await profiles.create(Self.person("Bob", Self.crm("A"), Self.hr("a"))).value
            #expect(ada.externalIds == [Self.crm("1"), Self.crm("2"), Self.hr("1")])
            for id in ada.externalIds { #expect(try await profiles.get(.external(id)) == ada) }
            let keys: [ProfileKey] = [
                .external(Self.hr("a")), .external(Self.crm("a")), .external(Self.crm("2")), .slug("ada"),
                .external(Self.crm("1")), .id(bob.id),
            ]
            #expect(try await profiles.batchGet(keys).map { $0?.id } == [bob.id, nil, ada.id, ada.id, ada.id, bob.id])
            let updated = try await profiles.update(
                .external(Self.crm("2")),
                with: Profile(headline: "Countess"),
                updateMask: ["headline"]
            ).value
            #expect(updated.id == ada.id && updated.headline == "Countess" && updated.externalIds == ada.externalIds)
            #expect(try await profiles.softDelete(.external(Self.hr("1"))).value.id == ada.id)
            #expect(try await profiles.restore(.external(Self.hr("1"))).value.id == ada.id)
            await #expect(throws: RepositoryError.notFound(.profile, key: "crm:3")) {
                try await profiles.get(.external(Self.crm("3")))
            }
        }
    }

    @Test func `an update replaces the list, and whom it takes from must have given it up`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            _ = try await profiles.create(Self.person("Ada", Self.crm("1"), Self.hr("1"), slug: "ada"))
            _ = try await profiles.create(Self.person("Bob", Self.crm("2"), slug: "bob"))
            let wanted = Profile(externalIds: [Self.hr("9"), Self.crm("1")])
            await #expect(throws: RepositoryError.alreadyExists(field: "external_ids[1]")) {
                try await profiles.update(.slug("bob"), with: wanted, updateMask: ["external_ids"])
            }
            await #expect(throws: RepositoryError.alreadyExists(field: "external_ids[0]")) {
                try await profiles.create(Self.person("Eve", Self.crm("1")))
            }
            await #expect(throws: RepositoryError.invalidField(path: "external_ids[1]", reason: "occurs twice")) {
                try await profiles.create(Self.person("Eve", Self.crm("7"), Self.crm("7")))
            }
            let ada = try await profiles.update(.slug("ada"), with: Profile(), updateMask: ["external_ids"]).value
            #expect(ada.externalIds.isEmpty && ada.revision == 2)
            let bob = try await profiles.update(.slug("bob"), with: wanted, updateMask: ["external_ids"]).value
            #expect(bob.externalIds == wanted.externalIds)
            let same = try await profiles.update(.slug("bob"), with: wanted, updateMask: ["external_ids"]).value
            #expect(same.revision == bob.revision)
        }
    }

    @Test func `a deleted profile keeps its pairs, and stands in nobody's way`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            let first = try await profiles.create(Self.person("Ada", Self.hr("1"), Self.crm("1"))).value
            _ = try await profiles.softDelete(.id(first.id))
            // Still its key, as long as no live profile has it.
            #expect(try await profiles.get(.external(Self.crm("1"))).id == first.id)
            let second = try await profiles.create(Self.person("Ada", Self.crm("1"))).value
            #expect(try await profiles.get(.external(Self.crm("1"))).id == second.id)
            await #expect(throws: RepositoryError.alreadyExists(field: "external_ids[1]")) {
                try await profiles.restore(.id(first.id))
            }
            // What a deleted profile has is not what is taken.
            await #expect(throws: RepositoryError.alreadyExists(field: "external_ids[1]")) {
                try await profiles.create(Self.person("Eve", Self.hr("1"), Self.crm("1")))
            }
            _ = try await profiles.softDelete(.id(second.id))
            #expect(try await profiles.get(.external(Self.crm("1"))).id == second.id, "the one that was deleted last")
            #expect(try await profiles.restore(.id(first.id)).value.deleteTime == nil)
            #expect(try await profiles.get(.external(Self.crm("1"))).id == first.id)
        }
    }

    @Test func `filters ask for both parts, of one pair or of any`() async throws {
        try await RepositoryFixture.run { fixture in
            for person in [
                Self.person("a", Self.crm("X-1"), Self.hr("2"), slug: "a"),
                Self.person("b", Self.crm("x-1"), slug: "b"),
                Self.person("c", Self.hr("X-1"), slug: "c"), Self.person("d", slug: "d"),
            ] { _ = try await fixture.profiles.create(person) }
            for (filter, slugs) in [
                ("external_ids.system = crm", ["a", "b"]), (#"external_ids.id = "X-1""#, ["a", "c"]),
                (#"external_ids(system = crm AND id = "X-1")"#, ["a"]), (#"external_ids.id = "X*""#, ["a", "c"]),
                (#"external_ids(system = hr AND id = "2") AND external_ids.system = crm"#, ["a"]),
                ("external_ids.system:*", ["a", "b", "c"]), ("NOT external_ids.id:*", ["d"]),
                ("external_ids.system != crm", ["c", "d"]),
            ] {
                #expect(try await fixture.profiles.list(filter: filter).profiles.map(\.slug) == slugs, "\(filter)")
            }
            #expect(throws: RepositoryError.self) { try Filter("external_ids.id:words") }
        }
    }

    @Test func `what a mask hides names nobody and filters nothing`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            _ = try await profiles.create(Self.person("Ada", Self.crm("1"), slug: "ada"))
            let shown = Profile(slug: "bob", displayName: "Bob", tags: ["shown"], externalIds: [Self.hr("1")])
            _ = try await profiles.create(shown)
            for hidden in ["external_ids", "external_ids.system", "external_ids.id"] {
                let view = try View([Mask(name: "m", configuration: .init(hiddenFields: [hidden]))])
                await #expect(throws: RepositoryError.self, "\(hidden)") {
                    try await profiles.get(.external(Self.crm("1")), through: view)
                }
                await #expect(throws: RepositoryError.self, "\(hidden)") {
                    try await profiles.list(through: view, filter: #"external_ids(system = crm AND id = "1")"#)
                }
                let seen = try await profiles.get(.slug("ada"), through: view).externalIds
                #expect(!seen.contains(Self.crm("1")), "\(hidden)")
            }
            let view = try View([Mask(name: "m", configuration: .init(includeTags: ["shown"]))])
            #expect(try await profiles.get(.external(Self.hr("1")), through: view).slug == "bob")
            await #expect(throws: RepositoryError.notFound(.profile, key: "crm:1")) {
                try await profiles.get(.external(Self.crm("1")), through: view)
            }
        }
    }

    // MARK: Upserts

    @Test func `an upsert finds its profile by a pair, and replaces the ids of the systems that it names`() async throws
    {
        try await RepositoryFixture.run { fixture in
            func upsert(_ profile: Profile) async throws -> UpsertedProfile {
                try await fixture.profiles.batchUpsert([profile]).results[0].get()
            }
            let created = try await upsert(Self.person("Ada", Self.crm("1"), Self.hr("1")))
            #expect(created.outcome == .created)
            let again = try await upsert(Self.person("Ada", Self.hr("1")))
            #expect(again.id == created.id && again.outcome == .unchanged && again.slug == created.slug)
            let other = try await upsert(Self.person("Ada", Self.crm("1"), Self.crm("2")))
            #expect(other.id == created.id && other.outcome == .updated)
            let stored = try await fixture.profiles.get(.id(created.id))
            #expect(stored.externalIds == [Self.crm("1"), Self.hr("1"), Self.crm("2")])
            #expect(try await upsert(Self.person("Ada", Self.crm("2"))).outcome == .updated)
            let replaced = try await fixture.profiles.get(.id(created.id))
            // Of a system that it names only those remain.
            #expect(replaced.externalIds == [Self.hr("1"), Self.crm("2")])
            // Who has no key is the same person where nothing contradicts.
            #expect(try await upsert(Self.person("Ada", ExternalId(system: "erp", id: "5"))).id == created.id)
            #expect(try await upsert(Self.person("Ada", Self.hr("7"))).outcome == .created)
        }
    }

    @Test func `an upsert never merges two people by a pair`() async throws {
        try await RepositoryFixture.run { fixture in
            var ada = Self.person("Ada", Self.crm("1"), slug: "ada")
            ada.identityId = "11111111-2222-4333-8444-555555555555"
            for person in [ada, Self.person("Bob", Self.crm("2"), slug: "bob")] {
                _ = try await fixture.profiles.create(person)
            }
            var identified = Self.person("Ada", Self.hr("3"), Self.crm("2"))
            identified.identityId = ada.identityId
            var stranger = Self.person("Ada", Self.crm("1"))
            stranger.identityId = "21111111-2222-4333-8444-555555555555"
            let refused: [(Profile, field: String)] = [
                (Self.person("Eve", Self.crm("1"), Self.crm("2")), "external_ids[1]"), (identified, "external_ids[1]"),
                (stranger, "external_ids[0]"), (Self.person("Bob", Self.crm("2"), slug: "ada"), "slug"),
            ]
            let results = try await fixture.profiles.batchUpsert(refused.map(\.0)).results
            for (result, (profile, field)) in zip(results, refused) {
                #expect(throws: RepositoryError.alreadyExists(field: field), "\(profile)") { try result.get() }
            }
            _ = try await fixture.profiles.softDelete(.slug("bob"))
            let deleted = try await fixture.profiles.batchUpsert([Self.person("Bob", Self.crm("2"))]).results[0]
            #expect(throws: RepositoryError.deleted("bob")) { try deleted.get() }
        }
    }

    // MARK: Plans

    @Test func `keys are looked up by indexes`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name) SELECT 'p-' || n, 'P' FROM generate_series(1, 4000) n;
                INSERT INTO external_ids (profile_id, position, system, id) SELECT p.id, 0, 'crm', p.slug FROM profiles p;
                INSERT INTO former_slugs (slug, profile_id) SELECT 'f' || p.slug, p.id FROM profiles p;
                ANALYZE profiles, external_ids, former_slugs
                """
            )
            let plans: [(Statement, Parameters, index: String)] = [
                (KeyStatements.externalIDs, Parameters(["crm"], ["p-7"]), "external_ids_id_idx"),
                (KeyStatements.holders, Parameters(["crm"], ["p-7"]), "external_ids_"),
                (KeyStatements.taken, Parameters(["crm"], ["p-7"], UUID()), "external_ids_"),
                (KeyStatements.formerSlugs, Parameters(["fp-7"]), "former_slugs_pkey"),
            ]
            for (statement, parameters, index) in plans {
                let plan = try await fixture.pool.withConnection { connection in
                    let result = try await connection.execute(
                        Statement("", SQL(verbatim: "EXPLAIN (COSTS OFF) \(statement.sql)"), statement.parameterTypes),
                        parameters
                    )
                    var lines: [String] = []
                    for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
                    return lines.joined(separator: "\n")
                }
                #expect(plan.contains(index) && !plan.contains("Seq Scan"), "\(statement.name): \(plan)")
            }
        }
    }
}

extension ProfileKey {
    static func external(_ id: ExternalId) -> ProfileKey { ProfileKey(key: .externalId(id)) }
}
