internal import FoundationEssentials
internal import LikenessPostgres
internal import LikenessWords

/// Reads an index of words from the database: that of all profiles, or that of what a view shows of them.
struct WordsReader: Sendable {
    let database: Database
    /// Of which projection; `nil` for profiles as they are stored.
    let view: UUID?

    private static let pageTime = Duration.seconds(60)

    private func snapshot() async throws(RepositoryError) -> String {
        let result = try await self.database.query(
            ProfileWordsStatements.snapshot,
            deadline: .now + Self.pageTime
        )
        return try readRows { () throws(DatabaseError) in try result.value(0, 0) }
    }

    /// All of it. Profiles that were written before there were words get theirs now.
    func read() async throws(RepositoryError) -> ProfileWords.Version {
        let snapshot = try await self.snapshot()
        var builder = WordSegmentBuilder()
        var position = IDPosition.start
        while true {
            var rows = try await self.page(after: position)
            let without = self.view == nil ? rows.filter { $0.words == nil }.map(\.profile) : []
            if !without.isEmpty {
                _ = try await self.database.query(
                    ProfileWordsStatements.fill,
                    Parameters(without),
                    deadline: .now + Self.pageTime
                )
                rows = try await self.page(after: position)
            }
            for row in rows { if let words = row.words { builder.add(ProfileID(row.profile), words: words) } }
            guard rows.count == ProfileWordsStatements.pageSize, let end = rows.last else { break }
            position = .after(end.profile)
        }
        return ProfileWords.Version(index: WordIndex(builder), snapshot: snapshot)
    }

    /// What has changed since. Where a part of it is read and then something fails, the old index still stands.
    func caughtUp(_ old: ProfileWords.Version) async throws(RepositoryError) -> ProfileWords.Version {
        let snapshot = try await self.snapshot()
        var index = old.index
        var position = IDPosition.start
        while true {
            let rows = try await self.changes(since: old.snapshot, after: position)
            index.apply(rows.map { WordIndex.Change(profile: ProfileID($0.profile), words: $0.words) })
            guard rows.count == ProfileWordsStatements.pageSize, let end = rows.last else { break }
            position = .after(end.profile)
        }
        return ProfileWords.Version(index: index, snapshot: snapshot)
    }

    private typealias Row = (profile: UUID, words: [String]?)

    private func page(after position: IDPosition) async throws(RepositoryError) -> [Row] {
        guard let least = position.least else { return [] }
        guard let view = self.view else { return try await self.rows(ProfileWordsStatements.page, Parameters(least)) }
        return try await self.rows(ViewWordsStatements.page, Parameters(view, least))
    }

    private func changes(since snapshot: String, after position: IDPosition) async throws(RepositoryError) -> [Row] {
        guard let least = position.least else { return [] }
        guard let view = self.view else {
            return try await self.rows(ProfileWordsStatements.changes, Parameters(snapshot, least))
        }
        return try await self.rows(ViewWordsStatements.changes, Parameters(view, snapshot, least))
    }

    private func rows(_ statement: Statement, _ parameters: Parameters) async throws(RepositoryError) -> [Row] {
        let result = try await self.database.query(statement, parameters, deadline: .now + Self.pageTime)
        return try readRows { () throws(DatabaseError) in
            var rows: [Row] = []
            for row in 0..<result.rowCount {
                rows.append((try result.value(row, 0), try result.value(row, 1, as: [String]?.self)))
            }
            return rows
        }
    }
}
