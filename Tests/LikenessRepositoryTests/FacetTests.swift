import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Facets of searches against a plain count of what random people have.
@Suite(.freshDatabase) struct FacetTests {
    private static let texts = ["alpha beta", "Beta", "béta gamma", "delta", "ΓΆΜΜΑ", "東京", "", "Straße", "STRASSE"]
    private static let places = ["Ulm, Germany", "ulm ,GERMANY", "Paris， France", "Peru", "", ", ,", "Lima、Peru"]

    static func person(_ number: Int, _ random: inout SplitMix) -> Profile {
        func text() -> String { Self.texts.randomElement(using: &random) ?? "" }
        func place() -> String { Self.places.randomElement(using: &random) ?? "" }
        func date() -> PartialDate? {
            guard Int.random(in: 0..<4, using: &random) > 0 else { return nil }
            let month = Int32.random(in: 0...12, using: &random)
            let day = month == 0 ? 0 : Int32.random(in: 0...28, using: &random)
            return PartialDate(year: Int32.random(in: 1960...2030, using: &random), month: month, day: day)
        }
        let attributes = [
            "{}", #"{"team": "Red", "size": 5}"#,
            #"{"team": "réd", "size": 5.00, "deep": {"list": [1, true, "x", [2], null]}}"#,
            #"{"team": ["Red", "blue", "Blue"], "deep": [{"list": "x"}, {"list": [false, "y"]}, "z"]}"#,
            #"{"team": null}"#,
        ]
        return Profile(
            slug: "person-\(number)",
            displayName: "Person \(number)",
            summary: "\(text()) \(text()) epsilon\(number % 3)",
            location: place(),
            tags: Array(Set((0..<3).map { _ in ["a", "b", "Ä", "c c", "x"].randomElement(using: &random) ?? "" }))
                .sorted(),
            keywords: ["k\(number % 5)", "K1"],
            attributesJson: attributes[number % attributes.count],
            experiences: (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Experience(
                    category: [.work, .work, .education, .unspecified].randomElement(using: &random) ?? .work,
                    title: text(),
                    organization: text(),
                    location: place(),
                    startDate: date(),
                    endDate: date(),
                    tags: ["a", "e"]
                )
            },
            skills: (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Skill(name: text(), category: text(), level: text())
            }
        )
    }

    static func store(_ people: [Profile], _ fixture: RepositoryFixture) async throws -> [String: Profile] {
        var stored: [String: Profile] = [:]
        for start in stride(from: 0, to: people.count, by: 100) {
            let some = Array(people[start..<min(start + 100, people.count)])
            for result in try await fixture.profiles.batchUpsert(some).0 { _ = try result.get() }
        }
        for person in people {
            let profile = try await fixture.profiles.get(.slug(person.slug))
            stored[profile.id] = profile
        }
        return stored
    }

    static func request(_ paths: [String], _ options: FacetOptions = FacetOptions()) throws -> FacetRequest {
        try #require(try FacetRequest(paths, options))
    }

