internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Keeps the projection of one view in the database: the words of what the view shows of each profile.
///
/// Any number of servers may do so: a step holds the projection's row, reads profiles after that and writes what is shown of
/// them, so that a later reading is never overwritten by an earlier one. What is interrupted goes on where it was.
struct ViewProjector: Sendable {
    let database: Database
    let view: View

    /// No more than so many views have projections.
    static let most: Int64 = 16
    /// Where there are as many, one that no search has used for so long makes room.
    private static let unusedTime = Duration.seconds(3_600)
    private static let stepTime = Duration.seconds(60)
    private static let writersInterval = Duration.milliseconds(20)

    private func key() throws(RepositoryError) -> Parameters {
        var ids: [UUID] = []
        for mask in self.view.versions { ids.append(try UUID(text: mask.id, path: "mask")) }
        return Parameters(ids, self.view.versions.map(\.revision))
    }

    // MARK: Which

    /// The projection's id; made when there is none.
    ///
    /// - Throws: `.conflict` when a mask has changed meanwhile; `.failedPrecondition` when there are too many.
    func id() async throws(RepositoryError) -> UUID {
        if let id = try await self.found() { return id }
        let key = try self.key()
        return try await self.database.transaction(deadline: .now + Self.stepTime) {
            transaction throws(RepositoryError) in
            var batch = Batch()
            batch.add(ViewWordsStatements.lockAll)
            batch.add(ViewWordsStatements.dropOutdated)
            batch.add(ViewWordsStatements.dropUnused, Parameters(Self.unusedTime / .seconds(1), Self.most))
            batch.add(ViewWordsStatements.find, key)
            batch.add(ViewWordsStatements.count)
            var results = try await transaction.run(batch)
            for _ in 0..<3 { _ = results.next() }
            if let id = try Self.id(in: results.next()) { return id }
            let counted = results.next()
            let count: Int64 = try readRows { () throws(DatabaseError) in try counted.value(0, 0) }
            guard count < Self.most else {
                throw .failedPrecondition(
                    type: "VIEWS_EXHAUSTED",
                    subject: self.view.names.joined(separator: ","),
                    reason: "\(Self.most) views are searched through already, as many as there can be"
                )
            }
            guard let id = try Self.id(in: try await transaction.query(ViewWordsStatements.insert, key)) else {
                throw .conflict
            }
            return id
        }
    }

    private func found() async throws(RepositoryError) -> UUID? {
        try Self.id(
            in: try await self.database.query(
                ViewWordsStatements.find,
                try self.key(),
                deadline: .now + Self.stepTime
            )
        )
    }

    private static func id(in result: consuming QueryResult) throws(RepositoryError) -> UUID? {
        try readRows { () throws(DatabaseError) in result.rowCount == 0 ? nil : try result.value(0, 0) }
    }

    // MARK: How far

    struct Progress: Sendable {
        /// It has all that was written before it was asked.
        let isComplete: Bool
        /// An index of some snapshot has seen all of that.
        let isSeen: Bool
    }

    /// - Parameter snapshot: That of an index.
    /// - Returns: `nil` when there is no such projection any more.
    static func progress(
        of id: UUID,
        snapshot: String?,
        _ reads: Reads
    ) async throws(RepositoryError) -> Progress? {
        let result = try await reads.query(
            ViewWordsStatements.state,
            Parameters(id, snapshot),
            // However small the tables were when it was planned.
            settings: [SessionSetting("enable_seqscan", "off")]
        )
        return try readRows { () throws(DatabaseError) in
            guard result.rowCount > 0 else { return nil }
            return Progress(isComplete: try result.value(0, 0), isSeen: try result.value(0, 1))
        }
    }

    // MARK: Projecting

    private enum Step: Sendable {
        case gone, writersWait, more, done
    }

    /// What a reading of changes is from and to, and how far it is.
    private struct Reading: Sendable {
        let start: String
        let end: String
        var position = IDPosition.start
    }

    /// Projects all that was written before this call.
    ///
    /// - Throws: `.conflict` when the projection is no longer used.
    func catchUp(_ id: UUID) async throws(RepositoryError) {
        var reading: Reading?
        while true {
            let known = reading
            let (step, next) = try await self.database.transaction(deadline: .now + Self.stepTime) {
                transaction throws(RepositoryError) in try await self.step(id, known, transaction)
            }
            reading = next
            switch step {
            case .gone: throw .conflict
            case .writersWait: try await self.begin(id)
            case .more: continue
            case .done: return
            }
        }
    }

