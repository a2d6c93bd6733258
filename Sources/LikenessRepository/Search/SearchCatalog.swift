internal import LikenessPostgres
internal import Synchronization

/// What a search needs to know before it asks: the spaces and how much is in them. Asked every few seconds at most.
final class SearchCatalog: Sendable {
    struct Contents: Sendable {
        var spaces: [EmbeddingSpaceInfo] = []
        /// Live embeddings per space; an estimate above 6,000.
        var embeddingCounts: [String: Int] = [:]
        /// An estimate above 6,000.
        var liveProfiles = 0
        /// As old as all of this at most: they begin anew whenever it is read.
        let breadths = ScopeBreadths()

        /// The space of that name, or the active one.
        func space(named name: String) throws(RepositoryError) -> EmbeddingSpaceInfo {
            guard let space = self.spaces.first(where: { name.isEmpty ? $0.isActive : $0.name == name }) else {
                throw .notFound(.embeddingSpace, key: name.isEmpty ? "active" : name)
            }
            return space
        }
    }

    private struct State {
        var contents: Contents?
        var readAt = ContinuousClock.now
        var isReading = false
    }

    private static let liveProfiles = Statement(
        "profiles_live_count",
        """
        SELECT CASE WHEN c.counted < \(EmbeddingStatements.countedMax) THEN c.counted
            ELSE greatest(c.counted, i.reltuples::bigint) END
        FROM (
            SELECT count(*) AS counted
            FROM (SELECT FROM profiles WHERE is_active LIMIT \(EmbeddingStatements.countedMax)) AS bounded
        ) AS c, pg_class i
        WHERE i.oid = 'profiles_live_slug_idx'::regclass
        """
    )

    private let database: Database
    private let maxAge: Duration
    private let state = Mutex(State())

    init(database: Database, maxAge: Duration) {
        self.database = database
        self.maxAge = maxAge
    }

    /// The contents, at most `maxAge` old. While one caller reads them again the others go on with the old ones.
    func contents(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> Contents {
        let known: Contents? = self.state.withLock { state in
            guard let contents = state.contents else { return nil }
            if state.isReading || .now - state.readAt < self.maxAge { return contents }
            state.isReading = true
            return nil
        }
        if let known { return known }
        do {
            let contents = try await self.read(deadline: deadline)
            self.state.withLock { $0 = State(contents: contents, readAt: .now, isReading: false) }
            return contents
        } catch {
            self.state.withLock { $0.isReading = false }
            throw error
        }
    }

    /// Reads them again with the next search.
    func invalidate() {
        self.state.withLock { if !$0.isReading { $0.contents = nil } }
    }

    private func read(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> Contents {
        var contents = Contents()
        contents.spaces = try await EmbeddingRepository(database: self.database).spaces(deadline: deadline)
        var batch = Batch()
        batch.add(Self.liveProfiles)
        for space in contents.spaces { batch.add(EmbeddingStatements.roughCount(in: space, self.database.statements)) }
        var results = try await self.database.run(batch, settings: .readingAll, deadline: deadline)
        let live = results.next()
        contents.liveProfiles = try readRows { () throws(DatabaseError) in try live.value(0, 0) }
        for space in contents.spaces {
            let count = results.next()
            contents.embeddingCounts[space.name] = try readRows { () throws(DatabaseError) in try count.value(0, 0) }
        }
        return contents
    }
}
