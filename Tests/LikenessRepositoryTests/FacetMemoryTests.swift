import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Values that are remembered are those of the version that is counted.
@Suite(.freshDatabase) struct FacetMemoryTests {
    /// What a profile is made of in the model.
    private struct Model {
        var version: FacetShelf.Version
        var values: [FacetShelf.Value]
        var work: [WorkYears.Span]
    }

    private static func model(_ random: inout SplitMix) -> Model {
        var spellings: Set<FacetShelf.Text> = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let text =
                ["a", "A", "b", "\u{E9}", "e\u{301}", "long text \(Int.random(in: 0..<40, using: &random))"]
                .randomElement(using: &random) ?? ""
            spellings.insert(.init(field: UInt8.random(in: 0...2, using: &random), text: text))
        }
        return Model(
            version: .init(
                revision: Int64.random(in: 1...2, using: &random),
                updatedAt: PostgresTimestamp(microseconds: Int64.random(in: 1...1_000, using: &random))
            ),
            values: spellings.map { .init(spelling: $0, folded: Self.folded($0.text)) },
            work: (0..<Int.random(in: 0...2, using: &random)).map { _ in
                .init(
                    start: Int32.random(in: 0...9_000, using: &random),
                    end: [nil, 9_000].randomElement(using: &random) ?? nil
                )
            }
        )
    }

    private static func folded(_ text: String) -> String {
        text.utf8.elementsEqual("e\u{301}".utf8) ? "\u{E9}" : text.lowercased()
    }

    /// "field folded": how many, and how it is shown.
    private static func plain(_ models: [Model], _ fields: Set<UInt8>, today: Int) -> [String: String] {
        var counts: [String: Int] = [:]
        var spellings: [String: [(text: String, count: Int)]] = [:]
        for model in models {
            for key in Set(
                model.values.filter { fields.contains($0.spelling.field) }.map { "\($0.spelling.field) \($0.folded)" }
            ) {
                counts[key, default: 0] += 1
            }
            for value in model.values where fields.contains(value.spelling.field) {
                let (key, text) = ("\(value.spelling.field) \(value.folded)", value.spelling.text)
                if let place = spellings[key]?.firstIndex(where: { $0.text.utf8.elementsEqual(text.utf8) }) {
                    spellings[key]?[place].count += 1
                } else {
                    spellings[key, default: []].append((text, 1))
                }
            }
            if fields.contains(UInt8(FacetField.workYearsNumber)),
                let range = WorkYears.range(of: model.work[...], today: today)
            {
                let name = "\(WorkYears.ranges[range].name)"
                counts["\(FacetField.workYearsNumber) \(name)", default: 0] += 1
                spellings["\(FacetField.workYearsNumber) \(name)"] = [(name, 1)]
            }
        }
        var plain: [String: String] = [:]
        for (key, count) in counts {
            let shown = spellings[key, default: []].min { one, other in
                one.count == other.count
                    ? one.text.utf8.lexicographicallyPrecedes(other.text.utf8) : one.count > other.count
            }
            plain[key] = "\(count) \(Array((shown?.text ?? "").utf8))"
        }
        return plain
    }

    @Test func `whatever it forgets, it counts what the profiles have, and stays within its bound`() {
        var random = SplitMix(seed: 23)
        let bound = 20_000
        let now = Moment.now
        let memory = FacetMemory(bytesMax: bound)
        var people: [UUID: Model] = [:]
        let ids = (0..<40).map { _ in UUID() }
        for id in ids { people[id] = Self.model(&random) }
        var (counted, missed, largest) = (0, 0, 0)
        for _ in 0..<4_000 {
            if Int.random(in: 0..<4, using: &random) == 0, let id = ids.randomElement(using: &random) {
                people[id] = Self.model(&random)
            }
            let asked = ids.shuffled(using: &random).prefix(Int.random(in: 1...6, using: &random))
            let profiles = asked.compactMap { id in
                people[id].map { FacetProfile(id: id, version: $0.version, seenAt: now) }
            }
            // Who goes on working has worked longer on another day.
            let today = Int.random(in: 9_000...11_000, using: &random)
            let fields = Set<UInt8>(
                [0, 1, 2, UInt8(FacetField.workYearsNumber)].filter { _ in Bool.random(using: &random) }
            )
            let most = [nil, 1, 2, 3].randomElement(using: &random) ?? nil
            switch memory.tally(profiles, fields, most: most, today: today) {
            case .tooLarge: Issue.record("none is large")
            case .missing(let places):
                missed += 1
                #expect(!places.isEmpty)
                memory.remember(
                    places.compactMap { place in
                        people[profiles[place].id].map {
                            .init(
                                profile: FacetProfile(id: profiles[place].id, version: $0.version, seenAt: now),
                                values: $0.values,
                                work: $0.work
                            )
                        }
                    }
                )
            case .counted(let tally):
                counted += 1
                guard case .counted(let all) = memory.tally(profiles, fields, most: nil, today: today) else {
                    Issue.record("all are remembered")
                    continue
                }
                var found: [String: String] = [:]
                for (field, counts) in all.counts {
                    for count in counts {
                        found["\(field) \(count.folded)"] = "\(count.profiles) \(Array(count.text.utf8))"
                    }
                    let sorted = counts.sorted(by: FacetTally.Count.precedes).map(\.folded)
                    if let most {
                        #expect(tally.first(most, of: field) { _ in true }.map(\.folded) == Array(sorted.prefix(most)))
                    } else {
                        let first = tally.first(3, of: field) { $0 != "a" }.map(\.folded)
                        #expect(first == Array(sorted.filter { $0 != "a" }.prefix(3)))
                    }
                }
                #expect(found == Self.plain(profiles.compactMap { people[$0.id] }, fields, today: today))
            }
            largest = max(largest, memory.bytes)
        }
        #expect(counted > 500 && missed > 500)
        // Half of it on each shelf, and what six profiles have.
        #expect(largest < bound + 6 * 1_500, "\(largest)")
    }

    @Test func `it knows when each profile was last seen to be as it remembers it`() {
        var random = SplitMix(seed: 24)
        let memory = FacetMemory()
        let start = Moment.now
        let model = Self.model(&random)
        let (one, other) = (UUID(), UUID())
        func profile(_ id: UUID, _ seconds: Int, revision: Int64 = 0) -> FacetProfile {
            let version = FacetShelf.Version(
                revision: model.version.revision + revision,
                updatedAt: model.version.updatedAt
            )
            return FacetProfile(id: id, version: version, seenAt: start + .seconds(seconds))
        }
        func seen(since seconds: Int) -> [UUID] {
            memory.seen([one, other], since: start + .seconds(seconds)).seen.map(\.id)
        }
        memory.remember([.init(profile: profile(one, 0), values: model.values, work: model.work)])
        memory.remember([.init(profile: profile(other, 1), values: model.values, work: model.work)])
        #expect(seen(since: 0) == [one, other])
        #expect(seen(since: 1) == [other])
        _ = memory.tally([profile(one, 2)], [0], most: nil, today: 10_000)
        #expect(seen(since: 2) == [one])
        // Seen before it was, or in another version: that says nothing of the one that is remembered.
        _ = memory.tally([profile(one, 1)], [0], most: nil, today: 10_000)
        _ = memory.tally([profile(other, 3, revision: 1)], [0], most: nil, today: 10_000)
        #expect(seen(since: 2) == [one])
        #expect(seen(since: 3).isEmpty)
    }

    @Test func `a sample of many may be a second old, but not for who has a token`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary, tags)
                SELECT 'p-' || n, 'Person', 'alpha', '{red}' FROM generate_series(1, 1100) AS n
                """
            )
            _ = try await fixture.search.words.update(deadline: nil)
            func red(_ token: ConsistencyToken?) async throws -> Int64 {
                var query = SearchQuery(.text("alpha"))
                query.consistencyToken = token
                let request = try FacetTests.request(["tags"])
                let facets = try await fixture.search.packedSearch(query, counting: request).facets
                #expect(facets[0].countKind == .estimate)
                return facets[0].values.reduce(0) { $0 + ($1.value == "red" ? $1.count : 0) }
            }
            #expect(try await red(nil) == 1_100)
            try await fixture.execute(
                "UPDATE profiles SET tags = '{blue}', revision = revision + 1, updated_at = now() WHERE abs(hashtext(slug)) % 2 = 0"
            )
            var person = try await fixture.profiles.get(.slug("p-1"))
            person.tags = ["blue"]
            let token = try await fixture.profiles.update(.slug("p-1"), with: person, updateMask: ["tags"])
                .consistencyToken
            let left = try await red(token)
            #expect((400...700).contains(left), "\(left)")
            // What was seen for it others may have.
            #expect(try await red(nil) == left)
        }
    }

    @Test func `a profile that is written counts as it is now, also when its revision comes once more`() async throws {
        try await RepositoryFixture.run { fixture in
            for (number, tag) in ["red", "red", "blue"].enumerated() {
                var person = Samples.named("Person", slug: "p-\(number)", summary: "alpha")
                person.tags = [tag]
                _ = try await fixture.profiles.create(person)
            }
            func tags(_ paths: [String] = ["tags"]) async throws -> [[String: Int64]] {
                let request = try FacetTests.request(paths)
                return try await fixture.search.packedSearch(SearchQuery(.text("alpha")), counting: request).facets
                    .map { Dictionary(uniqueKeysWithValues: $0.values.map { ($0.value, $0.count) }) }
            }
            #expect(try await tags() == [["red": 2, "blue": 1]])
            let bytes = fixture.search.facetMemory.bytes
            #expect(bytes > 0)
            #expect(try await tags(["skills.name", "tags"]) == [[:], ["red": 2, "blue": 1]])
            #expect(fixture.search.facetMemory.bytes == bytes, "nothing is read again")
            var person = try await fixture.profiles.get(.slug("p-0"))
            person.tags = ["green"]
            _ = try await fixture.profiles.update(.slug("p-0"), with: person, updateMask: ["tags"])
            #expect(try await tags() == [["red": 1, "green": 1, "blue": 1]])
            // As a database that was restored may have it: the revision of before, and other contents.
            try await fixture.execute(
                "UPDATE profiles SET tags = '{white}', revision = \(person.revision), updated_at = now() WHERE slug = 'p-0'"
            )
            #expect(try await tags() == [["red": 1, "white": 1, "blue": 1]])
            _ = try await fixture.profiles.softDelete(.slug("p-2"))
            #expect(try await tags() == [["red": 1, "white": 1]])
            // Both kinds of fields at once: attributes are not remembered.
            #expect(try await tags(["attributes.none", "tags"]) == [[:], ["red": 1, "white": 1]])
        }
    }

    @Test func `profiles that have more values than are remembered are counted all the same`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary, tags)
                SELECT 'p-' || n, 'Person', 'alpha',
                    ARRAY(SELECT 't' || t FROM generate_series(1, CASE n WHEN 1 THEN \(FacetStatements.valuesMax + 5) ELSE 15000 END) AS t)
                FROM generate_series(1, 3) AS n
                """
            )
            _ = try await fixture.search.words.update(deadline: nil)
            for text in ["alpha", "alpha"] {
                let request = try FacetTests.request(["tags"], FacetOptions(limit: 2))
                let facet = try await fixture.search.packedSearch(SearchQuery(.text(text)), counting: request).facets[0]
                #expect(facet.values == [FacetValue(value: "t1", count: 3), FacetValue(value: "t10", count: 3)])
                #expect(facet.profileCount == 3 && facet.hasMore)
            }
        }
    }

    @Test func `more than there is room for is not remembered, and of a profile with very many values none`() {
        let bound = 1 << 20
        let memory = FacetMemory(bytesMax: bound)
        func reading(_ count: Int) -> FacetMemory.Reading {
            let id = UUID()
            return FacetMemory.Reading(
                profile: FacetProfile(
                    id: id,
                    version: .init(revision: 1, updatedAt: PostgresTimestamp(microseconds: 1)),
                    seenAt: .now
                ),
                values: (0..<count).map { number in
                    let text = "\(number) of \(id)"
                    return .init(spelling: .init(field: 0, text: text), folded: text.lowercased())
                }
            )
        }
        let rich = reading(FacetMemory.profileValuesMax + 1)
        #expect(!memory.remember([rich]) && memory.bytes < 1_000)
        guard case .tooLarge = memory.tally([rich.profile], [0], most: nil, today: 0) else {
            Issue.record("it has more values than are remembered")
            return
        }
        for _ in 0..<3 {
            let people = (0..<100).map { _ in reading(100) }
            let profiles = people.map(\.profile)
            // Who counts asks first, which makes room.
            _ = memory.tally(profiles, [0], most: nil, today: 0)
            #expect(!memory.remember(people))
            guard case .missing(let places) = memory.tally(profiles, [0], most: nil, today: 0) else {
                Issue.record("not all had room")
                return
            }
            #expect(!places.isEmpty && places.count < 100)
            // Two shelves, of which the newer one may have one profile more.
            #expect(memory.bytes < 2 * bound + 60_000)
        }
        let few = (0..<10).map { _ in reading(100) }
        _ = memory.tally([], [0], most: nil, today: 0)
        #expect(memory.remember(few))
        guard case .counted = memory.tally(few.map(\.profile), [0], most: nil, today: 0) else {
            Issue.record("these had room")
            return
        }
    }
}
