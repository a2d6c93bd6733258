import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// Keys of a batch are looked at together, and fail alone; or all of them are one.
@Suite(.freshDatabase) struct BatchDeleteTests {
    private static func key(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }

    private static func fill(_ fixture: RepositoryFixture, _ count: Int) async throws -> [String] {
        let people = (0..<count).map { Samples.named("Person \($0)", slug: "p-\($0)", summary: "Number \($0).") }
        return try await fixture.profiles.batchUpsert(people).results.map { try $0.get().id }
    }

    private static func live(_ fixture: RepositoryFixture) async throws -> Int64 {
        try await fixture.value("SELECT count(*) FROM profiles WHERE is_active")
    }

    @Test func `all kinds of keys are deleted, some in a transaction, and what is wrong costs its item`() async throws {
        try await RepositoryFixture.run { fixture in
            let ids = try await Self.fill(fixture, 60)
            let pair = ExternalId(system: "crm", id: "1")
            _ = try await fixture.profiles.update(
                Self.key("p-1"),
                with: Profile(slug: "p-one", externalIds: [pair]),
                updateMask: ["slug", "external_ids"]
            )
            var keys = (0..<60).map { Self.key("p-\($0)") }
            keys[2] = ProfileKey(key: .externalId(pair))
            keys[3] = ProfileKey(key: .id(ids[3].uppercased()))
            keys[4] = Self.key("nobody")
            keys[5] = ProfileKey(key: .externalId(.init(system: "crm", id: "2")))
            var revisions = [Int64](repeating: 1, count: 60)
            (revisions[1], revisions[2]) = (2, 2)
            revisions[6] = 9
            let before = try await Self.live(fixture)
            let (results, token) = await fixture.profiles.batchDelete(keys, ifRevisions: revisions)
            #expect(before == 60 && token != nil)
            #expect(results[4] == .failure(.notFound(.profile, key: "nobody")))
            #expect(results[5] == .failure(.notFound(.profile, key: "crm:2")))
            #expect(results[6] == .failure(.revisionMismatch(current: 1)))
            // p-1 by a former slug and then by its external id: once.
            let (first, second) = (try results[1].get(), try results[2].get())
            #expect(first.id == ids[1] && first.redirectedFrom == "p-1" && !first.wasDeleted && first.revision == 3)
            #expect(second.id == ids[1] && second.redirectedFrom == "" && second.wasDeleted && second.revision == 3)
            #expect(first.deleteTime != nil && first.deleteTime == second.deleteTime)
            for index in [0, 3] + Array(7..<60) {
                let deleted = try results[index].get()
                #expect(deleted.id == ids[index] && deleted.slug == "p-\(index)" && deleted.revision == 2)
            }
            // p-2, whose place was taken, those that no key names, and the one of another revision.
            let left = try await fixture.value(
                "SELECT string_agg(slug, ' ' ORDER BY slug) FROM profiles WHERE is_active",
                as: String.self
            )
            #expect(left == "p-2 p-4 p-5 p-6")
            let transactions: Int64 = try await fixture.value(
                "SELECT count(DISTINCT xmin::text) FROM profiles WHERE NOT is_active"
            )
            #expect(transactions == 2)

            // The same again changes nothing, and says so.
            let again = await fixture.profiles.batchDelete(keys, ifRevisions: revisions)
            for (before, now) in zip(results, again.results) {
                guard case .success(var expected) = before else {
                    #expect(now == before)
                    continue
                }
                expected.wasDeleted = true
                #expect(now == .success(expected))
            }
        }
    }

