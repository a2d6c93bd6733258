import Foundation
import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// Two stores that differ only in what a view hides give the same answers through it, byte for byte: to callers who name the
/// mask, and to callers who are bound to it.
@Suite(.freshDatabase) struct ViewSecrecyTests {
    /// Of masks; `LIKENESS_VIEW_ROUNDS` makes them more, `LIKENESS_VIEW_SEED` others.
    private static var rounds: Int {
        ProcessInfo.processInfo.environment["LIKENESS_VIEW_ROUNDS"].flatMap { Int($0) } ?? 30
    }
    private static var seed: UInt64 {
        ProcessInfo.processInfo.environment["LIKENESS_VIEW_SEED"].flatMap { UInt64($0) } ?? 1
    }
    private static let readsPerRound = 70
    private static let searchesPerRound = 40
    private static let suggestionsPerRound = 20
    /// Of the space that there is: equal texts have equal vectors, and different texts others.
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
    private static let bound = "URI:spiffe://test/bound"

    /// One read, for any store.
    private enum Read: Sendable {
        case get(ProfileKey, [String])
        case batch([ProfileKey], [String])
        /// All of its pages.
        case list(pageSize: Int32, filter: String)
        case search(QueryRequest, Way)
        case suggest(SuggestRequest)

        /// One request by four methods, or all of its pages.
        enum Way: CaseIterable { case alone, inBatch, inStream, inPages, explained }
    }

    private static let facets = [
        "location", "location.part", "tags", "keywords", "experiences.category", "experiences.title",
        "experiences.organization", "experiences.location", "experiences.location.part", "experiences.tags",
        "skills.name",
        "skills.category", "skills.level", "years_of_experience", "attributes.team", "attributes.open",
        "attributes.secret", "attributes.deep", "attributes.deep.secret", "attributes.deep.shown",
        "attributes.list.secret",
        "attributes.list.shown", "attributes", "display_name",
    ]

