import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Who an item of a batch is: its keys say it, never its name.
@Suite(.freshDatabase) struct UpsertIdentityTests {
    private static let ada = "aaaaaaaa-0000-4000-8000-000000000001"
    private static let eve = "aaaaaaaa-0000-4000-8000-000000000002"

    private static func named(_ name: String, _ summary: String, identity: String = "") -> Profile {
        Profile(identityId: identity, displayName: name, summary: summary)
    }

    private static func outcomes(_ results: [ProfileRepository.UpsertResult]) -> [UpsertOutcome?] {
        results.map { try? $0.get().outcome }
    }

    @Test func `people of one name are each kept, and found unchanged the second time`() async throws {
        try await RepositoryFixture.run { fixture in
            var shifted = Self.named("John Smith", "A baker.")
            shifted.experiences = [Experience(category: .work, title: "Baker", startDate: PartialDate(year: 1999))]
            var later = shifted
            later.experiences[0].startDate = PartialDate(year: 2001)
            let people = [
                Self.named("John Smith", "A smith."), Self.named("John Smith", "A baker."), shifted, later,
                Self.named("山田太郎", ""), Self.named("김민준", ""), Self.named("🙂", ""), Self.named("🙃", ""),
            ]
            let first = try await fixture.profiles.batchUpsert(people).results
            #expect(Self.outcomes(first) == people.map { _ in .created })
            let slugs = try first.map { try $0.get().slug }
            #expect(Set(slugs).count == people.count)
            for (slug, start) in zip(
                slugs,
                ["john-smith-", "john-smith-", "john-smith-", "john-smith-", "shan-tian-tai-lang-", "gimminjun-"]
            ) {
                #expect(slug.hasPrefix(start))
            }
            let again = try await fixture.profiles.batchUpsert(people.reversed()).results
            #expect(Self.outcomes(again) == people.map { _ in .unchanged })
            #expect(try again.map { try $0.get().slug } == slugs.reversed())
            for (slug, person) in zip(slugs, people) {
                let stored = try await fixture.profiles.get(.slug(slug))
                #expect(stored.displayName == person.displayName && stored.summary == person.summary)
            }
        }
    }

    @Test func `who was edited since is not overwritten by what was imported before`() async throws {
        try await RepositoryFixture.run { fixture in
            let original = Self.named("John Smith", "A smith.")
            let slug = try await fixture.profiles.batchUpsert([original]).results[0].get().slug
            _ = try await fixture.profiles.update(
                .slug(slug),
                with: Profile(summary: "Edited."),
                updateMask: ["summary"]
            )
            let again = try await fixture.profiles.batchUpsert([original]).results[0].get()
            #expect(again.outcome == .created && again.slug != slug)
            #expect(try await fixture.profiles.get(.slug(slug)).summary == "Edited.")
        }
    }

    @Test func `an identity finds its person whatever the name, and keeps slug and identity`() async throws {
        try await RepositoryFixture.run { fixture in
            let created = try await fixture.profiles.batchUpsert([
                Self.named("Ada Byron", "One.", identity: Self.ada),
                Self.named("Ada Byron", "Other.", identity: Self.eve),
            ]).results
            #expect(Self.outcomes(created) == [.created, .created])
            let id = try created[0].get().id
            let married = Self.named("Ada Lovelace", "One.", identity: Self.ada.uppercased())
            let updated = try await fixture.profiles.batchUpsert([married]).results[0].get()
            #expect(updated.outcome == .updated && updated.id == id)
            #expect(try updated.slug == created[0].get().slug)
            // By its slug alone, it keeps its identity.
            var bySlug = Self.named("Ada Lovelace", "Two.")
            bySlug.slug = updated.slug
            #expect(try await fixture.profiles.batchUpsert([bySlug]).results[0].get().outcome == .updated)
            let stored = try await fixture.profiles.get(.id(id))
            #expect(stored.identityId == Self.ada && stored.summary == "Two.")
            // By its id alone too.
            let byID = Profile(id: id, displayName: "Ada Lovelace", summary: "Three.")
            let third = try await fixture.profiles.batchUpsert([byID, byID]).results
            #expect(Self.outcomes(third) == [.updated, .unchanged])
            #expect(try await fixture.profiles.get(.id(id)).slug == updated.slug)
        }
    }

