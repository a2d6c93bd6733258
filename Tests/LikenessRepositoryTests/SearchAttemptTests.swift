import LikenessMessages
import LikenessPostgres
import Testing

@testable import LikenessRepository

/// What a search does that found too few, over all that it can have found.
@Suite struct SearchAttemptTests {
    private struct Case {
        let attempt: SearchAttempt
        let outcome: SearchAttempt.Outcome
        let isWhole: Bool
        let precision: Precision

        var next: SearchAttempt? {
            self.attempt.next(after: self.outcome, isWhole: self.isWhole, precision: self.precision)
        }
    }

    private static let embeddings = 1_000

    /// Attempts by words and by vector, in every state, with every outcome.
    private static func cases() throws -> [Case] {
        var attempts = [false, true].map { SearchAttempt(nearest: nil, scoresAll: $0) }
        for method in [IndexMethod.hnsw, .ivfflat] {
            for precision in [Precision.exact, .approximate] {
                var query = SearchQuery(.vector([]))
                query.precision = precision
                let contents = SearchCatalog.Contents(
                    spaces: [try .sample(method, efSearch: 40)],
                    embeddingCounts: ["space": Self.embeddings],
                    liveProfiles: 500
                )
                let plan = try SearchPlan(query, contents: contents)
                for multiple in SearchPlan.multiples {
                    for scoresAll in [false, true] {
                        attempts.append(
                            SearchAttempt(
                                nearest: .init(
                                    plan: plan,
                                    reach: plan.reach(limit: 10, multiple: multiple),
                                    exactSections: 160
                                ),
                                scoresAll: scoresAll
                            )
                        )
                    }
                }
            }
        }
        var cases: [Case] = []
        for attempt in attempts {
            let sections = attempt.nearest?.reach.sections ?? 0
            for examined in Set([0, sections / 2, sections, Self.embeddings]) {
                for bits in 0..<16 {
                    let outcome = SearchAttempt.Outcome(
                        isShort: bits & 1 != 0,
                        examined: examined,
                        nomineesAreCut: bits & 2 != 0,
                        wantsPhrases: bits & 4 != 0
                    )
                    for precision in [Precision.unspecified, .exact, .approximate] {
                        cases.append(
                            Case(attempt: attempt, outcome: outcome, isWhole: bits & 8 != 0, precision: precision)
                        )
                    }
                }
            }
        }
        return cases
    }

