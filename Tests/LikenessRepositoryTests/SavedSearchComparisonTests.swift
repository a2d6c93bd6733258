import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import LikenessWords
import Testing

@testable import LikenessRepository

/// Saved searches compared with profiles, and what is written of that.
@Suite(.freshDatabase) struct SavedSearchComparisonTests {
    private static let words = ["port", "bread", "pearls", "ore", "rope", "harbour", "portside"]

    private static func people(_ count: Int, _ random: inout SplitMix) -> [Profile] {
        (0..<count).map { number in
            let text = (0..<3).map { _ in Self.words.randomElement(using: &random) ?? "" }.joined(separator: " ")
            var person = Samples.named("Person \(number)", summary: text)
            person.tags = Bool.random(using: &random) ? ["even"] : []
            person.experiences = [Experience(category: .work, title: Self.words.randomElement(using: &random) ?? "")]
            return person
        }
    }

    private static func vector(_ text: String) -> [Float] { WordVectors.vector(text) }

    /// With their filters.
    private static var queries: [(SearchQuery?, filter: String)] {
        var queries: [(SearchQuery?, filter: String)] = [
            (nil, "tags:even"), (nil, "NOT experiences.title:port"),
            (nil, "experiences(category = WORK AND title = \"rope\") OR tags:none"), (nil, "tags:even"),
        ]
        for word in Self.words + ["por*", "prot", "\"port bread\"", "ore -rope", "Person 3", "P 3", "portcul*"] {
            queries.append((SearchQuery(.text(word)), ""))
            queries.append((SearchQuery(.text(word)), "NOT tags:even"))
            var many = SearchQuery(.text("\(word) pearls"))
            many.minScore = 0.6
            queries.append((many, ""))
            for least in [0.2, 0.4, 0.6] {
                var near = SearchQuery(.vector(Self.vector(word)))
                near.minScore = least
                queries.append((near, ""))
                var both = SearchQuery(.hybrid(text: word, vector: Self.vector(word)))
                both.minScore = least
                queries.append((both, "tags:even"))
                var fused = SearchQuery(
                    .fusion(
                        SearchFusion(
                            .linear,
                            [
                                .init(.leaf(.init(.text(word)))),
                                .init(.leaf(.init(.vector(Self.vector("bread ore")))), weight: 2),
                            ]
                        )
                    )
                )
                fused.minScore = least
                queries.append((fused, ""))
                var long = both
                long.furtherVectors = [Self.vector("bread ore"), Self.vector("harbour")]
                queries.append((long, ""))
            }
        }
        return queries
    }

    /// Of masks; `nil` for everything.
    private static let masks: [MaskConfiguration?] = [
        nil, .init(excludeTags: ["even"], hiddenFields: ["summary"]),
        .init(
            weights: [.init(kind: .summary, weight: 0.2), .init(kind: .experience, weight: 1)],
            coarsening: .init(displayName: .initials)
        ),
    ]

    /// What a mask shows is made within half of the time that a search has.
    private static var deadline: ContinuousClock.Instant { .now + Patience.limit * 2 }

