import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// Hits in other orders than that of their scores.
@Suite(.freshDatabase) struct RefinedQueryTests {
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
    private static let count = 130

    private static func years(_ number: Int) -> Int { number * 37 % 41 }

    private static func people(_ numbers: Range<Int>) -> [Profile] {
        numbers.map { number in
            Profile(
                slug: "nurse-\(number)",
                // Neither in the order of the slugs nor in that of letters' codes.
                displayName: "\(number % 2 == 0 ? "Élan" : "elan") \(String(number * 7919 % 1_000))",
                headline: number % 3 == 0 ? "Matron" : "",
                // Some have the very same text.
                summary: "Nurse in hospital \(number / 5).",
                location: number % 4 == 0 ? "Ulm" : "",
                experiences: self.years(number) == 0
                    ? []
                    : [
                        Experience(
                            category: .work,
                            title: "Nurse",
                            startDate: PartialDate(year: 1900),
                            endDate: PartialDate(year: Int32(1900 + self.years(number)))
                        )
                    ]
            )
        }
    }

    private static func run(
        count: Int = count,
        _ body: (LikenessClient) async throws -> Void
    ) async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let client = fixture.client
            for start in stride(from: 0, to: count, by: 50) {
                _ = try await client.profiles.batchUpsertProfiles(
                    .init(profiles: Self.people(start..<min(start + 50, count)), waitFor: .embedded),
                    options: .init()
                )
            }
            for mask in [
                Mask(name: "all"),
                Mask(
                    name: "blind",
                    configuration: MaskConfiguration(
                        hiddenFields: ["headline", "experiences.end_date"],
                        coarsening: Coarsening(displayName: .initials)
                    )
                ),
            ] {
                _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            }
            try await body(client)
        }
    }

    private static func ask(_ mode: SearchMode) -> Query {
        Query(ask: .text(.init(text: "nurse hospital", mode: mode)))
    }

    private static let queries = [
        ask(.vector), ask(.hybrid), Query(ask: .examples(.init(positive: [ProfileKey(key: .slug("nurse-0"))]))),
        Query(ask: .fusion(.init(queries: [SubQuery(query: ask(.text), weight: 3), SubQuery(query: ask(.vector))]))),
    ]

    private static func slugs(_ hits: [Hit]) -> [String] { hits.map { $0.profile?.slug ?? "" } }

    /// The hits of all pages.
    private static func paged(_ client: LikenessClient, _ request: QueryRequest, _ window: Int32) async throws -> [Hit]
    {
        var request = request
        (request.pageWindow, request.limit, request.window) = (window, 7, 0)
        var hits: [Hit] = []
        repeat {
            let page = try await client.search.query(request, options: .init())
            hits += page.hits
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        return hits
    }

    @Test(arguments: ["", "all"])
    func `words alone order all that match`(mask: String) async throws {
        try await Self.run { client in
            var all: [Profile] = []
            for number in 0..<Self.count {
                let key = ProfileKey(key: .slug("nurse-\(number)"))
                all.append(
                    try #require(try await client.profiles.getProfile(.init(key: key), options: .init()).profile)
                )
            }
            func number(_ profile: Profile) -> Int { Int(profile.slug.dropFirst(6)) ?? -1 }
            func key(_ profile: Profile, _ field: String) -> (Double, String) {
                switch field {
                case "update_time":
                    let time = profile.updateTime ?? ProtobufTimestamp()
                    return (Double(time.seconds) + Double(time.nanos) / 1e9, "")
                case "display_name": return (0, profile.displayName.replacing("É", with: "e"))
                default: return (Double(Self.years(number(profile))), "")
                }
            }
            for field in mask.isEmpty ? ["update_time", "display_name", "years_of_experience"] : ["display_name"] {
                for isDescending in [false, true] {
                    let wanted = all.sorted { one, other in
                        let (left, right) = (key(one, field), key(other, field))
                        if left == right { return one.id < other.id }
                        // Who has no years comes last either way.
                        if field == "years_of_experience", left.0 == 0 || right.0 == 0 { return right.0 == 0 }
                        return isDescending ? left > right : left < right
                    }.map(\.slug)
                    var request = QueryRequest(query: Self.ask(.text), limit: 9, mask: mask)
                    request.orderBy = field + (isDescending ? field == "display_name" ? "  DESC" : " desc" : "")
                    let answer = try await client.search.query(request, options: .init())
                    #expect(Self.slugs(answer.hits) == Array(wanted.prefix(9)), "\(request.orderBy)")
                    #expect(answer.completeness?.level == .exact && answer.strategy == "text")
                    #expect(answer.hits.allSatisfy { $0.score > 0 && !$0.highlights.isEmpty && $0.section != nil })
                    #expect(Self.slugs(try await Self.paged(client, request, 200)) == wanted, "\(request.orderBy)")
                    var counted = request
                    counted.facets = ["location"]
                    let facets = try await client.search.query(counted, options: .init())
                    #expect(Self.slugs(facets.hits) == Self.slugs(answer.hits))
                    #expect(facets.facets.first?.profileCount == Int64(Self.count))
                }
            }
        }
    }

    @Test func `pages keep their order while names change`() async throws {
        try await Self.run(count: 40) { client in
            var request = QueryRequest(query: Self.ask(.text), limit: 10, pageWindow: 100, orderBy: "display_name")
            let whole = try await Self.paged(client, request, 100)
            let first = try await client.search.query(request, options: .init())
            var changed = Self.people(0..<40)
            for place in changed.indices { changed[place].displayName = "Z \(100 - place)" }
            _ = try await client.profiles.batchUpsertProfiles(.init(profiles: changed), options: .init())
            var hits = first.hits
            request.pageToken = first.nextPageToken
            while !request.pageToken.isEmpty {
                let page = try await client.search.query(request, options: .init())
                hits += page.hits
                request.pageToken = page.nextPageToken
            }
            #expect(Self.slugs(hits) == Self.slugs(whole) && hits.count == 40)
        }
    }

    @Test func `other queries order their best hits`() async throws {
        try await Self.run { client in
            for query in Self.queries {
                let best = try await client.search.query(QueryRequest(query: query, limit: 20), options: .init()).hits
                var request = QueryRequest(query: query, limit: 6, orderBy: "display_name desc", window: 20)
                let answer = try await client.search.query(request, options: .init())
                let names = best.map { ($0.profile?.displayName ?? "").replacing("É", with: "e") }
                let wanted = zip(names, Self.slugs(best)).sorted { $0.0 > $1.0 }.map(\.1)
                #expect(Self.slugs(answer.hits) == Array(wanted.prefix(6)), "\(query)")
                #expect(answer.completeness?.level == .truncated, "\(answer)")
                #expect(Self.slugs(try await Self.paged(client, request, 20)) == wanted, "\(query)")
                // All there are: nothing is left out.
                request.window = 1_000
                let all = try await client.search.query(request, options: .init())
                #expect(all.completeness?.level != .truncated, "\(all)")
            }
        }
    }

    /// Of the section that a hit shows.
    private static func vector(_ client: LikenessClient, _ hit: Hit) async throws -> [Double] {
        let key = ProfileKey(key: .id(hit.profile?.id ?? ""))
        let profile = try #require(try await client.profiles.getProfile(.init(key: key), options: .init()).profile)
        let section = SectionText.sections(of: profile).first {
            $0.kind == hit.section?.kind && $0.id == hit.section?.id
        }
        return Self.embedder.vector(try #require(section).text).map(Double.init)
    }

    @Test func `each diverse hit is the best and least like those before`() async throws {
        try await Self.run(count: 60) { client in
            let strength = 0.6
            for query in Self.queries.prefix(2) + [Self.ask(.text)] {
                let plain = try await client.search.query(QueryRequest(query: query, limit: 60), options: .init()).hits
                var request = QueryRequest(query: query, limit: 12, diversity: strength)
                let diverse = try await client.search.query(request, options: .init()).hits
                let told = try await client.search.explainQuery(.init(query: request), options: .init())
                #expect(told.hits.map { $0.profile?.slug } == diverse.map { $0.profile?.slug } && diverse.count == 12)
                #expect(told.stages.map(\.name).contains("refine"))
                var vectors: [[Double]] = []
                for hit in plain { vectors.append(try await Self.vector(client, hit)) }
                var left = Array(plain.indices)
                var before: [[Double]] = []
                func similarity(_ place: Int) -> Double {
                    before.map { zip($0, vectors[place]).reduce(0) { $0 + $1.0 * $1.1 } }.max() ?? 0
                }
                func value(_ place: Int) -> Double {
                    (1 - strength) * plain[place].score / plain[0].score - strength * similarity(place)
                }
                for (hit, explained) in zip(diverse, told.hits) {
                    let place = try #require(left.first { plain[$0].profile?.id == hit.profile?.id })
                    #expect(value(place) > (left.map(value).max() ?? 0) - 1e-5, "\(query)")
                    #expect(hit.score == plain[place].score && explained.rankByScore == Int32(place + 1))
                    #expect(abs(explained.mostSimilar - similarity(place)) < 1e-5)
                    left.removeAll { $0 == place }
                    before.append(vectors[place])
                }
                #expect(Self.slugs(diverse) != Self.slugs(Array(plain.prefix(12))), "\(query)")
                let paged = try await Self.paged(client, request, 100)
                #expect(Self.slugs(Array(paged.prefix(12))) == Self.slugs(diverse) && paged.count == 60)
                #expect(Set(Self.slugs(paged)).count == 60)
                request.mask = "all"
                let through = try await client.search.query(request, options: .init()).hits
                #expect(Self.slugs(through) == Self.slugs(diverse))
            }
        }
    }

    @Test func `boosts add what their formula says`() async throws {
        try await Self.run(count: 60) { client in
            for query in Self.queries + [Self.ask(.text)] {
                let plain = try await client.search.query(QueryRequest(query: query, limit: 60), options: .init()).hits
                let scores = Dictionary(uniqueKeysWithValues: plain.map { ($0.profile?.slug ?? "", $0.score) })
                var request = QueryRequest(query: query, limit: 60)
                request.boosts = Boosts(recency: 0.25, recencyHalfLifeDays: 36_500, completeness: 0.5)
                let boosted = try await client.search.query(request, options: .init()).hits
                #expect(boosted.count == plain.count)
                for hit in boosted {
                    let number = Int(hit.profile?.slug.dropFirst(6) ?? "") ?? -1
                    let parts = [
                        number % 3 == 0, true, number % 4 == 0, Self.years(number) != 0, false,
                    ]
                    let complete = Double(parts.count { $0 }) / 5
                    let score = max(scores[hit.profile?.slug ?? ""] ?? -9, 0)
                    // Written a moment ago, of a hundred years.
                    let wanted = (score + 0.25 + 0.5 * complete) / 1.75
                    #expect(abs(hit.score - wanted) < 1e-4, "\(hit)")
                }
                #expect(boosted.map(\.score) == boosted.map(\.score).sorted(by: >))
                let told = try await client.search.explainQuery(.init(query: request), options: .init())
                for hit in told.hits {
                    #expect(hit.boosts.map(\.name) == ["recency", "completeness"] && hit.rankByScore > 0)
                    let sum = hit.parts.reduce(0) { $0 + $1.adds } + hit.boosts.reduce(0) { $0 + $1.adds }
                    #expect(abs(sum - hit.score) < 1e-6, "\(hit)")
                }
                // A moment later all are a moment older.
                request.minScore = boosted[9].score - 1e-4
                let best = try await client.search.query(request, options: .init()).hits
                #expect(best.allSatisfy { $0.score >= request.minScore } && best.count >= 10 && best.count < 60)
            }
        }
    }

    @Test func `what does not go together is refused by its field`() async throws {
        try await Self.run(count: 5) { client in
            func field(_ mode: SearchMode = .text, _ change: (inout QueryRequest) -> Void) async -> String? {
                var request = QueryRequest(query: Self.ask(mode))
                change(&request)
                let asked = request
                let search = client.search
                let error = await ServiceFixture.failure { try await search.query(asked, options: .init()) }
                if let error, error.code != .invalidArgument { return "\(error)" }
                return error?.violations.first?.field
            }
            let search = client.search
            let misspelt = await ServiceFixture.failure {
                try await search.query(.init(query: Self.ask(.text), orderBy: "display_nam desc"), options: .init())
            }
            #expect(
                misspelt?.message.hasPrefix("order_by is \"display_nam desc\", which is none of update_time, ") == true
            )
            #expect(
                misspelt?.message.hasSuffix("; did you mean display_name?") == true,
                "\(String(describing: misspelt))"
            )
            #expect(await field { $0.orderBy = "score" } == "order_by")
            #expect(await field { $0.orderBy = "display_name down" } == "order_by")
            #expect(await field { $0.orderBy = "headline" } == "order_by")
            #expect(await field { ($0.orderBy, $0.diversity) = ("display_name", 0.5) } == "diversity")
            #expect(await field { ($0.orderBy, $0.boosts) = ("display_name", Boosts(recency: 1)) } == "boosts")
            #expect(await field { $0.window = 20 } == "window")
            #expect(await field { ($0.orderBy, $0.window) = ("display_name", 20) } == "window")
            #expect(await field(.vector) { ($0.orderBy, $0.window) = ("display_name", 5) } == "window")
            #expect(await field(.vector) { ($0.diversity, $0.window, $0.pageWindow) = (1, 50, 50) } == "window")
            #expect(await field { ($0.diversity, $0.pageWindow) = (1, 1_001) } == "page_window")
            #expect(await field { $0.diversity = 1.1 } == "diversity")
            #expect(await field { $0.boosts = Boosts(recency: 1.5) } == "boosts.recency")
            #expect(await field { $0.boosts = Boosts(recencyHalfLifeDays: 3) } == "boosts.recency_half_life_days")
            let ranks = FusionQuery(queries: [SubQuery(query: Self.ask(.text))], method: .reciprocalRank)
            #expect(
                await field { ($0.query, $0.boosts) = (Query(ask: .fusion(ranks)), Boosts(recency: 1)) } == "boosts"
            )
            // A mask does not show what these go by.
            #expect(await field { ($0.orderBy, $0.mask) = ("update_time", "all") } == "order_by")
            #expect(await field { ($0.orderBy, $0.mask) = ("display_name", "blind") } == "order_by")
            #expect(await field { ($0.orderBy, $0.mask) = ("years_of_experience", "blind") } == "order_by")
            #expect(await field { ($0.boosts, $0.mask) = (Boosts(recency: 1), "all") } == "boosts.recency")
            #expect(await field { ($0.boosts, $0.mask) = (Boosts(completeness: 1), "blind") } == "boosts.completeness")
            #expect(await field { ($0.boosts, $0.mask) = (Boosts(completeness: 1), "all") } == nil)
            #expect(await field { ($0.orderBy, $0.mask) = ("years_of_experience desc", "all") } == nil)
        }
    }
}
