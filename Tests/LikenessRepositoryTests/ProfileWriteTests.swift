import LikenessMessages
import LikenessRepository
import LikenessTesting
import Testing

/// Writes that are repeated, deleted, batched, paged and raced.
@Suite(.freshDatabase) struct ProfileWriteTests {
    private static let requestID = RequestID("0f8fad5b-d9cb-469f-a165-70867728950e", caller: "a")

    @Test func `a repeated create answers as the first did and writes nothing`() async throws {
        try await RepositoryFixture.run { fixture in
            let first = try await fixture.profiles.create(Samples.curie(), requestID: Self.requestID)
            _ = try await fixture.profiles.update(
                .slug("marie-curie"),
                with: Samples.named("Maria"),
                updateMask: ["display_name"]
            )
            let second = try await fixture.profiles.create(Samples.curie(), requestID: Self.requestID)
            #expect(second.value == first.value)
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 1)
            await #expect(throws: RepositoryError.requestIDReused) {
                try await fixture.profiles.create(Samples.named("Other"), requestID: Self.requestID)
            }
            await #expect(throws: RepositoryError.requestIDReused) {
                try await fixture.profiles.softDelete(.slug("marie-curie"), requestID: Self.requestID)
            }
            await #expect(throws: RepositoryError.invalidField(path: "request_id", reason: "is not a UUID")) {
                try await fixture.profiles.create(Samples.named("Other"), requestID: RequestID("again", caller: "a"))
            }
        }
    }

    @Test func `a failed write leaves its request id free, an old one is forgotten`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("One", slug: "one"))
            await #expect(throws: RepositoryError.alreadyExists(field: "slug")) {
                try await fixture.profiles.create(Samples.named("Two", slug: "one"), requestID: Self.requestID)
            }
            _ = try await fixture.profiles.create(Samples.named("Two", slug: "two"), requestID: Self.requestID)
            try await fixture.execute("UPDATE request_ids SET created_at = now() - interval '25 hours'")
            _ = try await fixture.profiles.create(Samples.named("Three", slug: "three"), requestID: Self.requestID)
            try await fixture.execute("UPDATE request_ids SET created_at = now() - interval '25 hours'")
            try await fixture.database.purgeRequestIDs()
            #expect(try await fixture.value("SELECT count(*) FROM request_ids", as: Int64.self) == 0)
        }
    }

    @Test func `twenty calls at once with one request id write once`() async throws {
        try await RepositoryFixture.run { fixture in
            let answers = try await withThrowingTaskGroup(of: Profile.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await fixture.profiles.create(Samples.curie(), requestID: Self.requestID).value
                    }
                }
                return try await group.reduce(into: Set<Profile>()) { $0.insert($1) }
            }
            #expect(answers.count == 1)
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 1)
        }
    }

    @Test func `no update is lost among parallel ones`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("Counter"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var done = 0
                        while done < 5 {
                            let read = try await fixture.profiles.get(.slug("counter"))
                            var values = Profile()
                            values.headline = String((Int(read.headline) ?? 0) + 1)
                            do {
                                _ = try await fixture.profiles.update(
                                    .slug("counter"),
                                    with: values,
                                    updateMask: ["headline"],
                                    ifRevision: read.revision
                                )
                                done += 1
                            } catch RepositoryError.revisionMismatch {
                                continue
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let counter = try await fixture.profiles.get(.slug("counter"))
            #expect(counter.headline == "40")
            #expect(counter.revision == 41)
        }
    }

    @Test func `parallel updates of lists leave one of them whole`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("Lists"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<12 {
                    group.addTask {
                        var values = Profile()
                        values.experiences = (0..<5).map {
                            Experience(title: "writer \(writer)", organization: "\($0)")
                        }
                        _ = try await fixture.profiles.update(.slug("lists"), with: values, updateMask: ["experiences"])
                    }
                }
                try await group.waitForAll()
            }
            let profile = try await fixture.profiles.get(.slug("lists"))
            #expect(Set(profile.experiences.map(\.title)).count == 1)
            #expect(profile.experiences.map(\.organization) == ["0", "1", "2", "3", "4"])
            #expect(profile.revision == 13)
        }
    }

    @Test func `delete and restore go round`() async throws {
        try await RepositoryFixture.run { fixture in
            let created = try await fixture.profiles.create(Samples.curie()).value
            await #expect(throws: RepositoryError.notDeleted(.profile, field: "key")) {
                try await fixture.profiles.restore(.slug("marie-curie"))
            }
            let deleted = try await fixture.profiles.softDelete(.slug("marie-curie"), ifRevision: 1).value
            #expect(deleted.deleteTime != nil)
            #expect(deleted.revision == 2)
            #expect(try await fixture.profiles.softDelete(.id(created.id)).value == deleted)
            #expect(try await fixture.profiles.get(.slug("marie-curie")).deleteTime == deleted.deleteTime)
            await #expect {
                try await fixture.profiles.update(.id(created.id), with: Profile(), updateMask: ["headline"])
            } throws: { error in
                guard case .failedPrecondition("DELETED", _, _)? = error as? RepositoryError else { return false }
                return true
            }
            let restored = try await fixture.profiles.restore(.slug("marie-curie"), ifRevision: 2).value
            #expect(restored.deleteTime == nil)
            var expected = created
            expected.revision = 3
            let read = try await fixture.profiles.get(.id(created.id))
            expected.updateTime = read.updateTime
            #expect(read == expected)
        }
    }

    @Test func `a batch answers item by item`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("Gone", slug: "gone"))
            _ = try await fixture.profiles.softDelete(.slug("gone"))
            var broken = Samples.named("Broken")
            broken.attributesJson = "{"
            let batch = [
                Samples.curie(), broken, Samples.named("Gone"), Samples.named("Two"),
                Samples.named("Two", summary: "again"),
            ]
            let results = try await fixture.profiles.batchUpsert(batch).results
            #expect(try results[0].get().outcome == .created)
            #expect(
                throws: RepositoryError.invalidField(
                    path: "attributes_json",
                    reason: "is not a JSON object that can be stored"
                )
            ) { try results[1].get() }
            #expect(throws: RepositoryError.self) { try results[2].get() }
            #expect(try results[3].get().outcome == .created)
            #expect(try results[4].get().outcome == .created)

            var changed = Samples.curie()
            changed.summary = "Two prizes."
            let again = try await fixture.profiles.batchUpsert([Samples.curie(), changed, changed]).results
            let upserted = try again.map { try $0.get() }
            #expect(upserted.map(\.outcome) == [.unchanged, .updated, .unchanged])
            #expect(upserted.map(\.revision) == [1, 2, 2])
            var respelled = changed
            respelled.attributesJson = #"{"languages":["pl","fr"],  "born":{"year":1867}}"#
            #expect(try await fixture.profiles.batchUpsert([respelled]).results[0].get().outcome == .unchanged)
        }
    }

    @Test func `pages hold every profile once, in order, whatever happens between them`() async throws {
        try await RepositoryFixture.run { fixture in
            let names = (0..<23).map { "person-\($0 < 10 ? "0" : "")\($0)" }
            _ = try await fixture.profiles.batchUpsert(names.shuffled().map { Samples.named($0, slug: $0) })
            _ = try await fixture.profiles.softDelete(.slug("person-03"))
            var seen: [String] = []
            var token = ""
            repeat {
                let page = try await fixture.profiles.list(pageSize: 5, pageToken: token)
                #expect(page.profiles.count == 5 || page.nextPageToken.isEmpty)
                seen += page.profiles.map(\.slug)
                token = page.nextPageToken
                if seen.count == 5 { _ = try await fixture.profiles.softDelete(.slug("person-00")) }
            } while !token.isEmpty
            #expect(seen == names.filter { $0 != "person-03" })
            let all = try await fixture.profiles.list(showDeleted: true)
            #expect(all.profiles.map(\.slug) == names)
            #expect(all.nextPageToken.isEmpty)
            #expect(all.profiles[3].deleteTime != nil)
            await #expect(throws: RepositoryError.invalidField(path: "page_size", reason: "is negative")) {
                try await fixture.profiles.list(pageSize: -1)
            }
        }
    }

    @Test func `a page token is good for its list only`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.batchUpsert((0..<9).map { Samples.named("Person \($0)") })
            let token = try await fixture.profiles.list(pageSize: 4).nextPageToken
            for (size, deleted) in [(5, false), (4, true)] {
                await #expect(throws: RepositoryError.invalidPageToken) {
                    try await fixture.profiles.list(pageSize: size, pageToken: token, showDeleted: deleted)
                }
            }
            await #expect(throws: RepositoryError.invalidPageToken) {
                try await fixture.operations.list(pageSize: 4, pageToken: token)
            }
            #expect(try await fixture.profiles.list(pageSize: 4, pageToken: token).profiles.count == 4)
            let other = ProfileRepository(
                database: fixture.database,
                pageTokens: try await PageTokens.load(from: fixture.database)
            )
            let there = try await other.list(pageSize: 4, pageToken: token).profiles
            let here = try await fixture.profiles.list(pageSize: 4, pageToken: token).profiles
            #expect(there == here, "a list goes on at another server")
        }
    }

    @Test func `hostile texts come back byte for byte`() async throws {
        try await RepositoryFixture.run { fixture in
            var sent: [Profile] = []
            for (index, text) in HostileTexts.all.enumerated() {
                var profile = Samples.named(text, slug: "hostile-\(index)", summary: text)
                profile.headline = text
                profile.location = text
                profile.tags = [text]
                profile.keywords = [text]
                profile.experiences = [
                    Experience(
                        title: text,
                        organization: text,
                        location: text,
                        description: text,
                        highlights: [text, text],
                        tags: [text]
                    )
                ]
                profile.skills = [Skill(name: text, category: text, level: text, keywords: [text])]
                sent.append(profile)
            }
            for start in stride(from: 0, to: sent.count, by: 200) {
                for result in try await fixture.profiles.batchUpsert(Array(sent[start..<min(start + 200, sent.count)]))
                    .results
                {
                    #expect(try result.get().outcome == .created)
                }
            }
            let found = try await fixture.profiles.batchGet(sent.map { .slug($0.slug) })
            for (stored, profile) in zip(found, sent) {
                var content = Samples.content(try #require(stored))
                content.attributesJson = ""
                #expect(content == profile)
            }
            // As questions they are only words.
            for text in HostileTexts.all.prefix(60) {
                _ = try await fixture.search.search(SearchQuery(.text(text)))
                await #expect(throws: RepositoryError.notFound(.profile, key: text)) {
                    try await fixture.profiles.get(.slug(text))
                }
            }
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == Int64(sent.count))
        }
    }

    @Test func `a consistency token that is none is refused`() throws {
        for text in ["", "1-", "2-0000000000000000", "1-000000000000000G", "1-00000000000000000", "1-00000000000000AB"]
        {
            #expect(throws: RepositoryError.invalidConsistencyToken) { try ConsistencyToken(text: text) }
        }
        #expect(try ConsistencyToken(text: "1-00000000000000ab").text == "1-00000000000000ab")
    }
}