    @Test func `two people are never merged by a slug`() async throws {
        try await RepositoryFixture.run { fixture in
            let one = Profile(identityId: Self.ada, slug: "john-smith", displayName: "John Smith", summary: "A smith.")
            let other = Profile(identityId: Self.eve, slug: "john-smith", displayName: "John Smith", summary: "Not he.")
            let results = try await fixture.profiles.batchUpsert([one, other]).results
            #expect(Self.outcomes(results) == [.created, nil])
            #expect(throws: RepositoryError.alreadyExists(field: "slug")) { try results[1].get() }
            #expect(try await fixture.profiles.get(.slug("john-smith")).summary == "A smith.")
            // A slug made from a name is none that a caller would make of it.
            let unnamed = try await fixture.profiles.batchUpsert([
                Self.named("Jane Doe", "One."), Profile(slug: "jane-doe", displayName: "Jane Doe", summary: "Two."),
            ]).results
            #expect(Self.outcomes(unnamed) == [.created, .created])
        }
    }

    @Test func `an item that gives an id changes no profile with another`() async throws {
        try await RepositoryFixture.run { fixture in
            let (gone, id) = (UUID().uuidString.lowercased(), UUID().uuidString.lowercased())
            let known = Profile(
                id: id,
                identityId: Self.ada,
                slug: "first",
                displayName: "Ada",
                externalIds: [.init(system: "crm", id: "1")]
            )
            _ = try await fixture.profiles.create(known)
            _ = try await fixture.profiles.update(.id(id), with: Profile(slug: "ada"), updateMask: ["slug"])
            // A slug, a former one, an identity, an external id: of a person who was there, and whose slug she has now.
            let stale = [
                Profile(id: gone, slug: "ada", displayName: "Eve", summary: "x"),
                Profile(id: gone, slug: "first", displayName: "Eve", summary: "x"),
                Profile(id: gone, identityId: Self.ada, displayName: "Eve", summary: "x"),
                Profile(id: gone, slug: "eve", displayName: "Eve", externalIds: [.init(system: "crm", id: "1")]),
            ]
            for (item, field) in zip(stale, ["slug", "slug", "identity_id", "external_ids[0]"]) {
                for revision: Int64 in [0, 2] {
                    let result = try await fixture.profiles.batchUpsert([item], ifRevisions: [revision]).results[0]
                    #expect(throws: RepositoryError.alreadyExists(field: field)) { try result.get() }
                }
            }
            let stored = try await fixture.profiles.get(.id(id))
            #expect(stored.revision == 2 && stored.displayName == "Ada" && stored.summary.isEmpty)
            let same = Profile(id: id.uppercased(), slug: "ada", displayName: "Ada", summary: "y")
            #expect(Self.outcomes(try await fixture.profiles.batchUpsert([same]).results) == [.updated])
        }
    }

    @Test func `an equal profile without an identity takes the one that an item brings`() async throws {
        try await RepositoryFixture.run { fixture in
            let plain = try await fixture.profiles.batchUpsert([Self.named("Ada", "One.")]).results[0].get()
            let adopted = try await fixture.profiles.batchUpsert([
                Self.named("Ada", "One.", identity: Self.ada), Self.named("Ada", "One.", identity: Self.eve),
                Self.named("Ada", "One."),
            ]).results
            #expect(Self.outcomes(adopted) == [.updated, .created, .unchanged])
            #expect(try adopted[0].get().id == plain.id)
        }
    }

