import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// Items of a batch are written together, and fail alone.
@Suite(.freshDatabase) struct BatchUpsertTests {
    private static func people(_ numbers: Range<Int>) -> [Profile] {
        numbers.map { Samples.named("Person \($0)", slug: "person-\($0)", summary: "Number \($0).") }
    }

    private static func transactions(_ fixture: RepositoryFixture) async throws -> Int64 {
        try await fixture.value("SELECT count(DISTINCT xmin::text) FROM profiles")
    }

    @Test func `new items share transactions`() async throws {
        try await RepositoryFixture.run { fixture in
            let answer = try await fixture.profiles.batchUpsert(Self.people(0..<100))
            #expect(try answer.results.map { try $0.get().outcome } == Array(repeating: .created, count: 100))
            #expect(answer.consistencyToken != nil)
            #expect(try await Self.transactions(fixture) == 2)
        }
    }

    @Test func `stored items share transactions, and those that expect another revision are left alone`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.batchUpsert(Self.people(0..<50))
            let changed = Self.people(0..<50).map { person in
                var person = person
                person.headline = "Changed"
                return person
            }
            let revisions = (0..<50).map { $0 == 7 ? 5 : Int64($0 % 2) }
            let results = try await fixture.profiles.batchUpsert(changed, ifRevisions: revisions).results
            for (number, result) in results.enumerated() {
                if number == 7 {
                    #expect(result == .failure(.revisionMismatch(current: 1)))
                } else {
                    #expect(try result.get().outcome == .updated && result.get().revision == 2)
                }
            }
            #expect(try await Self.transactions(fixture) == 2)
        }
    }

    @Test func `of items that cannot be stored each costs itself`() async throws {
        try await RepositoryFixture.run { fixture in
            var people = Self.people(0..<60)
            people[3].slug = "Not A Slug"
            people[4].attributesJson = "[]"
            people[31].displayName = ""
            people[59].summary = "A NUL \0"
            let results = try await fixture.profiles.batchUpsert(people).results
            let failed = results.indices.filter { (try? results[$0].get()) == nil }
            #expect(failed == [3, 4, 31, 59])
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 56)
        }
    }

    @Test func `two items that name one profile by different keys are applied one after the other`() async throws {
        try await RepositoryFixture.run { fixture in
            let identity = "11111111-2222-4333-8444-555555555555"
            var one = Samples.named("One", slug: "one")
            one.identityId = identity
            _ = try await fixture.profiles.create(one)
            var (bySlug, byIdentity) = (Samples.named("One", slug: "one"), Samples.named("One"))
            bySlug.headline = "By slug"
            byIdentity.headline = "By identity"
            byIdentity.identityId = identity
            let results = try await fixture.profiles.batchUpsert([bySlug, byIdentity]).results
            #expect(try results.map { try $0.get().revision } == [2, 3])
            let stored = try await fixture.profiles.get(.slug("one"))
            #expect(stored.headline == "By identity" && stored.identityId == identity)
        }
    }

    @Test func `two profiles do not exchange their slugs`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = ["11111111-2222-4333-8444-555555555555", "22222222-2222-4333-8444-555555555555"].map {
                identity in
                var person = Samples.named("Person", slug: "slug-\(identity.prefix(1))")
                person.identityId = identity
                return person
            }
            _ = try await fixture.profiles.batchUpsert(people)
            var swapped = people
            (swapped[0].slug, swapped[1].slug) = (people[1].slug, people[0].slug)
            let results = try await fixture.profiles.batchUpsert(swapped).results
            #expect(results == Array(repeating: .failure(.alreadyExists(field: "slug")), count: 2))
            #expect(try await fixture.profiles.get(.slug("slug-1")).identityId == people[0].identityId)
            // By way of a third one they do.
            swapped[0].slug = "slug-3"
            for person in [swapped[0], swapped[1]] {
                #expect(try await fixture.profiles.batchUpsert([person]).results[0].get().outcome == .updated)
            }
        }
    }

    @Test func `equal items without keys are one profile`() async throws {
        try await RepositoryFixture.run { fixture in
            let twins = [Samples.named("Twin"), Samples.named("Other"), Samples.named("Twin")]
            let results = try await fixture.profiles.batchUpsert(twins).results.map { try $0.get() }
            #expect(results[0].id == results[2].id && results[0].id != results[1].id)
            #expect(results.map(\.outcome).filter { $0 == .created }.count == 2)
        }
    }
}
