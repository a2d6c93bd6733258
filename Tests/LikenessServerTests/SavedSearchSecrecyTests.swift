import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// Two stores that differ only in what a mask hides give the same events of searches through it, byte for byte but for the times at which
/// they were found out.
@Suite(.freshDatabase) struct SavedSearchSecrecyTests {
    private static let reader = "URI:spiffe://test/reader"
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
    private static let rounds = 4
    private static let writesPerRound = 5

    /// What a caller has of its searches: their events, and what the searches say of themselves.
    private struct Seen {
        /// From which its streams go on.
        var tokens: [String: String] = [:]
        var events: [String: [[UInt8]]] = [:]
        var matchCounts: [String: Int64] = [:]
    }

    private static let queries: [String: QueryRequest] = [
        "words": .init(query: .init(ask: .text(.init(text: "alpha gamma", mode: .text)))),
        "most": .init(query: .init(ask: .text(.init(text: "alpha beta delta", mode: .text))), minScore: 0.7),
        "begun": .init(query: .init(ask: .text(.init(text: "na* -beta", mode: .text))), filter: "NOT tags:t3"),
        "vector": .init(query: .init(ask: .vector(.init(values: Self.embedder.vector("alpha")))), minScore: 0.05),
        "hybrid": .init(query: .init(ask: .text(.init(text: "beta Ada", mode: .hybrid))), minScore: 0.2),
        "filter": .init(filter: "headline:alpha OR skills.name:gamma"),
    ]

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `what a mask hides changes no event`(seed: UInt64) async throws {
        let plain = try await Self.seen(seed: seed, hidesOthers: false)
        let other = try await Self.seen(seed: seed, hidesOthers: true)
        for name in Self.queries.keys.sorted() {
            #expect(other.events[name] == plain.events[name], "\(name)")
        }
        #expect(other.matchCounts == plain.matchCounts)
        #expect(!plain.matchCounts.isEmpty)
        print("seed \(seed): \(plain.events.mapValues(\.count))")
    }

    /// Writes what the seed says, and watches it.
    ///
    /// - Parameter hidesOthers: What the mask hides is something else.
    private static func seen(seed: UInt64, hidesOthers: Bool) async throws -> Seen {
        try await TestDatabase.current.pool.withConnection {
            try await $0.executeScript("DELETE FROM saved_searches; DELETE FROM profiles; DELETE FROM masks")
        }
        var random = SeededNumbers(seed: seed)
        var others = SeededNumbers(seed: seed &+ 1_000)
        let view = RandomView(&random)
        func stored(_ person: Profile, _ number: Int) -> Profile {
            hidesOthers ? view.changed(person, number: number, &others) : person
        }
        var seen = Seen()
        // It writes and embeds, and does not follow.
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { writer in
            let client = writer.client
            let mask = Mask(name: "bound", configuration: view.configuration)
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            var people = (0..<10).map { RandomView.person($0, &random) }
            for (number, person) in people.enumerated() {
                let request = CreateProfileRequest(profile: stored(person, number))
                _ = try await client.profiles.createProfile(request, options: .init())
            }
            try await Self.follow(into: &seen)
            for _ in 0..<Self.rounds {
                for _ in 0..<Self.writesPerRound {
                    let number = random.number(0...people.count - 1)
                    let key = ProfileKey(key: .id(people[number].id))
                    switch random.number(0...5) {
                    case 0:
                        // Some are deleted already, or are not.
                        _ = try? await client.profiles.deleteProfile(.init(key: key), options: .init())
                    case 1: _ = try? await client.profiles.restoreProfile(.init(key: key), options: .init())
                    default:
                        var person = RandomView.person(number, &random)
                        (person.id, person.slug) = (people[number].id, people[number].slug)
                        people[number] = person
                        let request = UpdateProfileRequest(
                            key: key,
                            profile: stored(person, number),
                            updateMask: .init(paths: ["*"])
                        )
                        _ = try? await client.profiles.updateProfile(request, options: .init())
                    }
                }
                try await Self.follow(into: &seen)
            }
        }
        return seen
    }

    /// Has all that was written compared by a service that comes for that, when all of it is embedded: what a stream has then does not
    /// depend on how fast that was.
    private static func follow(into seen: inout Seen) async throws {
        let isEmbedded = try await Patience.until { try await SavedSearchTime.isEmbedded }
        try #require(isEmbedded)
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.reader],
            masks: ["\(Self.reader)=bound"]
        )
        try await ServiceFixture.run(
            embedders: EmbedderRegistry([Self.embedder]),
            roles: roles,
            workers: [.savedSearches]
        ) { follower in
            let reader = try ServiceFixture.client(follower.authority, port: follower.port, name: Self.reader)
            if seen.tokens.isEmpty { seen.tokens = try await Self.create(reader) }
            let isCompared = try await Patience.until {
                let isSettled = try await SavedSearchTime.isSettled
                return try await SavedSearchTime.isCompared && isSettled
            }
            try #require(isCompared)
            for (name, token) in seen.tokens {
                let watched = WatchedSearch(reader, name)
                await watched.set(token: token)
                try await watched.catchUp()
                seen.tokens[name] = await watched.token
                for var event in await watched.answers.flatMap(\.events) {
                    event.eventTime = nil
                    seen.events[name, default: []].append(try event.encodedBytes())
                }
                let stored = try await reader.savedSearches.getSavedSearch(.init(name: name), options: .init())
                seen.matchCounts[name] = stored.savedSearch?.matchCount
            }
            await reader.close()
        }
    }

    /// - Returns: No token for each search that there is; some ask for what the mask hides.
    private static func create(_ reader: LikenessClient) async throws -> [String: String] {
        var tokens: [String: String] = [:]
        for (name, query) in Self.queries {
            do {
                let request = CreateSavedSearchRequest(savedSearch: .init(name: name, query: query))
                _ = try await reader.savedSearches.createSavedSearch(request, options: .init())
                tokens[name] = ""
            } catch let error as LikenessError where error.code == .invalidArgument {}
        }
        return tokens
    }
}