    @Test func `all are deleted, or none`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await Self.fill(fixture, 120)
            var keys = (0..<120).map { Self.key("p-\($0)") }
            keys[70] = Self.key("nobody")
            let undone = await fixture.profiles.batchDelete(keys, atomic: true)
            #expect(undone.consistencyToken == nil)
            for (index, result) in undone.results.enumerated() {
                #expect(
                    result == .failure(index == 70 ? .notFound(.profile, key: "nobody") : .batchUndone(item: 70)),
                    "\(index)"
                )
            }
            #expect(try await Self.live(fixture) == 120)
            keys[70] = keys[0]
            let done = await fixture.profiles.batchDelete(keys, atomic: true).results
            #expect(try done.filter { try $0.get().wasDeleted }.count == 1)
            #expect(try await Self.live(fixture) == 1)
            let transactions: Int64 = try await fixture.value(
                "SELECT count(DISTINCT xmin::text) FROM profiles WHERE NOT is_active"
            )
            #expect(transactions == 1)
        }
    }

    @Test func `calls that delete the same profiles in opposite orders all succeed`() async throws {
        try await RepositoryFixture.run(connectionsMax: 8) { fixture in
            _ = try await Self.fill(fixture, 40)
            let keys = (0..<40).map { Self.key("p-\($0)") }
            let profiles = fixture.profiles
            let answers = await withTaskGroup(of: [Bool].self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let order = number % 2 == 0 ? keys : keys.reversed()
                        return await profiles.batchDelete(order, atomic: number % 3 == 0).results.map {
                            guard case .success(let deleted) = $0 else {
                                Issue.record("\($0)")
                                return false
                            }
                            return !deleted.wasDeleted
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(answers.filter { $0 }.count == 40)
            let revisions: Int64 = try await fixture.value("SELECT sum(revision)::bigint FROM profiles")
            #expect(revisions == 80)
        }
    }
}

/// Upserts that are one transaction.
@Suite(.freshDatabase) struct AtomicUpsertTests {
    private static func people(_ count: Int) -> [Profile] {
        (0..<count).map { Samples.named("Person \($0)", slug: "person-\($0)", summary: "Number \($0).") }
    }

    private static func count(_ fixture: RepositoryFixture) async throws -> Int64 {
        try await fixture.value("SELECT count(*) FROM profiles")
    }

    @Test func `all are written in one transaction`() async throws {
        try await RepositoryFixture.run { fixture in
            let (results, token) = try await fixture.profiles.batchUpsert(Self.people(120), atomic: true)
            #expect(try results.map { try $0.get().outcome } == Array(repeating: .created, count: 120))
            #expect(token != nil)
            let transactions: Int64 = try await fixture.value("SELECT count(DISTINCT xmin::text) FROM profiles")
            #expect(transactions == 1)
            // Changed, unchanged and new ones together.
            var people = Self.people(121)
            people[5].headline = "Changed"
            let second = try await fixture.profiles.batchUpsert(people, atomic: true).results.map { try $0.get() }
            #expect(second[5].outcome == .updated && second[120].outcome == .created && second[6].outcome == .unchanged)
        }
    }

    /// What only the database, or the row that is locked, can tell is found too.
    @Test(arguments: ["attributes", "id", "experience", "revision", "nul", "deleted", "same keys", "same content"])
    func `one that fails undoes all, and each says so`(_ kind: String) async throws {
        try await RepositoryFixture.run { fixture in
            var stored = Samples.named("Stored", slug: "stored")
            stored.experiences = [Experience(id: UUID().uuidString.lowercased(), title: "Nurse")]
            stored = try await fixture.profiles.create(stored).value
            var (people, revisions) = (Self.people(60), [Int64](repeating: 0, count: 60))
            people[3] = stored
            people[3].headline = "Changed"
            let error: RepositoryError
            switch kind {
            case "attributes":
                people[41].attributesJson = #"{"a": }"#
                error = .invalidField(path: "attributes_json", reason: "is not a JSON object that can be stored")
            case "id":
                people[41].id = stored.id
                people[3] = Samples.named("Third", slug: "third")
                error = .alreadyExists(field: "id")
            case "experience":
                people[41].experiences = stored.experiences
                error = .alreadyExists(field: "experiences.id")
            case "revision":
                revisions[41] = 5
                people[41] = people[3]
                people[3] = Samples.named("Third", slug: "third")
                error = .revisionMismatch(current: 1)
            case "nul":
                people[41].summary = "\0"
                error = .invalidField(path: "", reason: "a text holds a NUL character")
            case "deleted":
                _ = try await fixture.profiles.create(Samples.named("Gone", slug: "gone"))
                _ = try await fixture.profiles.softDelete(ProfileKey(key: .slug("gone")))
                people[41].slug = "gone"
                error = .failedPrecondition(
                    type: "DELETED",
                    subject: "gone",
                    reason: "the profile gone is deleted; restore it first"
                )
            case "same keys":
                people[41].slug = "person-7"
                error = .invalidField(path: "", reason: "is about the profile of an earlier item")
            default:
                (people[7].slug, people[41]) = ("", people[7])
                people[41].slug = ""
                error = .invalidField(path: "", reason: "is about the profile of an earlier item")
            }
            let before = try await Self.count(fixture)
            let answer = try await fixture.profiles.batchUpsert(people, ifRevisions: revisions, atomic: true)
            #expect(answer.consistencyToken == nil)
            for (index, result) in answer.results.enumerated() {
                #expect(result == .failure(index == 41 ? error : .batchUndone(item: 41)), "\(index)")
            }
            #expect(try await Self.count(fixture) == before)
            #expect(try await fixture.profiles.get(ProfileKey(key: .slug("stored"))).revision == 1)
        }
    }

    @Test func `two calls that create the same people both end, and there is one of each`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = fixture.profiles
            let outcomes = try await withThrowingTaskGroup(of: [UpsertOutcome].self) { group in
                for number in 0..<4 {
                    group.addTask {
                        var people = Self.people(20)
                        if number % 2 == 1 { people.reverse() }
                        return try await profiles.batchUpsert(people, atomic: true).results.map { try $0.get().outcome }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(outcomes.filter { $0 == .created }.count == 20)
            #expect(outcomes.filter { $0 == .unchanged }.count == 60)
        }
    }
}