    private static func reads(_ people: [Profile], _ random: inout SeededNumbers) -> [Read] {
        func key() -> ProfileKey {
            let person = random.pick(people)
            switch random.number(0...9) {
            case 0: return ProfileKey(key: .id(random.uuid()))
            case 1: return ProfileKey(key: .slug("nobody"))
            case 9:
                return ProfileKey(key: .externalId(person.externalIds.first ?? ExternalId(system: "crm", id: "none")))
            case 2...5: return ProfileKey(key: .slug(person.slug))
            default: return ProfileKey(key: .id(person.id))
            }
        }
        func paths() -> [String] {
            random.chance(60) ? [] : random.some(Profile.fieldFacts.map(\.name), 40)
        }
        /// What people have, hidden or not, and what nobody has.
        func word() -> String {
            let person = random.pick(people)
            let experience = person.experiences.isEmpty ? Experience() : random.pick(person.experiences)
            let skill = person.skills.isEmpty ? Skill() : random.pick(person.skills)
            let text = random.pick([
                person.displayName, person.headline, person.summary, person.location, person.tags.first ?? "",
                person.keywords.first ?? "", experience.title, experience.organization, experience.description,
                experience.location, experience.highlights.first ?? "", experience.tags.first ?? "", skill.name,
                skill.category, skill.level, skill.keywords.first ?? "", "alpha", "Germany", "nobody",
            ])
            let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
            return words.isEmpty ? "beta" : random.pick(words)
        }
        func text() -> String {
            // A name that is the text counts in a hybrid search.
            if random.chance(10) { return random.pick(people).displayName }
            let words = (0..<random.number(1...5)).map { _ in word() }
            return words.map { word in
                switch random.number(0...11) {
                case 0: "\(word.prefix(2))*"
                case 1: "-\(word)"
                case 2: "\"\(word) \(random.pick(words))\""
                // A letter other.
                case 3: "\(word.dropLast())\(random.pick(["a", "x"]))"
                // What is left of it, and more than one letter other: others are looked for in its place.
                case 4: String(word.prefix(max(4, word.count - 2)))
                case 5: "\(word.prefix(max(3, word.count / 2)))xq\(word.suffix(word.count / 3))"
                default: word
                }
            }.joined(separator: " ")
        }
        func search() -> Read {
            func ask() -> Query.Ask {
                if random.chance(15) {
                    return .examples(
                        ExampleQuery(
                            positive: (0..<random.number(1...2)).map { _ in key() },
                            negative: (0..<random.number(0...1)).map { _ in key() },
                            includeExamples: random.chance(50)
                        )
                    )
                }
                let mode = random.pick([SearchMode.text, .text, .vector, .hybrid])
                return random.chance(85)
                    ? .text(TextQuery(text: text(), mode: mode)) : .vector(.init(values: Self.embedder.vector(text())))
            }
            var asked = ask()
            if random.chance(10) {
                let parts = (0..<random.number(1...3)).map { _ in SubQuery(query: Query(ask: ask())) }
                asked = .fusion(FusionQuery(queries: parts, method: random.pick([.linear, .reciprocalRank])))
            }
            var request = QueryRequest(query: Query(ask: asked))
            request.limit = Int32(random.pick([0, 1, 2, 3, 20]))
            request.minScore = random.pick([0, 0, 0, 0.2, 0.5, -0.1])
            request.precision = random.pick([.unspecified, .unspecified, .exact, .approximate])
            request.skipHighlights = random.chance(10)
            request.filter = random.chance(60) ? "" : filter()
            if random.chance(30) {
                switch random.number(0...3) {
                case 0:
                    let field = random.pick(["update_time", "display_name", "display_name", "years_of_experience"])
                    request.orderBy = field + random.pick(["", " desc"])
                case 1...2: request.diversity = random.pick([0.1, 0.5, 1])
                default:
                    request.boosts = Boosts(
                        recency: random.pick([0, 0, 0, 0.5]),
                        completeness: random.pick([0.1, 0.7, 1])
                    )
                }
            }
            if random.chance(20) { request.readMask = .init(paths: paths()) }
            if random.chance(20) { request.sectionsPerHit = Int32(random.number(1...4)) }
            if random.chance(35) {
                request.facets = (0..<random.number(1...2)).map { _ in random.pick(Self.facets) }
                request.facetOptions = FacetOptions(
                    limit: Int32(random.pick([0, 1, 100])),
                    prefix: random.pick(["", "", "", "a", "1"]),
                    ignoreOwnFilter: random.chance(50),
                    window: Int32(random.pick([0, 1, 3]))
                )
            }
            var way = random.pick(Read.Way.allCases)
            if random.chance(25) {
                request.groupBy = .section
                // Most without what is refused beside it.
                if random.chance(90) {
                    request.sectionsPerHit = 0
                    (request.facets, request.facetOptions) = ([], nil)
                    (request.orderBy, request.diversity, request.boosts) = ("", 0, nil)
                    if way == .inPages { way = .alone }
                }
            }
            return .search(request, way)
        }
        func filter() -> String {
            let person = random.pick(people)
            return random.pick([
                "", "", "", #"headline:"alpha""#, #"summary:"beta""#, #"location = "*Germany""#, "location:peru",
                #"display_name = "ada*""#, "display_name:ben", "tags:t1 AND NOT tags:f1", "keywords:g1",
                "attributes.team = a", "external_ids.system = crm", "external_ids(system = hr AND id = \"x*\")",
                "external_ids.id = \"\(person.externalIds.first?.id ?? "none")\"",
                "attributes.secret > 4", #"attributes.list."0".secret:*"#, "attributes.deep.secret:3",
                "attributes.deep:*",
                "attributes.open < 5", "identity_id:*", "slug = \"p1*\"", "slug = \(person.slug)", "revision > 1",
                "update_time > 2020", "create_time > 2020", "experiences(category = WORK AND start_date < 2000)",
                "experiences.title:gamma", "experiences.tags:f0", #"experiences.location:"Germany""#,
                "skills.name:delta",
                "skills(category = c1 AND level:alpha)", "skills.keywords:x", "NOT experiences.organization:alpha",
            ])
        }
        func suggestion() -> Read {
            let kinds: [SuggestionKind] = [.name, .title, .organization, .skill, .location]
            var prefix = random.chance(20) ? text() : word()
            if random.chance(50) { prefix = String(prefix.prefix(random.number(1...4))) }
            return .suggest(
                SuggestRequest(
                    prefix: String(prefix.prefix(100)),
                    kinds: random.chance(50) ? [] : random.some(kinds, 40),
                    limit: Int32(random.pick([0, 1, 3, 50]))
                )
            )
        }
        let searches = (0..<Self.searchesPerRound).map { _ in search() }
        let suggestions = (0..<Self.suggestionsPerRound).map { _ in suggestion() }
        return searches + suggestions
            + (0..<Self.readsPerRound).map { _ in
                switch random.number(0...9) {
                case 0...3: .get(key(), paths())
                case 4...5: .batch((0..<random.number(1...8)).map { _ in key() }, paths())
                default: .list(pageSize: Int32(random.number(1...5)), filter: filter())
                }
            }
    }