    @Test func `an item changes only what has the revision that it expects`() async throws {
        try await RepositoryFixture.run { fixture in
            func upsert(_ summary: String, _ ifRevision: Int64) async throws -> ProfileRepository.UpsertResult {
                var profile = Self.named("Ada", summary)
                profile.slug = "ada"
                return try await fixture.profiles.batchUpsert([profile], ifRevisions: [ifRevision]).results[0]
            }
            func isMismatch(_ result: ProfileRepository.UpsertResult, _ current: Int64) -> Bool {
                guard case .failure(.revisionMismatch(current)) = result else { return false }
                return true
            }
            #expect(isMismatch(try await upsert("one", 1), 0))
            #expect(try await upsert("one", -1).get().outcome == .created)
            #expect(isMismatch(try await upsert("two", -1), 1))
            #expect(isMismatch(try await upsert("two", 2), 1))
            // A write that changes nothing loses nothing.
            #expect(try await upsert("one", -1).get().outcome == .unchanged)
            #expect(try await upsert("two", 1).get().revision == 2)
            #expect(try await upsert("three", 0).get().revision == 3)
            #expect(try await fixture.profiles.get(.slug("ada")).summary == "three")
            // Of two at once that expect the same one is written.
            let both = try await withThrowingTaskGroup(of: ProfileRepository.UpsertResult.self) { group in
                for number in 0..<2 { group.addTask { try await upsert("at once \(number)", 3) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(both.count { (try? $0.get().revision) == 4 } == 1)
            #expect(both.count { isMismatch($0, 4) } == 1)
            // An equal profile that another key found is not what the keys name.
            var keyed = Self.named("Eve", "A potter.", identity: Self.eve)
            _ = try await fixture.profiles.batchUpsert([Self.named("Eve", "A potter.")])
            keyed.slug = ""
            let adopted = try await fixture.profiles.batchUpsert([keyed], ifRevisions: [-1]).results[0].get()
            #expect(adopted.outcome == .updated && adopted.revision == 2)
        }
    }

    @Test func `a deleted person stays deleted`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = [Self.named("Ada", "One.", identity: Self.ada), Self.named("Eve", "Two.")]
            for result in try await fixture.profiles.batchUpsert(people).results {
                _ = try await fixture.profiles.softDelete(.id(try result.get().id))
            }
            for result in try await fixture.profiles.batchUpsert(people).results {
                #expect {
                    try result.get()
                } throws: { error in
                    guard case .failedPrecondition("DELETED", _, _)? = error as? RepositoryError else { return false }
                    return true
                }
            }
            #expect(try await fixture.profiles.list().profiles.isEmpty)
        }
    }

    @Test func `two imports at once store each person once`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = (0..<8).flatMap { number in
                [
                    Self.named("John Smith", "Number \(number)."),
                    Self.named(
                        "John Smith",
                        "Known \(number).",
                        identity: "bbbbbbbb-0000-4000-8000-00000000000\(number)"
                    ),
                ]
            }
            let outcomes = try await withThrowingTaskGroup(of: [UpsertOutcome].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await fixture.profiles.batchUpsert(people).results.map { try $0.get().outcome }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(outcomes.count { $0 == .created } == people.count)
            #expect(outcomes.count { $0 == .unchanged } == 3 * people.count)
            #expect(try await fixture.profiles.list().profiles.count == people.count)
        }
    }

    @Test func `a NUL in one item costs that item`() async throws {
        try await RepositoryFixture.run { fixture in
            let results = try await fixture.profiles.batchUpsert([
                Self.named("a", "One."), Profile(slug: "a\u{0}b", displayName: "b"), Self.named("a\u{0}b", "Two."),
                Self.named("c", "Three."),
            ]).results
            #expect(Self.outcomes(results) == [.created, nil, nil, .created])
        }
    }

    @Test func `profiles with an identity, deleted ones too, are found by indexes`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, identity_id, is_active, deleted_at)
                SELECT 'p-' || n, 'P', CASE WHEN n % 4 < 2 THEN gen_random_uuid() END, n % 2 = 0,
                    CASE WHEN n % 2 = 1 THEN now() END
                FROM generate_series(1, 4000) n;
                ANALYZE profiles
                """
            )
            let ada = try #require(UUID(uuidString: Self.ada))
            let plan = try await fixture.pool.withConnection { connection in
                let statement = ProfileStatements.identified
                let result = try await connection.execute(
                    Statement("", SQL(verbatim: "EXPLAIN (COSTS OFF) \(statement.sql)"), statement.parameterTypes),
                    Parameters([ada])
                )
                var lines: [String] = []
                for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
                return lines.joined(separator: "\n")
            }
            #expect(
                plan.contains("profiles_identity_id_key") && plan.contains("profiles_deleted_identity_id_idx"),
                "\(plan)"
            )
            #expect(!plan.contains("Seq Scan"), "\(plan)")
        }
    }
}
