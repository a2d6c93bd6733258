internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessReflection

/// One write of a profile, as its history has it.
struct PastWrite: Sendable {
    let revision: Int64
    let time: PostgresTimestamp
    let caller: String
    let method: String
    let changedPaths: [String]
    /// What the profile was before; `nil` for its creation, and where that was not read.
    let previous: Profile?
    /// Of it, encoded.
    let previousBytes: Int

    init(_ result: borrowing QueryResult, row: Int) throws(RepositoryError) {
        let bytes: [UInt8]?
        do throws(DatabaseError) {
            self.revision = try result.value(row, 0)
            self.time = try result.value(row, 1)
            self.caller = try result.value(row, 2)
            self.method = try result.value(row, 3)
            self.changedPaths = try result.value(row, 4)
            bytes = try result.value(row, 5, as: [UInt8]?.self)
        } catch {
            throw RepositoryError(error)
        }
        self.previousBytes = bytes?.count ?? 0
        do {
            self.previous = try bytes.map { try Profile(decoding: $0) }
        } catch {
            throw .internal(detail: "a revision cannot be decoded: \(error)")
        }
    }
}

/// Reads what a profile was.
struct PastProfiles {
    /// How long it is kept; `nil` where it is not.
    private let keptTime: Duration?
    private let run: (Statement, Parameters) async throws(RepositoryError) -> QueryResult

    init(_ reads: Reads, keptTime: Duration?) {
        self.keptTime = keptTime
        self.run = { statement, parameters throws(RepositoryError) in try await reads.query(statement, parameters) }
    }

    init(_ transaction: Transaction, keptTime: Duration?) {
        self.keptTime = keptTime
        self.run = { statement, parameters throws(RepositoryError) in
            try await transaction.query(statement, parameters)
        }
    }

    /// - Parameters:
    ///   - now: The profile, read before this: with each later write there is what it was before that.
    ///   - path: Of the point, for errors.
    ///   - isSeenThroughView: Then the answer does not tell whether what a view hides was changed.
    /// - Throws: `.notFound` for what it never was; `.failedPrecondition` for what is not kept.
    func profile(
        _ now: Profile,
        at point: PointInTime,
        path: String,
        isSeenThroughView: Bool
    ) async throws(RepositoryError) -> Profile {
        let id = try UUID(text: now.id, path: "id")
        switch point.point {
        case .revision(let revision):
            guard !isSeenThroughView else {
                throw .invalidField(path: "\(path).revision", reason: "is a revision, which no mask shows: give a time")
            }
            if revision == now.revision { return now }
            guard revision > 0, revision < now.revision else { throw .notFound(.revision, key: "\(revision)") }
            let next = try await self.first(HistoryStatements.revision, Parameters(id, revision + 1))
            guard let past = next?.previous else { throw Self.notKept(now) }
            return past
        case .time(let time):
            guard TimestampText.text(seconds: time.seconds, nanos: time.nanos) != nil else {
                throw .invalidField(path: "\(path).time", reason: "is not a time between the years 1 and 9999")
            }
            let moment = PostgresTimestamp(unixSeconds: time.seconds, nanoseconds: time.nanos)
            if isSeenThroughView { try await self.require(moment, of: now) }
            guard let next = try await self.first(HistoryStatements.firstAfter, Parameters(id, moment)) else {
                guard Self.began(now) <= moment else { throw Self.notKept(now) }
                return now
            }
            guard let past = next.previous else { throw .notFound(.profile, key: now.id) }
            guard Self.began(past) <= moment else { throw Self.notKept(now) }
            return past
        case nil: throw .invalidField(path: path, reason: "names no revision and no time")
        }
    }

    /// A caller who looks through a view is shown what was since every write has had its row, or nothing: with an answer that depends
    /// on the writes that there were, one of something hidden could be told from none.
    func require(_ moment: PostgresTimestamp, of now: Profile) async throws(RepositoryError) {
        guard let since = try await self.knownSince(), moment >= since else { throw Self.notKept(now) }
    }

    /// `nil` where nothing is kept.
    func knownSince() async throws(RepositoryError) -> PostgresTimestamp? {
        guard let keptTime else { return nil }
        let result = try await self.run(HistoryStatements.knownSince, Parameters(keptTime / .seconds(1)))
        return try readRows { () throws(DatabaseError) in result.rowCount == 1 ? try result.value(0, 0) : nil }
    }

    /// Writes before the one that made a revision, the last first.
    func writes(
        of id: UUID,
        before revision: Int64,
        limit: Int,
        withPrevious: Bool
    ) async throws(RepositoryError) -> [PastWrite] {
        let statement = HistoryStatements.page(limit: limit, withPrevious: withPrevious)
        let result = try await self.run(statement, Parameters(id, revision))
        var writes: [PastWrite] = []
        for row in 0..<result.rowCount { writes.append(try PastWrite(result, row: row)) }
        return writes
    }

    /// Writes that may have changed what a view shows, the last first: some of those before the one that made a revision, since a time
    /// and up to another one.
    ///
    /// - Parameter unseen: Fields whose changes the view hides.
    /// - Returns: Whether there may be more.
    func writes(
        of id: UUID,
        before revision: Int64,
        since: PostgresTimestamp,
        upTo end: PostgresTimestamp?,
        besides unseen: [String]
    ) async throws(RepositoryError) -> (writes: [PastWrite], mayBeMore: Bool) {
        let result = try await self.run(HistoryStatements.seenPage, Parameters(id, revision, since, end, unseen))
        var writes: [PastWrite] = []
        for row in 0..<result.rowCount { writes.append(try PastWrite(result, row: row)) }
        let bytes = writes.reduce(0) { $0 + $1.previousBytes }
        let mayBeMore = writes.count == HistoryStatements.seenPageSize || bytes >= HistoryStatements.seenPageBytes
        return (writes, mayBeMore)
    }

    private func first(_ statement: Statement, _ parameters: Parameters) async throws(RepositoryError) -> PastWrite? {
        let result = try await self.run(statement, parameters)
        return result.rowCount > 0 ? try PastWrite(result, row: 0) : nil
    }

    private static func began(_ profile: Profile) -> PostgresTimestamp {
        let time = profile.updateTime ?? ProtobufTimestamp()
        return PostgresTimestamp(unixSeconds: time.seconds, nanoseconds: time.nanos)
    }

    private static func notKept(_ profile: Profile) -> RepositoryError {
        .failedPrecondition(
            type: "HISTORY_NOT_KEPT",
            subject: profile.id,
            reason: "what the profile was then is not kept"
        )
    }
}

extension Profile {
    /// The fields that differ from an earlier state, but for those that every write changes.
    func changedPaths(since earlier: Profile) -> [String] {
        Self.fieldFacts.filter { field in
            guard field.name != "revision", field.name != "update_time" else { return false }
            var (before, after) = (Profile(), Profile())
            field.copy(from: earlier, to: &before)
            field.copy(from: self, to: &after)
            return before != after
        }.map(\.name)
    }

    /// Some of the fields, and no others.
    func only(_ paths: [String]) -> Profile {
        var picked = Profile()
        for field in Self.fieldFacts where paths.contains(field.name) { field.copy(from: self, to: &picked) }
        return picked
    }
}