    /// The answers as bytes, or all of the error.
    private static func answers(_ client: LikenessClient, mask: String, _ reads: [Read]) async throws -> [[String]] {
        var all: [[String]] = []
        for read in reads {
            var answers: [String] = []
            do {
                switch read {
                case .get(let key, let paths):
                    let request = GetProfileRequest(key: key, readMask: .init(paths: paths), mask: mask)
                    let answer = try await client.profiles.getProfile(request, options: .init())
                    answers.append("\(try answer.encodedBytes())")
                case .batch(let keys, let paths):
                    let request = BatchGetProfilesRequest(keys: keys, readMask: .init(paths: paths), mask: mask)
                    let answer = try await client.profiles.batchGetProfiles(request, options: .init())
                    answers.append("\(try answer.encodedBytes())")
                case .list(let pageSize, let filter):
                    var token = ""
                    repeat {
                        let request = ListProfilesRequest(
                            pageSize: pageSize,
                            pageToken: token,
                            filter: filter,
                            mask: mask
                        )
                        let answer = try await client.profiles.listProfiles(request, options: .init())
                        answers.append("\(try answer.encodedBytes())")
                        token = answer.nextPageToken
                    } while !token.isEmpty
                case .search(var request, let way):
                    request.mask = mask
                    answers += try await Self.found(client, request, way)
                case .suggest(var request):
                    request.mask = mask
                    let answer = try await client.search.suggest(request, options: .init())
                    answers.append("\(try answer.encodedBytes())")
                }
            } catch let error as LikenessError {
                // Two services that fail in the same way keep a secret, and answer nothing.
                #expect(error.code != .internal, "\(error)")
                answers.append("\(error) \(error.reason) \(error.violations) \(error.details.map(\.value))")
            }
            all.append(answers)
        }
        return all
    }

    private static func found(
        _ client: LikenessClient,
        _ request: QueryRequest,
        _ way: Read.Way
    ) async throws -> [String] {
        /// All but how long it took, when it was, and the number of a set.
        func bytes(_ answer: QueryResponse) throws -> String {
            var answer = answer
            (answer.cost, answer.pageExpireTime) = (nil, nil)
            if !answer.nextPageToken.isEmpty { answer.nextPageToken = "\(answer.nextPageToken.count)" }
            return "\(try answer.encodedBytes())"
        }
        switch way {
        case .inPages:
            var request = request
            (request.pageWindow, request.limit) = (max(8, request.limit), max(1, request.limit % 4))
            var answers: [String] = []
            repeat {
                let answer = try await client.search.query(request, options: .init())
                answers.append(try bytes(answer))
                request.pageToken = answer.nextPageToken
            } while !request.pageToken.isEmpty
            return answers
        case .explained:
            var asked = request
            (asked.facets, asked.facetOptions, asked.readMask, asked.sectionsPerHit) = ([], nil, nil, 0)
            var answer = try await client.search.explainQuery(.init(query: asked), options: .init())
            // Administrators see those.
            answer.statements = []
            answer.total = nil
            for index in answer.stages.indices { answer.stages[index].time = nil }
            return ["\(try answer.encodedBytes())"]
        case .alone: return [try bytes(try await client.search.query(request, options: .init()))]
        case .inBatch:
            let batch = QueryBatchRequest(queries: [request])
            return try await client.search.queryBatch(batch, options: .init()).results.map { result in
                switch result.result {
                case .response(let answer)?: try bytes(answer)
                case .error(let status)?:
                    "\(status.code == 3 ? "INVALID_ARGUMENT" : "")\(status.code) \(status.message) \(status.details)"
                case nil: ""
                }
            }
        case .inStream:
            return try await client.search.queryStream(.init(query: request), options: .init()) { pages in
                var answers: [String] = []
                while let page = try await pages.next() { answers.append("\(try page.encodedBytes())") }
                return answers
            }
        }
    }

    /// Some of the searches: the request for all but the first hit, and all hits.
    private static func paged(
        _ client: LikenessClient,
        _ reads: [Read]
    ) async throws -> [(request: QueryRequest, whole: QueryResponse)] {
        var paged: [(request: QueryRequest, whole: QueryResponse)] = []
        for case .search(var request, .inPages) in reads where paged.count < 5 {
            (request.pageWindow, request.limit) = (20, 20)
            guard let whole = try? await client.search.query(request, options: .init()) else { continue }
            request.limit = 1
            let first = try await client.search.query(request, options: .init())
            guard !first.nextPageToken.isEmpty else { continue }
            (request.limit, request.pageToken) = (20, first.nextPageToken)
            paged.append((request, whole))
        }
        return paged
    }

