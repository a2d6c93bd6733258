internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Whether some profiles are among those that a search finds, however many others it finds.
extension SearchRepository {
    /// - Parameters:
    ///   - query: What it says of limit, precision and highlights does not count.
    ///   - profiles: At most 1,000.
    /// - Returns: Those that it finds, with their scores.
    func matches(
        of query: SearchQuery,
        among profiles: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [UUID: Double] {
        guard !profiles.isEmpty else { return [:] }
        var asked = query
        (asked.limit, asked.precision, asked.withHighlights) = (Self.matchedMax, .exact, false)
        asked.among = profiles
        // No one is shown them.
        asked.isForPages = true
        let answer = try await self.search(asked, deadline: deadline)
        // A hybrid ranking looks at so many sections, which these profiles have more of.
        guard answer.completeness.level != .approximate || profiles.count == 1 else {
            let half = profiles.count / 2
            let first = try await self.matches(of: query, among: Array(profiles[..<half]), deadline: deadline)
            let second = try await self.matches(of: query, among: Array(profiles[half...]), deadline: deadline)
            return first.merging(second) { one, _ in one }
        }
        var matches: [UUID: Double] = [:]
        for hit in answer.hits {
            if let id = UUID(text: hit.profile?.id ?? "") { matches[id] = hit.score }
        }
        return matches
    }

    private static let matchedMax = 1_000

    /// Which of some profiles are live and pass each of some conditions, in one statement.
    func passing(
        _ conditions: ArraySlice<Filter>,
        among profiles: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Set<UUID>] {
        var parameters = Parameters(profiles)
        var list: SQL = ""
        for condition in conditions {
            let sql = try condition.sql(&parameters, rows: .ofEach)
            list = "\(list)\(list.text.isEmpty ? "" : ", ")\(sql)"
        }
        var batch = Batch()
        batch.addFiltered(
            "search_passing",
            "SELECT p.id, ARRAY[\(list)] FROM profiles p WHERE p.is_active AND p.id = ANY ($1)",
            parameters,
            deadline: deadline
        )
        var results = try await self.database.run(batch, deadline: deadline)
        _ = results.next()
        let result = results.next()
        var passing = conditions.map { _ in Set<UUID>() }
        try readRows { () throws(DatabaseError) in
            for row in 0..<result.rowCount {
                let profile: UUID = try result.value(row, 0)
                let outcomes: [Bool] = try result.value(row, 1)
                for (place, passes) in outcomes.enumerated() where passes { passing[place].insert(profile) }
            }
        }
        return passing
    }
}
