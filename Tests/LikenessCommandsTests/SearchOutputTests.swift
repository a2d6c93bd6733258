import LikenessConsole
import LikenessMessages
import Testing

@testable import LikenessCommands

/// The table of a search.
@Suite struct SearchOutputTests {
    private static func response(_ profiles: [ProfileSummary], _ change: (inout QueryResponse) -> Void = { _ in })
        -> QueryResponse
    {
        var response = QueryResponse(
            hits: profiles.map { Hit(profile: $0, score: 0.5) },
            completeness: Completeness(level: .approximate, reason: "the 100 best of each branch were considered"),
            strategy: "hybrid_exact"
        )
        change(&response)
        return response
    }

    private static func lines(_ response: QueryResponse) -> [String] {
        SearchOutput(response: response).table(.plain).description.split(separator: "\n").map(String.init)
    }

    @Test func `a row says who it is, whatever is left of the profile`() {
        let lines = Self.lines(
            Self.response([
                ProfileSummary(id: "1", slug: "ada", displayName: "Ada"), ProfileSummary(id: "2", slug: "ben"),
                ProfileSummary(id: "00000000-0000-4000-8000-000000000003"),
            ])
        )
        #expect(lines[1].contains("Ada") && !lines[1].contains("ada"), "\(lines)")
        #expect(lines[2].contains("ben"), "\(lines)")
        #expect(lines[3].contains("00000000-0000-4000-8000-0000"), "\(lines)")
    }

    @Test(arguments: [(0, ["1", "2"]), (1, ["1", "2"]), (21, ["21", "22"])] as [(Int32, [String])])
    func `rows are numbered from the place of the page on`(first: Int32, numbers: [String]) {
        let people = [ProfileSummary(displayName: "Ada"), ProfileSummary(displayName: "Ben")]
        let lines = Self.lines(Self.response(people) { $0.firstPlace = first })
        #expect(lines[1...2].map { String($0.split(separator: " ")[0]) } == numbers, "\(lines)")
    }

    @Test func `relevance has a column where it is known`() {
        let people = [ProfileSummary(displayName: "Ada")]
        #expect(!Self.lines(Self.response(people))[0].contains("RELEVANCE"))
        let lines = Self.lines(
            Self.response(people) { response in
                response.relevanceTable = "text"
                response.hits[0].relevance = 0.437
                response.hits[0].sections = [
                    SectionScore(section: SectionMatch(kind: .summary, title: "Summary"), score: 0.25)
                ]
            }
        )
        func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }
        #expect(words(lines[0]) == ["#", "SCORE", "RELEVANCE", "NAME", "SECTION", "PASSAGE"], "\(lines)")
        #expect(words(lines[1]).prefix(4) == ["1", "0.500", "0.44", "Ada"], "\(lines)")
        #expect(words(lines[2]) == ["0.250", "Summary"], "\(lines)")
    }

    /// What was compared says nothing of what was considered then.
    @Test func `only an answer that is exact says that every section was compared`() {
        let people = [ProfileSummary(displayName: "Ada")]
        for (level, words) in [
            (CompletenessLevel.exact, ", every section compared, exact"),
            (.approximate, " without an index, approximate"),
            (.truncated, " without an index, truncated"),
        ] {
            let lines = Self.lines(Self.response(people) { $0.completeness = Completeness(level: level) })
            #expect(lines[2] == "1 hit by meaning and words\(words)", "\(lines)")
        }
    }

    @Test func `where relevance may be missed it says that there is none`() {
        func lines(_ table: String, isExpected: Bool) -> [String] {
            let response = Self.response([ProfileSummary(displayName: "Ada")]) { $0.relevanceTable = table }
            let output = SearchOutput(response: response, isRelevanceExpected: isExpected)
            return output.table(.plain).description.split(separator: "\n").map(String.init)
        }
        #expect(lines("", isExpected: true).last?.contains("not known") == true)
        #expect(lines("text", isExpected: true).last?.contains("not known") == false)
        #expect(lines("", isExpected: false).last?.contains("not known") == false)
    }

    @Test func `an explanation has both minima`() {
        func summary(_ score: Double, _ relevance: Double) -> String {
            let response = ExplainQueryResponse(strategy: "text", minScore: score, minRelevance: relevance)
            return ExplainOutput(response: response).text(.plain).description
        }
        #expect(!summary(0, 0).contains("least"))
        #expect(summary(0.25, 0).contains("\nscore at least 0.250\n"))
        #expect(summary(0.4375, 0.5).contains("\nscore at least 0.438, relevance at least 0.50\n"))
        #expect(summary(0, 0.01).contains("\nrelevance at least 0.01, which every score has\n"))
    }

    @Test(arguments: [
        ("hybrid_exact", "by meaning and words without an index"), ("vector_exact", "by meaning without an index"),
        ("vector_hnsw", "by meaning through the HNSW index"),
        ("vector_ivfflat", "by meaning through the IVFFlat index"), ("text", "by words"), ("examples", "by examples"),
        ("fusion_linear", "of several queries, by their scores"),
        ("fusion_reciprocal_rank", "of several queries, by their ranks"), ("of_tomorrow", "(of_tomorrow)"),
    ])
    func `how the hits were found is said in words`(strategy: String, words: String) {
        let lines = Self.lines(Self.response([ProfileSummary(displayName: "Ada")]) { $0.strategy = strategy })
        #expect(lines[2] == "1 hit \(words), approximate: the 100 best of each branch were considered", "\(lines)")
    }
}