    @Test func `what a view hides changes no answer`() async throws {
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.bound],
            masks: ["\(Self.bound)=bound"]
        )
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder]), roles: roles) { fixture in
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.bound)
            let admin = fixture.client
            _ = try await admin.admin.createMask(CreateMaskRequest(mask: Mask(name: "bound")), options: .init())
            var (cases, shown, refused, searches, found, counted, refined, suggested) = (0, 0, 0, 0, 0, 0, 0, 0)
            var sections = 0
            for round in 0..<Self.rounds {
                let seed = Self.seed &* 1_000_003 &+ UInt64(round)
                var random = SeededNumbers(seed: seed)
                let view = RandomView(&random)
                let mask = Mask(name: "bound", configuration: view.configuration)
                _ = try await admin.admin.updateMask(
                    UpdateMaskRequest(mask: mask, updateMask: .init(paths: ["configuration"])),
                    options: .init()
                )
                try await Self.script("DELETE FROM profiles")
                var people = (0..<10).map { RandomView.person($0, &random) }
                for person in people {
                    _ = try await admin.profiles.createProfile(CreateProfileRequest(profile: person), options: .init())
                }
                let reads = Self.reads(people, &random)
                try await Self.waitForEmbeddings()
                let before = try await Self.answers(admin, mask: "bound", reads)
                #expect(try await Self.answers(bound, mask: "", reads) == before, "seed \(seed)")
                // Rankings that are made before the change, and paged through after it.
                let paged = try await Self.paged(bound, reads)

                for (index, person) in people.enumerated() {
                    let isShown = view.shows(person)
                    people[index] = view.changed(person, number: index, &random)
                    let key = ProfileKey(key: .id(person.id))
                    if !isShown, random.chance(30) {
                        try await Self.script("DELETE FROM profiles WHERE id = '\(person.id)'")
                        continue
                    }
                    let request = UpdateProfileRequest(
                        key: key,
                        profile: people[index],
                        updateMask: .init(paths: ["*"])
                    )
                    _ = try await admin.profiles.updateProfile(request, options: .init())
                    if !isShown, random.chance(30) {
                        _ = try await admin.profiles.deleteProfile(DeleteProfileRequest(key: key), options: .init())
                    }
                }
                for number in 10..<14 {
                    let person = RandomView.person(number, &random)
                    guard !view.shows(person) else { continue }
                    _ = try await admin.profiles.createProfile(CreateProfileRequest(profile: person), options: .init())
                }
                try await Self.waitForEmbeddings()
                for (request, whole) in paged {
                    let rest = try await bound.search.query(request, options: .init())
                    #expect(rest.hits == Array(whole.hits.dropFirst()), "seed \(seed): \(request)")
                    #expect(rest.totalSize == whole.totalSize && rest.vanishedCount == 0, "seed \(seed): \(request)")
                }
                let after = try await Self.answers(random.chance(50) ? admin : bound, mask: "bound", reads)
                for (index, read) in reads.enumerated() {
                    #expect(
                        after[index] == before[index],
                        "seed \(seed): \(read) through \(view.configuration)"
                    )
                    cases += 1
                    let isShown = before[index].contains { $0.hasPrefix("[") && $0.count > 40 }
                    if isShown { shown += 1 }
                    if case .search(let request, let way) = read, way != .explained {
                        searches += 1
                        // The field of hits.
                        let hasFound = before[index].contains { $0.hasPrefix("[10, ") }
                        if hasFound { found += 1 }
                        if hasFound, !request.facets.isEmpty { counted += 1 }
                        if hasFound, request.groupBy == .section { sections += 1 }
                        if hasFound, !request.orderBy.isEmpty || request.diversity > 0 || request.boosts != nil {
                            refined += 1
                        }
                    }
                    if case .suggest = read, before[index].contains(where: { $0.hasPrefix("[10, ") }) { suggested += 1 }
                    if before[index].contains(where: { $0.hasPrefix("INVALID_ARGUMENT") }) { refused += 1 }
                }
            }
            print(
                "\(cases) cases, \(shown) of them with people, \(refused) refused; "
                    + "\(searches) are searches, \(found) with people, \(counted) with facets, \(refined) in another order, "
                    + "\(sections) with sections; "
                    + "\(suggested) have suggestions; seed \(Self.seed)"
            )
            // The proof is one of something: many answers have people in them, and some are refused.
            #expect(shown > cases / 4 && refused > cases / 20 && found > searches / 5)
            #expect(counted > searches / 20 && refined > searches / 30 && suggested > Self.rounds)
            #expect(sections > searches / 20)
            await bound.close()
        }
    }

    private static func waitForEmbeddings() async throws {
        let statement = Statement("", "SELECT count(*) FROM embedding_outbox")
        let isEmbedded = try await Patience.until {
            try await TestDatabase.current.pool.execute(statement).value(0, 0, as: Int64.self) == 0
        }
        try #require(isEmbedded)
    }

    private static func script(_ sql: String) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(SQL(verbatim: sql)) }
    }
}