    /// What facets must be, counted one profile after another.
    private static func plain(
        _ request: FacetRequest,
        of profiles: [Profile],
        _ fixture: RepositoryFixture
    ) async throws -> [Facet] {
        let today = try await fixture.value(
            "SELECT (now() AT TIME ZONE 'UTC')::date - DATE '1970-01-01'",
            as: Int32.self
        )
        var facets: [Facet] = []
        for field in request.fields {
            var holders: [String: Set<String>] = [:]
            for profile in profiles {
                for value in FacetValues.values(field, of: profile, today: Int(today)) {
                    let folded = try await Self.folded(value, fixture)
                    if !folded.isEmpty { holders[folded, default: []].insert(profile.id) }
                }
            }
            let ordered = holders.map { ($0.key, Int64($0.value.count)) }
                .sorted { $0.1 == $1.1 ? Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8)) : $0.1 > $1.1 }
            facets.append(
                Facet(
                    field: field.path,
                    values: ordered.prefix(request.limit).map { FacetValue(value: $0.0, count: $0.1) },
                    profileCount: Int64(profiles.count),
                    hasMore: ordered.count > request.limit
                )
            )
        }
        return facets
    }

    private static func folded(_ text: String, _ fixture: RepositoryFixture) async throws -> String {
        let statement = Statement("test_fold", "SELECT fold_term(btrim($1, E' \\t\\n\\r'))", [.text])
        return try await fixture.pool.execute(statement, Parameters(text)).value(0, 0)
    }

    /// With the text of each value folded, and no kind: to be compared with `plain`.
    private static func comparable(_ facets: [Facet], _ fixture: RepositoryFixture) async throws -> [Facet] {
        var facets = facets
        for index in facets.indices {
            facets[index].countKind = .unspecified
            for place in facets[index].values.indices {
                let value = facets[index].values[place].value
                facets[index].values[place].value = try await Self.folded(value, fixture)
            }
        }
        return facets
    }

    private static let allPaths =
        FacetColumn.all.map { $0.path.joined(separator: ".") } + FacetField.Computed.allCases.map(\.rawValue)
        + ["attributes.team", "attributes.size", "attributes.deep.list", #"attributes."no such""#]

    @Test func `counts are those of a plain count, however it is asked`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            var random = SplitMix(seed: 7)
            let people = (0..<80).map { Self.person($0, &random) }
            let stored = try await Self.store(people, fixture)
            try await fixture.embedAll()
            let vector = WordVectors.vector("alpha epsilon1")
            var found = 0
            for (ask, isText) in [
                (SearchQuery.Ask.text("alpha epsilon1"), true), (.text(#""alpha beta" delta"#), true),
                (.text("gamm* -epsilon2"), true), (.text(#"alpha -"beta epsilon0""#), true), (.text("nothing"), true),
                (.vector(vector), false), (.hybrid(text: "alpha epsilon1", vector: vector), false),
                (
                    .fusion(
                        SearchFusion(
                            .linear,
                            [.init(.leaf(.init(.text("alpha")))), .init(.leaf(.init(.vector(vector))))]
                        )
                    ), false
                ),
            ] {
                for (filter, minScore, precision) in [
                    ("", 0.0, Precision.unspecified), ("tags:a", 0, .unspecified), ("tags:a", 0.3, .exact),
                    ("", 0.4, .approximate), ("tags:b", 0, .approximate), ("", 2, .unspecified),
                ] {
                    var query = SearchQuery(ask)
                    query.filter = filter.isEmpty ? nil : try Filter(filter)
                    (query.minScore, query.precision, query.limit) = (minScore, precision, isText ? 1_000 : 25)
                    let whole = try await fixture.search.search(query)
                    let profiles = whole.hits.compactMap { stored[$0.profile?.id ?? ""] }
                    found += profiles.count
                    query.limit = 3
                    for paths in [Array(Self.allPaths.prefix(9)), Array(Self.allPaths.dropFirst(9))] {
                        let request = try Self.request(paths, FacetOptions(limit: 4, window: 25))
                        let (answer, facets) = try await fixture.search.packedSearch(query, counting: request)
                        let expected = try await Self.plain(request, of: profiles, fixture)
                        let counted = try await Self.comparable(facets, fixture)
                        for (facet, wanted) in zip(counted, expected) {
                            #expect(facet == wanted, "\(ask) \(filter) \(minScore)")
                        }
                        #expect(counted.count == paths.count)
                        // Whatever else of the ranking is counted, hits are shown whole.
                        #expect(try answer.hits.values() == Array(whole.hits.prefix(3)), "\(ask) \(filter) \(minScore)")
                    }
                }
            }
            #expect(found > 300)
        }
    }

    @Test func `hits are chosen among as many as without facets, however few are counted`() async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 11)
            _ = try await Self.store((0..<60).map { Self.person($0, &random) }, fixture)
            try await fixture.embedAll()
            let request = try Self.request(["tags"], FacetOptions(window: 5))
            for asked in [
                QueryRequest(orderBy: "display_name", window: 50), QueryRequest(window: 40, diversity: 0.5),
                QueryRequest(window: 40, boosts: Boosts(completeness: 1)),
            ] {
                var query = SearchQuery(.vector(WordVectors.vector("alpha epsilon1")))
                (query.limit, query.refinement) = (3, try Refinement(asked))
                let without = try await fixture.search.packedSearch(query)
                let (answer, facets) = try await fixture.search.packedSearch(query, counting: request)
                #expect(try answer.hits.values() == without.hits.values(), "\(asked)")
                #expect(answer.completeness == without.completeness)
                #expect(facets[0].profileCount == Int64(asked.window))
            }
            for ask in [
                SearchQuery.Ask.vector(WordVectors.vector("alpha")),
                .hybrid(text: "alpha", vector: WordVectors.vector("alpha")),
            ] {
                var query = SearchQuery(ask)
                query.limit = 8
                let facets = try await fixture.search.packedSearch(query, counting: request).facets
                #expect(facets[0].profileCount == 8, "the hits that are shown are counted")
            }
        }
    }

    /// The values of stored rows are read by SQL, those of shown profiles in Swift.
    @Test
    func `a view that shows everything has the counts of what is stored, and one that coarsens those of what it shows`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 11)
            let stored = try await Self.store((0..<60).map { Self.person($0, &random) }, fixture)
            let ids = stored.keys.sorted().compactMap { UUID(uuidString: $0) }
            var set = FacetSet(ids, kind: .exact, .stored)
            let reads = fixture.database.reads(at: nil, deadline: nil)
            let whole = try View([Mask(name: "whole")])
            let (memory, coarseMemory) = (FacetMemory(), FacetMemory())
            for paths in [Array(Self.allPaths.prefix(9)), Array(Self.allPaths.dropFirst(9))] {
                for prefix in ["", "b", "1"] {
                    let request = try Self.request(paths, FacetOptions(limit: 100, prefix: prefix))
                    let places = Array(request.fields.indices)
                    let expected = try await FacetCounter(
                        request: request,
                        memory: fixture.search.facetMemory,
                        reads: reads
                    ).count(places, of: &set)
                    let counted = try await FacetCounter(
                        request: request,
                        view: whole,
                        memory: memory,
                        reads: reads
                    ).count(
                        places,
                        of: &set
                    )
                    for (facet, wanted) in zip(counted, expected) { #expect(facet == wanted) }
                    if prefix.isEmpty {
                        #expect(
                            expected.count { !$0.values.isEmpty } == paths.count
                                - (paths.contains(#"attributes."no such""#) ? 1 : 0)
                        )
                    }
                }
            }
            var rules = MaskConfiguration(hiddenFields: ["tags", "attributes.team"])
            rules.coarsening = Coarsening(dates: .year, location: .lastPart)
            let coarse = try View([Mask(name: "coarse", configuration: rules)])
            let request = try Self.request(["location", "location.part"])
            let facets = try await FacetCounter(
                request: request,
                view: coarse,
                memory: coarseMemory,
                reads: reads
            ).count([0, 1], of: &set)
            #expect(facets[0].values == facets[1].values)
            #expect(facets[0].values.contains { $0.value == "Germany" || $0.value == "GERMANY" })
            #expect(throws: Never.self) { try coarse.require(request) }
            for (path, isRefused) in [
                ("tags", true), ("attributes.team", true), ("attributes.team.a", true), ("attributes.size", false),
                ("years_of_experience", false),
            ] {
                let request = try Self.request(["keywords", path])
                do throws(RepositoryError) {
                    try coarse.require(request)
                    #expect(!isRefused, "\(path)")
                } catch .invalidField(let field, let reason) {
                    #expect(
                        isRefused && field == "facets[1]" && reason.contains("\"coarse\" hides"),
                        "\(path) \(reason)"
                    )
                } catch {
                    Issue.record(error)
                }
            }
        }
    }

    @Test func `what is remembered through a view is what it shows now`() async throws {
        try await RepositoryFixture.run { fixture in
            let masks = MaskRepository(database: fixture.database, pageTokens: PageTokens())
            let rules = MaskConfiguration(
                excludeTags: ["gone"],
                hiddenFields: ["keywords"],
                weights: [SectionWeight(kind: .summary, weight: 0.5)]
            )
            _ = try await masks.create(Mask(name: "some", configuration: rules))
            let view = try #require(try await masks.view(bound: [], requested: "some"))
            for number in 0..<3 {
                var person = Samples.named("Person", slug: "p-\(number)", summary: "alpha")
                (person.tags, person.keywords) = (["a"], ["k"])
                _ = try await fixture.profiles.create(person)
            }
            var query = SearchQuery(.text("alpha"))
            query.view = view
            let request = try Self.request(["tags", "experiences.title"])
            func tags() async throws -> [FacetValue] {
                try await fixture.search.packedSearch(query, counting: request).facets[0].values
            }
            func set(_ fields: Profile, _ path: String, of slug: String) async throws {
                _ = try await fixture.profiles.update(.slug(slug), with: fields, updateMask: [path])
            }
            #expect(try await tags() == [FacetValue(value: "a", count: 3)])
            #expect(fixture.search.views.words(of: view).facets.bytes > 0)
            #expect(fixture.search.facetMemory.bytes == 0, "what is shown is kept apart from what is stored")
            try await set(Profile(tags: ["b"]), "tags", of: "p-1")
            #expect(try await tags() == [FacetValue(value: "a", count: 2), FacetValue(value: "b", count: 1)])
            try await set(Profile(tags: ["a", "gone"]), "tags", of: "p-0")
            #expect(try await tags() == [FacetValue(value: "a", count: 1), FacetValue(value: "b", count: 1)])
            try await set(Profile(keywords: ["other"]), "keywords", of: "p-2")
            #expect(try await tags() == [FacetValue(value: "a", count: 1), FacetValue(value: "b", count: 1)])
            let erased = try #require(try await fixture.search.search(query).hits.first?.profile?.id)
            fixture.search.forget([try #require(UUID(uuidString: erased))])
            #expect(fixture.search.views.words(of: view).facets.bytes == 0)
        }
    }

    /// With `EXACT` all who match are looked up by the statement, else those that the index of words names.
    @Test func `through weights the same profiles are counted, whoever names them`() async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 19)
            _ = try await Self.store((0..<90).map { Self.person($0, &random) }, fixture)
            let masks = MaskRepository(database: fixture.database, pageTokens: PageTokens())
            var counted: Int64 = 0
            for (name, weights) in [
                ("none", []), ("no-summary", [SectionWeight(kind: .summary, weight: 0)]),
                ("less", [SectionWeight(kind: .summary, weight: 0.3), SectionWeight(kind: .skills, weight: 0.6)]),
            ] {
                let rules = MaskConfiguration(excludeTags: ["x"], weights: weights)
                _ = try await masks.create(Mask(name: name, configuration: rules))
                let view = try await masks.view(bound: [], requested: name)
                for text in ["alpha", "beta gamma", "epsilon1 alpha -delta", "epsilon2"] {
                    for (filter, minScore) in [("", 0.0), ("", 0.3), ("tags:a", 0), ("tags:a", 0.5)] {
                        var query = SearchQuery(.text(text))
                        (query.view, query.minScore) = (view, minScore)
                        query.filter = filter.isEmpty ? nil : try Filter(filter)
                        let request = try Self.request(["tags", "location", "skills.name"])
                        let found = try await fixture.search.packedSearch(query, counting: request).facets
                        query.precision = .exact
                        let plain = try await fixture.search.packedSearch(query, counting: request).facets
                        #expect(found == plain, "\(name) \(text) \(filter) \(minScore)")
                        counted += found[0].profileCount
                    }
                }
            }
            #expect(counted > 500)
        }
    }

    @Test func `values are shown as most people write them, and those with a prefix alone are counted`() async throws {
        try await RepositoryFixture.run { fixture in
            let long = String(repeating: "é", count: 400)
            var people: [Profile] = []
            for (number, tags) in [
                ["Zürich", "a b"], ["Zurich"], ["ZURICH", "Zürich"], ["b-c", "  "], [String(long.prefix(100))],
            ].enumerated() {
                var person = Samples.named("Person", slug: "p-\(number)", summary: "alpha")
                person.tags = tags
                person.attributesJson =
                    #"{"text": "\#(long)", "more": [\#((0..<3_000).map { "\"v\($0)\"" }.joined(separator: ","))]}"#
                people.append(person)
            }
            for person in people where person.tags != ["b-c", "  "] { _ = try await fixture.profiles.create(person) }
            var blank = people[3]
            blank.tags = ["b-c"]
            _ = try await fixture.profiles.create(blank)
            func facets(_ paths: [String], _ options: FacetOptions = .init()) async throws -> [Facet] {
                try await fixture.search.packedSearch(
                    SearchQuery(.text("alpha")),
                    counting: try Self.request(paths, options)
                ).facets
            }
            let tags = try await facets(["tags"])[0]
            #expect(tags.values.first == FacetValue(value: "Zürich", count: 3))
            #expect(tags.values.map(\.count) == [3, 1, 1, 1])
            #expect(tags.countKind == .exact && tags.profileCount == 5 && !tags.hasMore)
            let some = try await facets(["tags"], FacetOptions(prefix: "B"))[0]
            // A later word begins so, too; the letters of the long one do not.
            #expect(some.values.map(\.value) == ["a b", "b-c"])
            #expect(some.profileCount == 5)
            #expect(try await facets(["tags"], FacetOptions(prefix: "ZÚR"))[0].values.map(\.value) == ["Zürich"])
            #expect(try await facets(["tags"], FacetOptions(prefix: ".*")).first?.values == [])
            let texts = try await facets(["attributes.text", "attributes.more"], FacetOptions(limit: 100))
            #expect(texts[0].values == [FacetValue(value: String(long.prefix(100)), count: 5)])
            // Of a longer list the first values count.
            #expect(texts[1].values.count == FacetValues.attributesMax && !texts[1].hasMore)
        }
    }

    @Test func `a facet's own filter does not count where it is to be left out`() async throws {
        try await RepositoryFixture.run { fixture in
            for (number, tags) in [["red"], ["red"], ["blue"], ["green", "blue"]].enumerated() {
                var person = Samples.named("Person", slug: "p-\(number)", summary: "alpha")
                (person.tags, person.location) = (tags, number == 1 ? "Bonn" : "Ulm")
                person.skills = [Skill(name: number == 0 ? "Swift" : "Go", category: "language")]
                _ = try await fixture.profiles.create(person)
            }
            try await fixture.embedAll()
            let options = FacetOptions(ignoreOwnFilter: true)
            func counts(_ filter: String, _ ask: SearchQuery.Ask = .text("alpha")) async throws -> [[String: Int64]] {
                var query = SearchQuery(ask)
                query.filter = try Filter(filter)
                let request = try Self.request(["tags", "location", "skills.name", "years_of_experience"], options)
                return try await fixture.search.packedSearch(query, counting: request).facets.map { facet in
                    Dictionary(uniqueKeysWithValues: facet.values.map { ($0.value, $0.count) })
                }
            }
            for ask in [SearchQuery.Ask.text("alpha"), .vector(WordVectors.vector("alpha"))] {
                #expect(
                    try await counts("(tags:red OR tags:nothing) AND location = ulm", ask).dropLast()
                        == [["red": 1, "blue": 2, "green": 1], ["Ulm": 1, "Bonn": 1], ["Swift": 1]]
                )
            }
            // What asks for another field too is no filter of the facet alone.
            #expect(try await counts("tags:red OR location = bonn")[0] == ["red": 2])
            #expect(try await counts("skills(name = go AND category = language)")[2] == ["Go": 3])
            #expect(try await counts("skills(name = go)")[2] == ["Go": 3, "Swift": 1])
            #expect(
                try await counts("tags:blue AND (location = ulm AND tags:red)")[0] == ["red": 1, "blue": 2, "green": 1]
            )
            // No filter is that of the years.
            #expect(try await counts("experiences.category = AWARD")[3] == [:])
            #expect(try await counts("NOT tags:red tags:blue")[0] == ["red": 2, "blue": 2, "green": 1])
        }
    }

    @Test func `of many a sample is counted, always the same one`() async throws {
        try await RepositoryFixture.run { fixture in
            let count = 3 * FacetSet.Size.stored.counted
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary, tags)
                SELECT 'p-' || n, 'Person', CASE WHEN n % 10 = 0 THEN 'beta gamma' ELSE 'alpha' END,
                    ARRAY['t' || n % 4, CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END] FROM generate_series(1, \(count)) AS n;
                ANALYZE
                """
            )
            _ = try await fixture.search.words.update(deadline: nil)
            for (text, filter, expected) in [
                ("alpha", "", 0.9), ("alpha", "tags:even", 0.4), (#"alpha -"gamma beta""#, "", 0.9),
                (#""alpha""#, "", 0.9),
            ] {
                var query = SearchQuery(.text(text))
                query.filter = filter.isEmpty ? nil : try Filter(filter)
                let request = try Self.request(["tags"])
                let facet = try await fixture.search.packedSearch(query, counting: request).facets[0]
                #expect(facet.countKind == .estimate, "\(text) \(filter)")
                let profiles = expected * Double(count)
                #expect(
                    abs(Double(facet.profileCount) - profiles) < 0.1 * profiles,
                    "\(facet.profileCount) \(text) \(filter)"
                )
                let even = Double(facet.values.first { $0.value == "even" }?.count ?? 0)
                #expect(abs(even - 0.4 * Double(count)) < 0.1 * Double(count), "\(even) \(text) \(filter)")
                #expect(try await fixture.search.packedSearch(query, counting: request).facets[0] == facet)
            }
            var few = SearchQuery(.text("gamma"))
            let exact = try await fixture.search.packedSearch(few, counting: try Self.request(["tags"])).facets[0]
            #expect(exact.countKind == .exact && exact.profileCount == Int64(count / 10))
            // One that is written, and one that is deleted, count at once.
            var person = Samples.named("New", slug: "new", summary: "gamma")
            person.tags = ["even"]
            _ = try await fixture.profiles.create(person)
            _ = try await fixture.profiles.softDelete(.slug("p-20"))
            few.withHighlights = false
            let next = try await fixture.search.packedSearch(few, counting: try Self.request(["tags"])).facets[0]
            #expect(next.profileCount == exact.profileCount)
            #expect(
                next.values.first { $0.value == "t0" }?.count
                    == exact.values.first { $0.value == "t0" }.map { $0.count - 1 }
            )
        }
    }

    @Test func `years of work are counted once, and what goes on until today`() {
        func days(_ year: Int) -> Int { (year - 1970) * 365 + (year - 1969) / 4 }
        func work(_ start: Int32?, _ end: Int32?, _ category: ExperienceCategory = .work) -> Experience {
            Experience(
                category: category,
                startDate: start.map { PartialDate(year: $0) },
                endDate: end.map { PartialDate(year: $0) }
            )
        }
        func years(_ experiences: [Experience]) -> String? { WorkYears.name(of: experiences, today: days(2020)) }
        #expect(years([]) == nil)
        #expect(years([work(nil, 2010), work(2000, 2010, .education)]) == nil)
        #expect(years([work(2010, 2010)]) == "0")
        #expect(years([work(2010, 2011)]) == "0" || years([work(2010, 2011)]) == "1-2")
        #expect(years([work(2000, 2004)]) == "3-5")
        #expect(
            years([work(2000, 2004), work(2001, 2003), work(2002, 2006)]) == "3-5"
                || years([work(2000, 2007)]) == "6-10"
        )
        #expect(years([work(2017, nil)]) == "1-2" || years([work(2016, nil)]) == "3-5")
        #expect(years([work(1980, nil)]) == "21+")
        // It begins and ends after today, or ends before it begins.
        #expect(years([work(2025, 2030)]) == nil)
        #expect(years([work(2010, 2000)]) == nil)
    }

    @Test(arguments: [
        ("nothing", "which is none of"), ("tags:*", "is not the path"), ("tags OR a", "is not the path"),
        ("", "is empty"), ("tags OR a", "is \"tags OR a\""), ("skills.nam", "did you mean skills.name?"),
        ("locaton.part", "did you mean location.part?"),
        ("experiences", "which is none of"), ("attributes", "which is none of"), ("summary", "which is none of"),
        ("attributes." + Array(repeating: "a", count: 65).joined(separator: "."), "at most 64"),
        ("tags.x", "which is none of"), ("display_name", "which is none of"),
    ])
    func `what is no field is refused by its place`(path: String, reason: String) {
        let error = #expect(throws: RepositoryError.self) { try FacetRequest(["location", path], nil) }
        guard case .invalidField(let place, let text)? = error else {
            Issue.record("\(path): \(String(describing: error))")
            return
        }
        #expect(place == "facets[1]")
        #expect(text.contains(reason), "\(text)")
    }

    @Test func `keys of equal signs and different bytes are two fields`() throws {
        let (composed, decomposed) = ("attributes.\"\u{E9}\"", "attributes.\"e\u{301}\"")
        let request = try #require(try FacetRequest([composed, decomposed], FacetOptions(ignoreOwnFilter: true)))
        #expect(request.groups(under: try Filter("\(decomposed):*")).count == 2)
    }

    @Test func `a field is counted once`() throws {
        #expect(try FacetRequest([], nil) == nil)
        #expect(throws: RepositoryError.self) { try FacetRequest(["attributes.a", #"attributes."a""#], nil) }
    }

    @Test func `values are read by indexes, however few rows there were`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await fixture.execute("ANALYZE")
            let names = FacetStatements.stored.parameterTypes.map { type in
                switch type {
                case .int8: "bigint"
                case .uuidArray: "uuid[]"
                case .textArray: "text[]"
                case .int2Array: "smallint[]"
                case .int2: "smallint"
                default: "text"
                }
            }
            let numbers = (0..<FacetStatements.stored.parameterTypes.count - 6).map(String.init).joined(separator: ", ")
            let plan = try await fixture.pool.withConnection { connection in
                try await connection.executeScript("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
                try await connection.executeScript(
                    "PREPARE hot (\(SQL(verbatim: names.joined(separator: ", ")))) AS \(SQL(verbatim: FacetStatements.stored.sql))"
                )
                let result = try await connection.execute(
                    Statement(
                        "",
                        SQL(verbatim: "EXPLAIN (COSTS OFF) EXECUTE hot (10, '', '{}', '{}', '{}', '{}', \(numbers))")
                    )
                )
                var lines: [String] = []
                for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
                try await connection.executeScript("DEALLOCATE hot; RESET ALL")
                return lines.joined(separator: "\n")
            }
            #expect(!plan.contains("Seq Scan"), "\(plan)")
            for index in ["profiles_pkey", "experiences_profile_id_idx", "skills_profile_id_idx"] {
                #expect(plan.contains(index), "\(plan)")
            }
            // A branch that is not asked for is not run, and no part is compared with each row of another.
            #expect(plan.contains("One-Time Filter"), "\(plan)")
        }
    }
}
