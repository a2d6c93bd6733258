import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

/// What a service says and does about embedding spaces, by the models that it runs.
@Suite(.freshDatabase, .timeLimit(.minutes(10))) struct ServedModelsTests {
    private static let ours = FakeEmbedder(modelID: "ours@1")
    private static let theirs = FakeEmbedder(modelID: "theirs@1")

    private static var person: Profile { Profile(slug: "ada", displayName: "Ada", summary: "Sails.") }
    private static let text = "Sails. Ada"

    private static func query(_ ask: Query.Ask, _ space: String = "") -> QueryRequest {
        QueryRequest(query: .init(ask: ask), embeddingSpace: space)
    }

    private static func withSpaces(
        active: String,
        embedders: [any Embedder],
        _ body: (ServiceFixture) async throws -> Void
    ) async throws {
        try await EmbeddedDatabase.run { database in
            _ = try await database.makeSpace("ours", model: Self.ours.modelID, isActive: active == "ours")
            _ = try await database.makeSpace("theirs", model: Self.theirs.modelID, isActive: active == "theirs")
        }
        try await ServiceFixture.run(embedders: EmbedderRegistry(embedders), body)
    }

    private static func component(_ name: String, _ fixture: ServiceFixture) async throws -> ComponentHealth? {
        try await fixture.client.admin.getHealth(.init(), options: .init()).components.first { $0.name == name }
    }

    @Test func `each text is searched for by the model of its space`() async throws {
        try await Self.withSpaces(active: "ours", embedders: [Self.ours, Self.theirs]) { fixture in
            _ = try await fixture.client.profiles.createProfile(.init(profile: Self.person), options: .init())
            for space in ["", "ours", "theirs"] {
                let isFound = try await Patience.until {
                    let answer = try await fixture.client.search.query(
                        Self.query(.text(.init(text: Self.text, mode: .vector)), space),
                        options: .init()
                    )
                    #expect(answer.embeddingSpace == (space.isEmpty ? "ours" : space))
                    return answer.hits.count == 1 && answer.hits[0].score > 0.99
                }
                #expect(isFound, "\(space)")
            }
            #expect(try await Self.component("embedder", fixture)?.message == "ours@1, theirs@1")
        }
    }

    @Test func `a space of another model is searched by vectors only, and its sections wait`() async throws {
        try await Self.withSpaces(active: "ours", embedders: [Self.ours]) { fixture in
            let written = try await fixture.client.profiles.createProfile(
                .init(profile: Self.person, waitFor: .embedded),
                options: .init()
            )
            #expect(written.isEmbedded)
            let failure = await ServiceFixture.failure {
                try await fixture.client.search.query(
                    Self.query(.text(.init(text: Self.text, mode: .vector)), "theirs"),
                    options: .init()
                )
            }
            #expect(failure?.code == .failedPrecondition)
            #expect(failure?.reason == "MODEL_NOT_SERVED")
            #expect(failure?.message.hasPrefix("embedding_space theirs holds vectors of theirs@1") == true)
            let answer = try await fixture.client.search.query(
                Self.query(.vector(.init(values: Self.theirs.vector(Self.text))), "theirs"),
                options: .init()
            )
            #expect(answer.embeddingSpace == "theirs" && answer.hits.isEmpty)

            let spaces = try await fixture.client.admin.getStatistics(.init(), options: .init()).embeddingSpaces
            let states = Dictionary(uniqueKeysWithValues: spaces.map { ($0.name, ($0.served, $0.outboxPending)) })
            #expect(states["ours"]! == (true, 0))
            #expect(states["theirs"]! == (false, 1))
            let isSaid = try await Patience.until {
                let health = try await Self.component("embedding_spaces", fixture)
                return health?.status == .serving
                    && health?.message.contains(
                        "theirs takes vectors only: its model theirs@1 is not run here, 1 sections"
                    )
                        == true
            }
            #expect(isSaid)
            // What waits for another service does not degrade this one.
            #expect(try await Self.component("outbox", fixture)?.status == .serving)
        }
    }

    @Test func `when the active space is of another model, texts are refused, health says so, and no write waits`()
        async throws
    {
        try await Self.withSpaces(active: "theirs", embedders: [Self.ours]) { fixture in
            let written = try await fixture.client.profiles.createProfile(
                .init(profile: Self.person, waitFor: .embedded),
                options: .init()
            )
            #expect(!written.isEmbedded)
            for mode in [SearchMode.vector, .hybrid] {
                let failure = await ServiceFixture.failure {
                    try await fixture.client.search.query(
                        Self.query(.text(.init(text: Self.text, mode: mode))),
                        options: .init()
                    )
                }
                #expect(failure?.reason == "MODEL_NOT_SERVED")
            }
            let words = try await fixture.client.search.query(
                Self.query(.text(.init(text: "sails", mode: .text))),
                options: .init()
            )
            #expect(words.hits.count == 1)
            let isDegraded = try await Patience.until {
                try await Self.component("embedding_spaces", fixture)?.status == .degraded
            }
            #expect(isDegraded)
        }
    }
}