    /// Some people, with a mask of that configuration, and an index of words that has not seen the last of them.
    private static func run(
        _ mask: MaskConfiguration?,
        _ body: (RepositoryFixture, View?) async throws -> Void
    ) async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 3)
            for person in Self.people(60, &random) { _ = try await fixture.profiles.create(person) }
            let tokens = try await PageTokens.load(from: fixture.database)
            let masks = MaskRepository(database: fixture.database, pageTokens: tokens)
            var view: View?
            if let mask {
                _ = try await masks.create(Mask(name: "shown", configuration: mask))
                view = try await masks.view(bound: ["shown"], requested: "")
            }
            var first = SearchQuery(.text("port"))
            first.view = view
            _ = try await fixture.search.search(first, deadline: Self.deadline)
            _ = try await fixture.profiles.create(Samples.named("Portia Porter", summary: "portcullis bread"))
            try await fixture.embedAll()
            try await body(fixture, view)
        }
    }

    @Test(arguments: Self.masks.indices)
    func `each search says of some profiles what it says of them among all`(mask: Int) async throws {
        try await Self.run(Self.masks[mask]) { fixture, view in
            var saved: [(SavedQuery, asked: String, wanted: [UUID: Double])] = []
            // A list with a filter alone has no view here.
            for (query, filter) in Self.queries where query != nil || view == nil {
                let one = try await fixture.search.saved(UUID(), query, filter: filter, view: view)
                let found = try await Self.found(query, filter, view, fixture)
                saved.append((one, "\(String(describing: query)) \(filter)", found))
            }
            let comparison = SavedSearchComparison(search: fixture.search)
            let all = try await fixture.ids()
            for profiles in [all, Array(all.prefix(7)), Array(all.suffix(1))] {
                let outcomes = try await comparison.matches(
                    of: saved.map(\.0),
                    among: profiles,
                    deadline: Self.deadline
                )
                for (search, asked, wanted) in saved {
                    let found = try #require(outcomes[search.id]).get()
                    #expect(Set(found.keys) == Set(wanted.keys).intersection(profiles), "\(asked) of \(profiles.count)")
                    for (profile, score) in found {
                        #expect(abs(score - (wanted[profile] ?? -1)) < 1e-6, "\(asked) of \(profile)")
                    }
                }
            }
            // Not all of them find everything or nothing.
            #expect(saved.filter { !$0.wanted.isEmpty && $0.wanted.count < all.count }.count > 30)
        }
    }

    /// What is left out before a search runs is what it would not find.
    @Test(arguments: Self.masks.indices)
    func `no profile scores more than it is said to at most`(mask: Int) async throws {
        try await Self.run(Self.masks[mask]) { fixture, view in
            let all = try await fixture.ids()
            let comparison = SavedSearchComparison(search: fixture.search)
            let words = try await HeldWords.of(
                all,
                through: view,
                search: fixture.search,
                unknown: UnknownWords(),
                weighed: WeighedWords(),
                deadline: Self.deadline
            )
            var compared = 0
            for (query, filter) in Self.queries where filter.isEmpty {
                // The others differ in the minimum alone.
                guard var query, query.minScore != 0.4, query.minScore != 0.6 || query.ask.isText else { continue }
                let search = try await fixture.search.saved(UUID(), query, filter: "", view: view)
                let bound = try #require(search.bound)
                let spaces = try await comparison.spaces(of: [search], deadline: nil)
                let sections = try await comparison.sections(spaces, of: all, deadline: nil)
                let most = bound.scores(.init(profiles: all, words: words, sections: sections[""]))
                query.minScore = 0
                for (profile, score) in try await Self.found(query, "", view, fixture) {
                    let asked = "\(query.ask) of \(profile)"
                    let bounded = try #require(most[profile], "\(asked)")
                    #expect(bounded >= score - ScoreBound.tolerance, "\(asked)")
                    // All sections count alike: what is held is what the search scores.
                    if query.ask.isText, view?.weights.areEqual != false {
                        #expect(abs(bounded - score) < 1e-9, "\(asked)")
                    }
                    compared += 1
                }
            }
            #expect(compared > 300)
        }
    }

    private static func found(
        _ query: SearchQuery?,
        _ filter: String,
        _ view: View?,
        _ fixture: RepositoryFixture
    ) async throws -> [UUID: Double] {
        guard var query else {
            let list = try await fixture.profiles.list(pageSize: 1_000, filter: filter)
            return Dictionary(
                uniqueKeysWithValues: list.profiles.compactMap { UUID(uuidString: $0.id) }.map { ($0, 0) }
            )
        }
        (query.limit, query.precision) = (1_000, .exact)
        (query.filter, query.view) = (filter.isEmpty ? nil : try Filter(filter), view)
        var found: [UUID: Double] = [:]
        for hit in try await fixture.search.search(query, deadline: Self.deadline).hits {
            found[try #require(UUID(uuidString: hit.profile?.id ?? ""))] = hit.score
        }
        return found
    }

    // MARK: Weighed words

    /// An index in which so many of ten profiles have the word "port", and all have "bread".
    private static func version(_ snapshot: String, ports: Int) -> ProfileWords.Version {
        var builder = WordSegmentBuilder()
        for (number, profile) in (0..<10).map({ _ in ProfileID(UUID()) }).sorted().enumerated() {
            builder.add(profile, words: number < ports ? ["port", "bread"] : ["bread"])
        }
        return .init(index: WordIndex(builder), snapshot: snapshot)
    }

    @Test func `words are weighed once for each search, index and mask`() async throws {
        try await RepositoryFixture.run { fixture in
            let reads = fixture.database.reads(at: nil, deadline: nil)
            let search = try await fixture.search.reading(of: "port bread", reads)
            let cache = WeighedWords()
            func weights(_ reading: SearchWords.Reading, _ version: ProfileWords.Version, _ stamp: String) -> [UInt32] {
                let words = cache.words(reading, by: version, of: stamp)
                #expect(words.reading.words == reading.words)
                return words.terms.map(\.weight)
            }
            func fresh(_ reading: SearchWords.Reading, _ version: ProfileWords.Version) -> [UInt32] {
                SearchWords(reading, index: version.index).terms.map(\.weight)
            }
            let (first, second) = (Self.version("1:1:", ports: 1), Self.version("2:2:", ports: 9))
            try #require(fresh(search, first) != fresh(search, second))
            #expect(weights(search, first, "") == fresh(search, first))
            // Known by the snapshot: what stands in the index is not looked at again.
            #expect(weights(search, Self.version("1:1:", ports: 9), "") == fresh(search, first))
            // A changed search is another reading, whatever its text is.
            let changed = try await fixture.search.reading(of: "bread", reads)
            #expect(weights(changed, first, "") == fresh(changed, first))
            let again = try await fixture.search.reading(of: "port bread", reads)
            #expect(weights(again, Self.version("1:1:", ports: 9), "") == fresh(again, second))
            // What a changed mask shows is another index, which may have the same snapshot.
            #expect(weights(search, Self.version("1:1:", ports: 9), "mask 2") == fresh(search, second))
            #expect(weights(search, first, "") == fresh(search, first))
            // A newer index ends what was known, and an older one what is known then.
            #expect(weights(search, second, "") == fresh(search, second))
            #expect(weights(search, first, "") == fresh(search, first))
            // A mask that no search uses is forgotten.
            cache.keep([""])
            #expect(weights(search, first, "mask 2") == fresh(search, first))
        }
    }

    // MARK: Plans

    @Test func `the statements of the server that compares look rows up`() async throws {
        try await Self.run(nil) { fixture, _ in
            let ids: SQL = "'{00000000-0000-0000-0000-000000000001}'"
            let id: SQL = "'00000000-0000-0000-0000-000000000001'"
            let space = try await fixture.search.space(named: "")
            let sections = "\(space.table.name.text)_profile_id_idx"
            let vector: SQL = "array_fill(0.1::real, ARRAY[\(space.dimension)])::vector"
            let weights = KindWeights([[.init(kind: .summary, weight: 0.5)]])
            for (statement, types, arguments, indexes) in [
                (
                    SearchStatements.textScores, " (text[], float8[], float8, text[], text[], text, uuid[])",
                    " ('{a}', '{1}', 1, '{}', '{}', 'a', \(ids))", ["profiles_pkey", "profile_words_pkey"]
                ),
                (
                    Statement("vector scores", SearchStatements.vectorScores(space)), " (vector, uuid[])",
                    " (\(vector), \(ids))", [sections]
                ),
                (
                    Statement("hybrid scores", SearchStatements.hybridScores(space)),
                    " (text[], float8[], float8, text[], text[], text, vector, uuid[])",
                    " ('{a}', '{1}', 1, '{}', '{}', 'a', \(vector), \(ids))",
                    ["profiles_pkey", "profile_words_pkey", sections]
                ),
                (
                    Statement("view scores", SearchStatements.viewTextScores(.equal)),
                    " (text[], float8[], float8, text[], text[], text, uuid, uuid[])",
                    " ('{a}', '{1}', 1, '{}', '{}', 'a', \(id), \(ids))", ["profiles_pkey", "view_words_pkey"]
                ),
                (
                    Statement("weighted view scores", SearchStatements.viewTextScores(weights)),
                    " (text[], float8[], float8, text[], text[], text, uuid, uuid[])",
                    " ('{a}', '{1}', 1, '{}', '{}', 'a', \(id), \(ids))",
                    ["profiles_pkey", "view_words_pkey", "view_sections_pkey"]
                ),
                (ViewWordsStatements.ofProfiles, " (uuid, uuid[])", " (\(id), \(ids))", ["view_words_pkey"]),
                (
                    SavedSearchFollowingStatements.matchesOfProfiles, " (uuid[])", " (\(ids))",
                    ["saved_search_matches_profile_id_idx"]
                ),
                (SavedSearchFollowingStatements.changes, "", "", ["saved_search_changes_pkey"]),
                (SavedSearchStatements.events, " (uuid, int8)", " (\(id), 5)", ["saved_search_events_pkey"]),
                (SavedSearchStatements.matches, " (uuid, uuid)", " (\(id), \(id))", ["saved_search_matches_pkey"]),
            ] as [(Statement, SQL, SQL, [String])] {
                let plan = try await fixture.pool.withConnection { connection in
                    let sql = SQL(verbatim: statement.sql)
                    try await connection.executeScript("SET enable_seqscan = off; PREPARE hot\(types) AS \(sql)")
                    let explain = Statement("", "EXPLAIN (COSTS OFF) EXECUTE hot\(arguments)")
                    let result = try await connection.execute(explain)
                    var lines: [String] = []
                    for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
                    try await connection.executeScript("DEALLOCATE hot; RESET enable_seqscan")
                    return lines.joined(separator: "\n")
                }
                for index in indexes { #expect(plan.contains(index), "\(statement.name): \(plan)") }
                #expect(!plan.contains("Seq Scan"), "\(statement.name): \(plan)")
            }
        }
    }

    // MARK: What is written

    private static func saved(_ fixture: RepositoryFixture, _ limits: SavedSearchLimits = .init()) async throws
        -> SavedSearchRepository
    {
        SavedSearchRepository(
            database: fixture.database,
            tokens: try await PageTokens.load(from: fixture.database),
            limits: limits
        )
    }

    private static func create(_ saved: SavedSearchRepository, _ name: String = "saved") async throws -> StoredSearch {
        let query = QueryRequest(query: .init(ask: .text(.init(text: "port", mode: .text))))
        return try await saved.create(.init(name: name, query: query), of: "owner", boundMasks: [])
    }

    @Test func `a server that lost its lease writes nothing`() async throws {
        try await RepositoryFixture.run { fixture in
            let saved = try await Self.saved(fixture)
            let search = try await Self.create(saved)
            let (first, second) = (UUID(), UUID())
            #expect(try await saved.lead(first, lease: .seconds(60), deadline: nil))
            #expect(try await !saved.lead(second, lease: .seconds(60), deadline: nil))
            let settlement = SavedSearchRepository.Settlement(
                search: search.id,
                revision: 1,
                basis: "/",
                seenThrough: "",
                matches: [:]
            )
            await #expect(throws: RepositoryError.conflict) {
                try await saved.settle(settlement, by: second, deadline: nil)
            }
            try await saved.settle(settlement, by: first, deadline: nil)
            _ = try await fixture.profiles.create(Samples.curie())
            let changes = try await saved.changes(most: 10, deadline: nil)
            #expect(changes.profiles.count == 1)
            try await saved.resign(first, deadline: nil)
            #expect(try await saved.lead(second, lease: .seconds(60), deadline: nil))
            let news = changes.profiles.map {
                SavedSearchRepository.News(search: search.id, revision: 1, profile: $0, score: 0.5)
            }
            await #expect(throws: RepositoryError.conflict) {
                try await saved.record(news, failed: [], of: changes, by: first, deadline: nil)
            }
            #expect(try await saved.changes(most: 10, deadline: nil).profiles == changes.profiles)
            #expect(try await saved.get("saved", of: "owner").lastEvent == 1)
            try await saved.record(news, failed: [], of: changes, by: second, deadline: nil)
            #expect(try await saved.changes(most: 10, deadline: nil).isEmpty)
            let now = try await saved.get("saved", of: "owner")
            #expect(now.lastEvent == 2 && now.search.matchCount == 1)
        }
    }

    @Test func `a search that was changed meanwhile is looked at again`() async throws {
        try await RepositoryFixture.run { fixture in
            let saved = try await Self.saved(fixture)
            let search = try await Self.create(saved)
            let server = UUID()
            _ = try await saved.lead(server, lease: .seconds(60), deadline: nil)
            try await saved.settle(
                .init(search: search.id, revision: 1, basis: "/", seenThrough: "", matches: [:]),
                by: server,
                deadline: nil
            )
            _ = try await fixture.profiles.create(Samples.curie())
            let changes = try await saved.changes(most: 10, deadline: nil)
            _ = try await saved.update(
                with: .init(name: "saved", description: "Other"),
                of: "owner",
                updateMask: ["description"],
                boundMasks: []
            )
            #expect(try await saved.get("saved", of: "owner").basis != nil)
            try await saved.record(
                [.init(search: search.id, revision: 1, profile: changes.profiles[0], score: 1)],
                failed: [],
                of: changes,
                by: server,
                deadline: nil
            )
            let now = try await saved.get("saved", of: "owner")
            #expect(now.basis == nil && now.search.matchCount == 0)
        }
    }

    @Test(arguments: 1...3) func `a stream that has not seen an event that is gone begins anew`(
        gone: Int64
    ) async throws {
        try await RepositoryFixture.run { fixture in
            let saved = try await Self.saved(fixture)
            let search = try await Self.create(saved)
            let server = UUID()
            _ = try await saved.lead(server, lease: .seconds(60), deadline: nil)
            try await saved.settle(
                .init(search: search.id, revision: 1, basis: "/", seenThrough: "", matches: [:]),
                by: server,
                deadline: nil
            )
            var position = WatchPosition.beginning(of: try await saved.get("saved", of: "owner"), skipsExisting: true)
            try await saved.record(
                (0..<4).map { _ in .init(search: search.id, revision: 1, profile: UUID(), score: 1) },
                failed: [],
                of: .init(),
                by: server,
                deadline: nil
            )
            #expect(try await saved.part(after: position, name: "saved").events.count == 4)
            _ = try await fixture.database.query(
                Statement("", "DELETE FROM saved_search_events WHERE number = $1", [.int8]),
                Parameters(position.event + gone)
            )
            let start = position.event
            for seen in 0...Int64(4) {
                position.event = start + seen
                if seen < gone {
                    await #expect(throws: RepositoryError.resumeTokenExpired) {
                        try await saved.part(after: position, name: "saved")
                    }
                } else {
                    #expect(try await saved.part(after: position, name: "saved").events.count == 4 - Int(seen))
                }
            }
        }
    }

    @Test func `what is beyond the bounds is refused, ended or cleared away`() async throws {
        try await RepositoryFixture.run { fixture in
            var limits = SavedSearchLimits()
            (limits.searchesPerOwner, limits.matches, limits.events) = (1, 2, 3)
            let saved = try await Self.saved(fixture, limits)
            let search = try await Self.create(saved)
            await #expect(throws: RepositoryError.savedSearchesFull) { try await Self.create(saved, "second") }
            let server = UUID()
            _ = try await saved.lead(server, lease: .seconds(60), deadline: nil)
            try await saved.settle(
                .init(search: search.id, revision: 1, basis: "/", seenThrough: "", matches: [:]),
                by: server,
                deadline: nil
            )
            let start = WatchPosition.beginning(of: try await saved.get("saved", of: "owner"), skipsExisting: true)
            let profile = UUID()
            for score in [0.5, nil, 0.5, nil] as [Double?] {
                try await saved.record(
                    [.init(search: search.id, revision: 1, profile: profile, score: score)],
                    failed: [],
                    of: .init(),
                    by: server,
                    deadline: nil
                )
            }
            #expect(
                try await saved.part(after: start, name: "saved").events.map(\.kind) == [
                    .matched, .ceased, .matched, .ceased,
                ]
            )
            try await saved.purge()
            await #expect(throws: RepositoryError.resumeTokenExpired) {
                try await saved.part(after: start, name: "saved")
            }
            var later = start
            later.event += 1
            #expect(try await saved.part(after: later, name: "saved").events.count == 3)

            try await saved.record(
                (0..<3).map { _ in .init(search: search.id, revision: 1, profile: UUID(), score: 1) },
                failed: [],
                of: .init(),
                by: server,
                deadline: nil
            )
            let wide = try await saved.get("saved", of: "owner")
            #expect(wide.isTooWide && wide.search.state == .tooWide && wide.search.matchCount == 0)
            await #expect(throws: RepositoryError.resumeTokenExpired) {
                try await saved.part(after: later, name: "saved")
            }
        }
    }
}

extension SearchQuery.Ask {
    fileprivate var isText: Bool {
        if case .text = self { true } else { false }
    }
}

extension RepositoryFixture {
    /// Of the live profiles.
    fileprivate func ids() async throws -> [UUID] {
        let saved = SavedSearchRepository(
            database: self.database,
            tokens: try await PageTokens.load(from: self.database)
        )
        return try await saved.profiles(after: .start, deadline: nil)
    }
}