    /// From now on every writer knows of the projection: those who may not have ended first.
    private func begin(_ id: UUID) async throws(RepositoryError) {
        var waiting = try await self.writers()
        while !waiting.isEmpty {
            do { try await Task.sleep(for: Self.writersInterval) } catch { throw .cancelled }
            waiting.formIntersection(try await self.writers())
        }
        _ = try await self.database.query(
            ViewWordsStatements.begin,
            Parameters(id),
            deadline: .now + Self.stepTime
        )
    }

    private func writers() async throws(RepositoryError) -> Set<String> {
        let result = try await self.database.query(ViewWordsStatements.writers, deadline: .now + Self.stepTime)
        return try readRows { () throws(DatabaseError) in
            var writers: Set<String> = []
            for row in 0..<result.rowCount { writers.insert(try result.value(row, 0)) }
            return writers
        }
    }

    private func step(
        _ id: UUID,
        _ known: Reading?,
        _ transaction: Transaction
    ) async throws(RepositoryError) -> (Step, Reading?) {
        let locked = try await transaction.query(ViewWordsStatements.lock, Parameters(id))
        guard locked.rowCount > 0 else { return (.gone, nil) }
        let (hasBegun, readTo, stored) = try readRows { () throws(DatabaseError) in
            (
                try locked.value(0, 0, as: Bool.self), try locked.value(0, 1, as: UUID.self),
                try locked.value(0, 2, as: String?.self)
            )
        }
        guard hasBegun else { return (.writersWait, nil) }
        guard let stored else {
            // With the last one of the step before again: before the first step it is the zero UUID, which may be a profile's.
            let profiles = try await Self.ids(transaction, ViewWordsStatements.profiles, Parameters(readTo))
            try await self.project(profiles, id, transaction)
            if profiles.count < ViewWordsStatements.readingSize {
                _ = try await transaction.query(ViewWordsStatements.readAll, Parameters(id))
            } else if let last = profiles.last {
                _ = try await transaction.query(ViewWordsStatements.readTo, Parameters(id, last))
            }
            return (.more, nil)
        }
        var reading: Reading
        if let known, known.start == stored {
            reading = known
        } else {
            let now = try await transaction.query(ProfileWordsStatements.snapshot)
            reading = Reading(
                start: stored,
                end: try readRows { () throws(DatabaseError) in try now.value(0, 0) }
            )
        }
        var written: [UUID] = []
        if let least = reading.position.least {
            written = try await Self.ids(transaction, ViewWordsStatements.written, Parameters(stored, least))
        }
        try await self.project(written, id, transaction)
        if written.count == ViewWordsStatements.stepSize, let last = written.last {
            reading.position = .after(last)
            return (.more, reading)
        }
        _ = try await transaction.query(ViewWordsStatements.caughtUp, Parameters(id, reading.end))
        return (.done, nil)
    }

    private static func ids(
        _ transaction: Transaction,
        _ statement: Statement,
        _ parameters: Parameters
    ) async throws(RepositoryError) -> [UUID] {
        let result = try await transaction.query(statement, parameters)
        return try readRows { () throws(DatabaseError) in
            var ids: [UUID] = []
            for row in 0..<result.rowCount { ids.append(try result.value(row, 0)) }
            return ids
        }
    }

    /// Some megabytes of profiles at a time.
    private func project(
        _ profiles: [UUID],
        _ id: UUID,
        _ transaction: Transaction
    ) async throws(RepositoryError) {
        var profiles = profiles
        while !profiles.isEmpty {
            var parameters = Parameters(profiles, [String](), Int64(ProfileRepository.readBytesMax))
            let condition = try self.view.sql(and: nil, &parameters)
            var batch = Batch()
            batch.addFiltered(
                "view_project_read",
                ProfileStatements.wholeWithinText(condition: condition),
                parameters,
                deadline: nil
            )
            var results = try await transaction.run(batch)
            _ = results.next()
            let whole = results.next()
            let (read, left) = try readRows { () throws(DatabaseError) in
                (try ProfileRows.profiles(whole), Set(try ProfileRows.leftOut(whole)))
            }
            var rows = ShownRows()
            for profile in read { try rows.add(self.view.shown(profile)) }
            _ = try await transaction.query(
                ViewWordsStatements.project,
                Parameters(
                    id,
                    profiles.filter { !left.contains($0) },
                    rows.owners,
                    rows.kinds,
                    rows.ids,
                    rows.contents
                )
            )
            profiles = profiles.filter { left.contains($0) }
        }
    }
}