    @Test func `an answer that is not short is the answer`() throws {
        for one in try Self.cases() where !one.outcome.isShort { #expect(one.next == nil) }
    }

    @Test func `each attempt looks at more than the one before, so that a search ends`() throws {
        for one in try Self.cases() {
            var (attempt, count) = (one.attempt, 0)
            while let next = attempt.next(after: one.outcome, isWhole: one.isWhole, precision: one.precision) {
                let (old, new) = (attempt.nearest, next.nearest)
                let looksFurther =
                    (new?.reach.sections ?? 0) > (old?.reach.sections ?? 0)
                    || (new?.reach.probes ?? 0) > (old?.reach.probes ?? 0)
                    || (new?.reach.isIterative == true && old?.reach.isIterative == false)
                let comparesAll = old?.plan.scan == .approximate && new?.plan.scan == .exact
                #expect(looksFurther || comparesAll || (next.scoresAll && !attempt.scoresAll))
                (attempt, count) = (next, count + 1)
                try #require(count < 30)
            }
        }
    }

    @Test func `what was asked for as approximate is never compared in full`() throws {
        for one in try Self.cases() where one.precision == .approximate {
            guard let next = one.next else { continue }
            #expect(next.scoresAll == one.attempt.scoresAll)
            #expect(next.nearest?.plan.scan == one.attempt.nearest?.plan.scan)
        }
    }

    @Test func `everyone is looked at when an index gave up within a narrower scope`() throws {
        var count = 0
        for one in try Self.cases() where one.outcome.isShort && !one.isWhole && one.precision != .approximate {
            guard let nearest = one.attempt.nearest, nearest.plan.scan == .approximate,
                nearest.plan.space.indexMethod == .hnsw, one.outcome.examined < nearest.reach.sections,
                nearest.reach.isIterative || one.outcome.wantsPhrases
            else { continue }
            let next = try #require(one.next)
            #expect(next.nearest?.plan.scan == .exact && next.scoresAll)
            #expect((next.nearest?.reach.sections ?? 0) >= max(160, nearest.reach.sections))
            count += 1
        }
        #expect(count > 0)
    }

    @Test func `an index goes on by itself before everyone is looked at`() throws {
        var count = 0
        for one in try Self.cases() where one.outcome.isShort && !one.outcome.wantsPhrases {
            guard let nearest = one.attempt.nearest, nearest.plan.scan == .approximate,
                nearest.plan.space.indexMethod == .hnsw, one.outcome.examined < nearest.reach.sections,
                !nearest.reach.isIterative
            else { continue }
            var expected = nearest.reach
            expected.isIterative = true
            let next = try #require(one.next)
            #expect(next.nearest?.reach == expected && next.nearest?.plan.scan == .approximate)
            #expect(next.scoresAll == one.attempt.scoresAll)
            count += 1
        }
        #expect(count > 0)
    }

    @Test(arguments: [
        (sections: 26, share: 1.0, isIterative: false), (27, 1, true), (13, 0.5, false), (14, 0.5, true),
    ])
    func `an index need not go on where its first 40 candidates hold half as many again as are wanted`(
        sections: Int,
        share: Double,
        isIterative: Bool
    ) throws {
        var query = SearchQuery(.vector([]))
        query.efSearch = 40
        let contents = SearchCatalog.Contents(
            spaces: [try .sample(.hnsw, efSearch: 300)],
            embeddingCounts: ["space": 100_000],
            liveProfiles: 50_000
        )
        let plan = try SearchPlan(query, contents: contents).within(share: share)
        let reach = plan.reach(limit: sections, multiple: 1)
        #expect(reach.efSearch == 40 && reach.sections == sections)
        #expect(reach.isIterative == isIterative)
        #expect(plan.settings(reach).contains(.init("hnsw.iterative_scan", isIterative ? "strict_order" : "off")))
        // Twice as many are more than they hold.
        #expect(plan.next(after: reach, seeing: sections)?.isIterative == true)
        // Nobody knows how many of them pass.
        #expect(plan.within(share: nil).reach(limit: 1, multiple: 1).isIterative)
    }

    @Test func `more sections are taken of the first candidates as long as those suffice`() throws {
        let contents = SearchCatalog.Contents(
            spaces: [try .sample(.hnsw, efSearch: 300)],
            embeddingCounts: ["space": 100_000],
            liveProfiles: 50_000
        )
        let plan = try SearchPlan(SearchQuery(.vector([])), contents: contents)
        var reach = plan.reach(limit: 10, multiple: 2)
        var seen: [Int: Bool] = [:]
        while reach.sections < 1_000, let next = plan.next(after: reach, seeing: reach.sections) {
            seen[reach.sections] = reach.isIterative
            reach = next
        }
        #expect(seen == [20: false, 40: false, 80: false, 160: false, 320: true, 640: true])
    }

    @Test func `both look for all sections of their window, also where words alone have hits enough`() throws {
        for one in try Self.cases() {
            var outcome = one.outcome
            (outcome.isShort, outcome.wantsSections) = (false, true)
            let next = one.attempt.next(after: outcome, isWhole: one.isWhole, precision: one.precision)
            guard let nearest = one.attempt.nearest, nearest.plan.scan == .approximate,
                nearest.plan.space.indexMethod == .hnsw, !nearest.reach.isIterative,
                outcome.examined < nearest.reach.sections
            else {
                #expect(next == nil)
                continue
            }
            var expected = nearest.reach
            expected.isIterative = true
            #expect(next?.nearest?.reach == expected && next?.scoresAll == one.attempt.scoresAll)
        }
    }

    @Test func `an index that may have become another kind a moment ago goes on`() throws {
        let contents = SearchCatalog.Contents(
            spaces: [try .sample(.ivfflat, efSearch: 300)],
            embeddingCounts: ["space": 100_000],
            liveProfiles: 50_000
        )
        let plan = try SearchPlan(SearchQuery(.vector([])), contents: contents)
        #expect(plan.reach(limit: 10, multiple: 2).isIterative)
    }

    @Test func `by words alone everyone is scored once the index could have named more`() throws {
        for one in try Self.cases() where one.attempt.nearest == nil && one.outcome.isShort {
            let looksOn = one.outcome.nomineesAreCut && !one.attempt.scoresAll && one.precision != .approximate
            #expect((one.next != nil) == looksOn)
        }
    }

    @Test func `by both all sections are taken at once where all are compared`() throws {
        var counts = (exact: 0, approximate: 0)
        for one in try Self.cases() where one.outcome.isShort && !one.outcome.wantsPhrases {
            guard let nearest = one.attempt.nearest, one.outcome.examined >= nearest.reach.sections else { continue }
            var outcome = one.outcome
            outcome.wantsSections = true
            let next = one.attempt.next(after: outcome, isWhole: one.isWhole, precision: one.precision)
            let sections = try #require(next?.nearest?.reach.sections)
            if nearest.plan.scan == .exact {
                #expect(sections == SearchPlan.sectionsMax)
                counts.exact += 1
            } else {
                #expect(sections == 2 * nearest.reach.sections)
                counts.approximate += 1
            }
        }
        #expect(counts.exact > 0 && counts.approximate > 0)
    }

    @Test func `by both no limit looks at less than a smaller one`() {
        for (scan, isWhole) in [
            (SearchStatements.Scan.exact, true), (.exact, false), (.approximate, true), (.approximate, false),
        ] {
            let sections = SearchStatements.limits.map {
                SearchStatements.hybridSections(limit: $0, scan, isWhole: isWhole)
            }
            let profiles = SearchStatements.limits.map { SearchStatements.hybridNearest(limit: $0, scan) }
            #expect(sections == sections.sorted() && profiles == profiles.sorted(), "\(scan) \(sections) \(profiles)")
            #expect(zip(sections, profiles).allSatisfy { $0 >= $1 })
        }
    }
}
