import LikenessMessages
import LikenessRepository
import LikenessTesting
import Testing

@Suite(.freshDatabase) struct EmbeddingRepositoryTests {
    @Test func `the first space is there and active`() async throws {
        try await RepositoryFixture.run { fixture in
            let space = try await fixture.embeddings.space(named: "")
            #expect(space.name == "all-MiniLM-L6-v2")
            #expect(space.dimension == 384)
            #expect(space.indexMethod == .hnsw)
            #expect(space.isActive)
        }
    }

    @Test func `a write puts its sections in the outbox with their texts`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile = try await fixture.profiles.create(Samples.curie()).value
            #expect(try await fixture.embeddings.outboxStatus().pending == 4)
            #expect(try await !fixture.embeddings.isEmbedded(profileIDs: [profile.id]))
            let space = try await fixture.embeddings.space(named: "")
            let jobs = try await fixture.embeddings.claim(space: space, count: 10)
            let texts = Dictionary(uniqueKeysWithValues: jobs.map { ("\($0.kind)/\($0.sectionID)", $0.text) })
            let expected = Dictionary(
                uniqueKeysWithValues: SectionText.sections(of: profile).map {
                    ("\($0.kind)/\($0.id)", Optional($0.text))
                }
            )
            #expect(texts == expected)
            #expect(try await fixture.embeddings.claim(space: space, count: 10).isEmpty)
            let stored = try await fixture.embeddings.store(
                jobs.map { ($0, SectionVectors([WordVectors.vector($0.text ?? "")])) },
                in: space
            )
            #expect(stored == 4)
            #expect(try await fixture.embeddings.outboxStatus().pending == 0)
            try await fixture.embeddings.waitUntilEmbedded(profileIDs: [profile.id], deadline: .now + Patience.limit)
        }
    }

    @Test func `workers never get the same section`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.batchUpsert((0..<60).map { Samples.named("Person \($0)") })
            let space = try await fixture.embeddings.space(named: "")
            let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 {
                    group.addTask { try await fixture.embeddings.claim(space: space, count: 15).map(\.sectionID) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 60)
            #expect(Set(claimed).count == 60)
        }
    }

    @Test func `an embedding of an old text is not stored`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile = try await fixture.profiles.create(Samples.named("One", summary: "old")).value
            let space = try await fixture.embeddings.space(named: "")
            let old = try await fixture.embeddings.claim(space: space, count: 1)
            var values = Profile()
            values.summary = "new"
            _ = try await fixture.profiles.update(.id(profile.id), with: values, updateMask: ["summary"])
            #expect(
                try await fixture.embeddings.store([(old[0], SectionVectors([WordVectors.vector("old")]))], in: space)
                    == 0
            )
            #expect(try await fixture.value("SELECT count(*) FROM embeddings_all_minilm_l6_v2", as: Int64.self) == 0)
            let new = try await fixture.embeddings.claim(space: space, count: 1)
            #expect(new.map(\.text) == ["new. One"])
            #expect(
                try await fixture.embeddings.store([(new[0], SectionVectors([WordVectors.vector("new")]))], in: space)
                    == 1
            )
        }
    }

    @Test func `when a lease ends, only the one who claims next may deliver`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("One"))
            let space = try await fixture.embeddings.space(named: "")
            let slow = try await fixture.embeddings.claim(space: space, count: 1, lease: .zero)
            let next = try await fixture.embeddings.claim(space: space, count: 1)
            #expect(next.map(\.attempts) == [2])
            #expect(
                try await fixture.embeddings.store([(slow[0], SectionVectors([WordVectors.vector("a")]))], in: space)
                    == 0
            )
            #expect(
                try await fixture.embeddings.store([(next[0], SectionVectors([WordVectors.vector("b")]))], in: space)
                    == 1
            )
        }
    }

    @Test func `what failed waits before it is tried again`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("One"))
            let space = try await fixture.embeddings.space(named: "")
            let jobs = try await fixture.embeddings.claim(space: space, count: 1)
            try await fixture.embeddings.fail(jobs, in: space, reason: "no model")
            #expect(try await fixture.embeddings.claim(space: space, count: 1).isEmpty)
            #expect(try await fixture.embeddings.outboxStatus().failing == 1)
            let waits = "SELECT extract(epoch FROM available_at - updated_at)::float8 FROM embedding_outbox"
            #expect(try await fixture.value(waits, as: Double.self) == 2)
        }
    }

    @Test func `a new space is filled from what is stored, then switched to`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.curie())
            try await fixture.embedAll()
            let small = try await fixture.embeddings.createSpace(
                name: "small.v1",
                model: "test",
                dimension: 8,
                indexPrecision: .float
            )
            #expect(!small.isActive)
            #expect(try await fixture.embeddings.outboxStatus().pending == 4)
            try await fixture.embedAll()
            try await fixture.embeddings.activate("small.v1")
            let answer = try await fixture.search.search(SearchQuery(.vector([1, 0, 0, 0, 0, 0, 0, 0])))
            #expect(answer.embeddingSpace == "small.v1")
            #expect(answer.hits.count == 1)
            await #expect(throws: RepositoryError.alreadyExists(field: "name")) {
                try await fixture.embeddings.createSpace(name: "small.v1", model: "test", dimension: 8)
            }
        }
    }

    @Test func `a name that could not be a table's is refused`() async throws {
        let names = ["", "x; DROP TABLE profiles", "a\"b", "a b", "-x", "é", String(repeating: "x", count: 60)]
        try await RepositoryFixture.run { fixture in
            for name in names {
                await #expect("\(name)") {
                    try await fixture.embeddings.createSpace(name: name, model: "test", dimension: 8)
                } throws: { error in
                    guard case .invalidField("name", _)? = error as? RepositoryError else { return false }
                    return true
                }
            }
            let spaces = try await fixture.embeddings.spaces()
            #expect(spaces.count == 1)
        }
    }

    @Test func `no other name becomes an identifier`() {
        for name in ["embeddings_", "embeddings_A", "embeddings_a;", "profiles", "embeddings_a b", "embeddings_é"] {
            #expect(SpaceTable(name: name) == nil)
        }
    }
}
