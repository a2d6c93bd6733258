import Foundation
import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// Saved searches as their owners keep and watch them.
@Suite(.freshDatabase) struct SavedSearchTests {
    private static let reader = "URI:spiffe://test/reader"
    private static let other = "URI:spiffe://test/other"
    /// What the reader has proved to be.
    private static let owner = "uri:spiffe://test/reader"
    private static let roles = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        reader: [Self.reader, Self.other]
    )

    private static func run(
        embedders: EmbedderRegistry? = nil,
        roles: ServerConfiguration.Roles = Self.roles,
        _ body: (ServiceFixture) async throws -> Void
    ) async throws {
        try await ServiceFixture.run(
            embeds: false,
            embedders: embedders,
            roles: roles,
            workers: [.savedSearches],
            body
        )
    }

    private static func person(_ slug: String, _ summary: String, tags: [String] = []) -> Profile {
        Profile(slug: slug, displayName: slug, summary: summary, tags: tags)
    }

    private static func store(
        _ client: LikenessClient,
        _ people: Profile...,
        waitFor: WaitFor = .committed
    ) async throws {
        let response = try await client.profiles.batchUpsertProfiles(
            .init(profiles: people, waitFor: waitFor),
            options: .init()
        )
        for result in response.results {
            guard case .upserted? = result.result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    private static func key(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }

    private static func words(_ text: String, filter: String = "", mask: String = "") -> QueryRequest {
        QueryRequest(query: .init(ask: .text(.init(text: text, mode: .text))), filter: filter, mask: mask)
    }

    @discardableResult
    private static func create(
        _ client: LikenessClient,
        _ name: String,
        _ query: QueryRequest
    ) async throws -> SavedSearch {
        let request = CreateSavedSearchRequest(savedSearch: .init(name: name, query: query))
        return try #require(try await client.savedSearches.createSavedSearch(request, options: .init()).savedSearch)
    }

    private static func update(
        _ client: LikenessClient,
        _ name: String,
        _ query: QueryRequest
    ) async throws {
        let request = UpdateSavedSearchRequest(
            savedSearch: .init(name: name, query: query),
            updateMask: .init(paths: ["query"])
        )
        _ = try await client.savedSearches.updateSavedSearch(request, options: .init())
    }

    // MARK: Keeping

    @Test func `a search is kept, listed, changed and deleted by its owner alone`() async throws {
        try await Self.run { fixture in
            let owner = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let stranger = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.other)
            let saved = owner.savedSearches
            let created = try await Self.create(owner, "sailors", Self.words("port"))
            #expect(created.revision == 1 && created.owner == Self.owner && created.state == .pending)
            let again = await ServiceFixture.failure { try await Self.create(owner, "sailors", Self.words("port")) }
            #expect(again?.code == .alreadyExists && again?.violations.first?.field == "saved_search.name")
            try await Self.create(stranger, "sailors", Self.words("harbour"))
            try await Self.create(owner, "bakers", QueryRequest(filter: "tags:bread"))

            let got = try await saved.getSavedSearch(.init(name: "sailors"), options: .init()).savedSearch
            #expect(got?.query == Self.words("port") && got?.id == created.id)
            let first = try await saved.listSavedSearches(.init(pageSize: 1), options: .init())
            let second = try await saved.listSavedSearches(
                .init(pageSize: 1, pageToken: first.nextPageToken),
                options: .init()
            )
            #expect((first.savedSearches + second.savedSearches).map(\.name) == ["bakers", "sailors"])
            #expect(second.nextPageToken.isEmpty)
            let all = try await fixture.client.savedSearches.listSavedSearches(.init(allOwners: true), options: .init())
            #expect(all.savedSearches.count == 3)
            let denied = await ServiceFixture.failure {
                try await saved.listSavedSearches(.init(allOwners: true), options: .init())
            }
            #expect(denied?.code == .permissionDenied && denied?.violations.first?.field == "all_owners")

            let described = try await saved.updateSavedSearch(
                .init(
                    savedSearch: .init(name: "bakers", description: "Bread"),
                    updateMask: .init(paths: ["description"]),
                    ifRevision: 1
                ),
                options: .init()
            ).savedSearch
            #expect(
                described?.description == "Bread" && described?.revision == 2
                    && described?.query?.filter == "tags:bread"
            )
            let outdated = await ServiceFixture.failure {
                try await saved.deleteSavedSearch(.init(name: "bakers", ifRevision: 1), options: .init())
            }
            #expect(outdated?.code == .aborted)
            for call in [
                {
                    try await stranger.savedSearches.getSavedSearch(.init(name: "bakers"), options: .init()).savedSearch
                },
                {
                    try await stranger.savedSearches.deleteSavedSearch(.init(name: "bakers"), options: .init())
                        .savedSearch
                },
            ] {
                #expect(await ServiceFixture.failure(call)?.code == .notFound)
            }
            let foreign = await ServiceFixture.failure {
                try await stranger.savedSearches.deleteSavedSearch(
                    .init(name: "bakers", owner: Self.owner),
                    options: .init()
                )
            }
            #expect(foreign?.code == .permissionDenied)
            _ = try await fixture.client.savedSearches.deleteSavedSearch(
                .init(name: "bakers", owner: Self.owner),
                options: .init()
            )
            _ = try await saved.deleteSavedSearch(.init(name: "sailors"), options: .init())
            #expect(try await saved.listSavedSearches(.init(), options: .init()).savedSearches.isEmpty)
            for client in [owner, stranger] { await client.close() }
        }
    }

    private static let text = Query(ask: .text(.init(text: "port", mode: .text)))

    @Test(arguments: [
        (QueryRequest(query: Self.text, limit: 5), "limit"),
        (QueryRequest(query: Self.text, pageWindow: 5), "page_window"),
        (QueryRequest(query: Self.text, pageToken: "x"), "page_token"),
        (QueryRequest(query: Self.text, facets: ["tags"]), "facets"),
        (QueryRequest(query: Self.text, orderBy: "update_time"), "order_by"),
        (QueryRequest(query: Self.text, diversity: 0.5), "diversity"),
        (QueryRequest(query: Self.text, boosts: .init(recency: 0.5)), "boosts"),
        (QueryRequest(query: Self.text, minRelevance: 0.5), "min_relevance"),
        (QueryRequest(query: Self.text, groupBy: .section), "group_by"),
        (QueryRequest(query: Self.text, validateOnly: true), "validate_only"),
        (QueryRequest(query: Self.text, readMask: .init(paths: ["id"])), "read_mask"),
        (QueryRequest(query: Self.text, precision: .exact), "precision"),
        (QueryRequest(query: Self.text, filter: "nothing = 1"), "filter"),
        (QueryRequest(query: Self.text, mask: "none"), "mask"),
        (QueryRequest(query: .init(ask: .text(.init(text: "-port -bread", mode: .text)))), "query.text.text"),
        (QueryRequest(), "query"),
        (QueryRequest(minScore: 0.5, filter: "tags:x"), "min_score"),
        (QueryRequest(query: .init(ask: .text(.init(text: "port")))), "min_score"),
        (QueryRequest(query: .init(ask: .vector(.init(values: [1, 0, 0])))), "min_score"),
        (QueryRequest(query: .init(ask: .vector(.init(values: [1, 0, 0]))), minScore: 0.5), "query.vector.values"),
        (
            QueryRequest(query: .init(ask: .examples(.init(positive: [Self.key("ada")]))), minScore: 0.5),
            "query.examples"
        ),
        (
            QueryRequest(
                query: .init(ask: .fusion(.init(queries: [.init(query: Self.text)], method: .reciprocalRank))),
                minScore: 0.5
            ), "query.fusion.method"
        ),
    ]) func `what does not decide who matches cannot be saved`(query: QueryRequest, field: String) async throws {
        let models = EmbedderRegistry([WordEmbedder()])
        try await Self.run(embedders: models) { fixture in
            let error = await ServiceFixture.failure { try await Self.create(fixture.client, "saved", query) }
            #expect(error?.code == .invalidArgument, "\(String(describing: error))")
            #expect(
                error?.violations.contains { $0.field == "saved_search.query.\(field)" } == true,
                "\(String(describing: error?.violations))"
            )
        }
    }

    // MARK: Watching

    @Test func `a stream has those who match, and then who starts and who ceases to`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            try await Self.store(client, Self.person("ada", "Sailed to port"), Self.person("bob", "Baked bread"))
            try await Self.create(client, "sailors", Self.words("port"))
            let watched = WatchedSearch(client, "sailors")
            try await watched.catchUp()
            #expect(await watched.events.map(\.profile) == ["ada"])
            let fresh = WatchedSearch(client, "sailors")
            try await fresh.catchUp(skipExisting: true)
            #expect(await fresh.events.isEmpty)

            await watched.forget()
            try await Self.store(client, Self.person("cid", "Left the port"))
            try await watched.watch(untilMatched: "cid")
            try await Self.store(client, Self.person("ada", "Stayed at home"))
            _ = try await client.profiles.deleteProfile(.init(key: Self.key("cid")), options: .init())
            try await Self.store(client, Self.person("dan", "A port"))
            try await watched.watch(untilMatched: "dan")
            _ = try await client.profiles.restoreProfile(.init(key: Self.key("cid")), options: .init())
            try await watched.watch { watched, _ in
                await watched.events.filter { $0.kind == .matched && $0.profile == "cid" }.count == 2
            }
            // Of a deleted profile the id alone. What is read at once comes in no order of profiles.
            let ceased = await watched.answers.flatMap(\.events).filter { $0.kind == .ceased }
            #expect(ceased.map { $0.profile?.slug ?? "-" }.sorted() == ["", "ada"])
            #expect(ceased.map { $0.profile?.displayName ?? "-" }.sorted() == ["", "ada"])
            // All of it again, from a token of before.
            try await fresh.watch { fresh, caughtUp in await fresh.events.count >= 5 && caughtUp }
            let (one, other) = (await fresh.matching, await watched.matching)
            #expect(one == other && one.count == 2)
            let stored = try await client.savedSearches.getSavedSearch(.init(name: "sailors"), options: .init())
            #expect(stored.savedSearch?.matchCount == 2 && stored.savedSearch?.state == .following)
        }
    }

    @Test func `who matches by the new query and not by the old one is an event`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            try await Self.store(
                client,
                Self.person("ada", "Sailed to port"),
                Self.person("bob", "Baked bread"),
                Self.person("cid", "Bread in port")
            )
            try await Self.create(client, "saved", Self.words("port"))
            let watched = WatchedSearch(client, "saved")
            try await watched.catchUp()
            await watched.forget()
            try await Self.update(client, "saved", Self.words("bread"))
            try await watched.watch { watched, caughtUp in await watched.events.count == 2 && caughtUp }
            let events = await watched.events
            #expect(events.filter { $0.kind == .matched }.map(\.profile) == ["bob"])
            #expect(events.filter { $0.kind == .ceased }.count == 1)
        }
    }

    @Test func `a token is of one caller and one search, and good while what follows is kept`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            try await Self.create(client, "saved", Self.words("port"))
            try await Self.create(client, "second", Self.words("port"))
            let watched = WatchedSearch(client, "saved")
            try await watched.catchUp()
            let token = await watched.token
            for (name, token) in [("saved", "zz"), ("saved", token + "00"), ("second", token), ("saved", "00")] {
                let other = WatchedSearch(client, name)
                await other.set(token: token)
                let error = await ServiceFixture.failure { try await other.catchUp() }
                #expect(error?.code == .invalidArgument && error?.violations.first?.field == "resume_token")
            }
            let owner = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let foreign = await ServiceFixture.failure { try await WatchedSearch(owner, "saved").catchUp() }
            #expect(foreign?.code == .notFound)
            await owner.close()

            for number in 0..<3 {
                try await Self.store(client, Self.person("sailor-\(number)", "To port"))
                try await watched.watch(untilMatched: "sailor-\(number)")
            }
            // The first of them is over.
            try await TestDatabase.current.pool.withConnection {
                try await $0.executeScript("DELETE FROM saved_search_events WHERE number <= 2")
            }
            await watched.set(token: token)
            let expired = await ServiceFixture.failure { try await watched.catchUp() }
            #expect(
                expired?.code == .outOfRange && expired?.reason == "RESUME_TOKEN_EXPIRED",
                "\(String(describing: expired))"
            )
        }
    }

    @Test func `what a mask hides neither starts nor ends a match, and another mask begins anew`() async throws {
        let masks = [
            Mask(name: "public", configuration: .init(excludeTags: ["gone"], hiddenFields: ["summary"])),
            Mask(name: "narrow", configuration: .init(includeTags: ["some"])),
        ]
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.reader],
            masks: ["\(Self.reader)=public"]
        )
        try await Self.run(roles: roles) { fixture in
            let client = fixture.client
            for mask in masks { _ = try await client.admin.createMask(.init(mask: mask), options: .init()) }
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            func person(_ slug: String, headline: String, summary: String = "", tags: [String] = []) -> Profile {
                Profile(slug: slug, displayName: slug, headline: headline, summary: summary, tags: tags)
            }
            try await Self.store(client, person("ada", headline: "Baker"), person("bob", headline: "In port"))
            try await Self.create(bound, "sailors", Self.words("port"))
            let watched = WatchedSearch(bound, "sailors")
            try await watched.catchUp()
            #expect(await watched.events.map(\.profile) == ["bob"])
            await watched.forget()
            // Hidden things, and then one that is not.
            try await Self.store(client, person("ada", headline: "Baker", summary: "port"))
            try await Self.store(client, person("cid", headline: "port", tags: ["gone"]))
            try await Self.store(client, person("bob", headline: "In port", summary: "port port"))
            try await Self.store(client, person("dan", headline: "A port", tags: ["some"]))
            try await watched.watch(untilMatched: "dan")
            #expect(await watched.events.map(\.profile) == ["dan"])
            // It is not shown any more.
            try await Self.store(client, person("bob", headline: "In port", tags: ["gone"]))
            try await watched.watch { watched, _ in await watched.events.contains { $0.kind == .ceased } }
            let ceased = await watched.answers.last?.events.last?.profile
            #expect(ceased == ProfileSummary(id: ceased?.id ?? ""))
            // Another one ceases to match, and is shown.
            try await Self.store(client, person("dan", headline: "A baker", tags: ["some"]))
            try await watched.watch { watched, _ in
                await watched.events.contains { $0.kind == .ceased && $0.profile == "dan" }
            }
            try await Self.store(client, person("dan", headline: "A port", tags: ["some"]))
            try await watched.watch { watched, _ in
                await watched.events.filter { $0.kind == .matched && $0.profile == "dan" }.count == 2
            }
            await watched.forget()

            try await Self.update(bound, "sailors", Self.words("port", mask: "narrow"))
            let expired = await ServiceFixture.failure {
                try await watched.watch { watched, _ in await watched.events.count > 0 }
            }
            #expect(expired?.code == .outOfRange, "\(String(describing: expired))")
            await watched.begin()
            try await watched.catchUp()
            #expect(await watched.events.map(\.profile) == ["dan"])
            // The mask is another one.
            let change = UpdateMaskRequest(
                mask: .init(name: "narrow", configuration: .init(includeTags: ["none"])),
                updateMask: .init(paths: ["configuration.include_tags"])
            )
            _ = try await client.admin.updateMask(change, options: .init())
            let changed = await ServiceFixture.failure {
                try await watched.watch { watched, _ in await watched.events.count > 1 }
            }
            #expect(changed?.code == .outOfRange, "\(String(describing: changed))")
            await watched.begin()
            try await watched.catchUp()
            #expect(await watched.events.isEmpty)
            await bound.close()
        }
    }

    @Test func `a stream goes on with another service, from events that were written while none ran`() async throws {
        var token = ""
        try await Self.run { fixture in
            try await Self.create(fixture.client, "sailors", Self.words("port"))
            let watched = WatchedSearch(fixture.client, "sailors")
            try await watched.catchUp()
            token = await watched.token
        }
        // No follower works here.
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            try await Self.store(fixture.client, Self.person("ada", "To port"), Self.person("bob", "To port"))
            try await Self.store(fixture.client, Self.person("bob", "At home"))
        }
        try await Self.run { fixture in
            let watched = WatchedSearch(fixture.client, "sailors")
            await watched.set(token: token)
            try await watched.watch(untilMatched: "ada")
            #expect(await watched.events.map(\.profile) == ["ada"])
        }
    }

    @Test func `a search that is deleted ends its streams`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            try await Self.create(client, "sailors", Self.words("port"))
            let watched = WatchedSearch(client, "sailors")
            try await watched.catchUp()
            let error = await ServiceFixture.failure {
                try await watched.watch { _, _ in
                    _ = try? await client.savedSearches.deleteSavedSearch(
                        .init(name: "sailors"),
                        options: .init()
                    )
                    return false
                }
            }
            #expect(error?.code == .notFound, "\(String(describing: error))")
        }
    }

    // MARK: The set

    enum Kind: CaseIterable { case filter, words, filteredWords, vector, hybrid, fusion, masked }

    private static func query(_ kind: Kind, _ word: String) -> QueryRequest {
        func text(_ mode: SearchMode) -> Query { Query(ask: .text(.init(text: word, mode: mode))) }
        return switch kind {
        case .filter: QueryRequest(filter: "tags:\(word) OR summary:\(word)")
        case .words: QueryRequest(query: text(.text))
        case .filteredWords: QueryRequest(query: text(.text), filter: "NOT tags:ore")
        case .vector: QueryRequest(query: text(.vector), minScore: 0.3)
        case .hybrid: QueryRequest(query: text(.hybrid), minScore: 0.3)
        case .fusion:
            QueryRequest(
                query: .init(ask: .fusion(.init(queries: [.init(query: text(.text)), .init(query: text(.vector))]))),
                minScore: 0.3
            )
        case .masked: QueryRequest(query: text(.text), mask: "shown")
        }
    }

    @Test(arguments: Kind.allCases)
    func `after random writes the events make the set that a search finds`(kind: Kind) async throws {
        let models = EmbedderRegistry([WordEmbedder()])
        try await Self.run(embedders: models) { fixture in
            let client = fixture.client
            let mask = Mask(name: "shown", configuration: .init(excludeTags: ["ore"], hiddenFields: ["headline"]))
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            var random = SeededNumbers(seed: 7)
            let words = ["port", "bread", "pearls", "ore"]
            func person(_ number: Int) -> Profile {
                let tags = random.number(0...2) == 0 ? [random.pick(words)] : []
                return Profile(
                    slug: "person-\(number)",
                    displayName: "Person \(number)",
                    headline: random.pick(words),
                    summary: "\(random.pick(words)) \(random.pick(words))",
                    tags: tags
                )
            }
            for number in 0..<20 { try await Self.store(client, person(number), waitFor: .embedded) }
            var word = "port"
            try await Self.create(client, "saved", Self.query(kind, word))
            let watched = WatchedSearch(client, "saved")
            for round in 0..<6 {
                for _ in 0..<8 {
                    let number = random.number(0...24)
                    switch random.number(0...3) {
                    // Some are not there, or not deleted.
                    case 0:
                        let key = Self.key("person-\(number)")
                        _ = try? await client.profiles.deleteProfile(.init(key: key), options: .init())
                    case 1:
                        let key = Self.key("person-\(number)")
                        _ = try? await client.profiles.restoreProfile(.init(key: key), options: .init())
                    default:
                        let one = person(number)
                        // Of a deleted one it is refused.
                        _ = try await client.profiles.batchUpsertProfiles(
                            .init(profiles: [one], waitFor: .embedded),
                            options: .init()
                        )
                    }
                }
                if round % 2 == 1 {
                    word = random.pick(words)
                    try await Self.update(client, "saved", Self.query(kind, word))
                }
                // The last of the writes: what was written before it is looked at before it.
                var last = Self.person("last-\(round)", "\(word) \(word)", tags: [word == "ore" ? "none" : word])
                if kind == .filteredWords || kind == .masked { last.tags = [] }
                try await Self.store(client, last, waitFor: .embedded)
                try await watched.watch { watched, caughtUp in
                    let events = await watched.events
                    return caughtUp && events.contains { $0.kind != .ceased && $0.profile == "last-\(round)" }
                }
                let wanted = try await Self.found(client, Self.query(kind, word))
                let found = await watched.matching
                #expect(found == wanted, "round \(round): \(found.count) for \(wanted.count)")
            }
        }
    }

    /// What a search finds now, or a list where there is only a filter.
    private static func found(_ client: LikenessClient, _ query: QueryRequest) async throws -> Set<String> {
        guard query.query != nil else {
            let list = try await client.profiles.listProfiles(
                .init(pageSize: 1_000, filter: query.filter),
                options: .init()
            )
            return Set(list.profiles.map(\.id))
        }
        var query = query
        (query.limit, query.precision) = (1_000, .exact)
        return Set(try await client.search.query(query, options: .init()).hits.compactMap { $0.profile?.id })
    }
}
