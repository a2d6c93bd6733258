internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Some of what is stored about one person.
package enum PersonalDataPart: Sendable {
    case profile(Profile)
    case revisions([ProfileRevision])
    case rows([StoredRow])
    /// The last one.
    case totals(PersonalDataTotals)
}

/// Reads all that is stored about one person.
package struct PersonalData: Sendable {
    private let database: Database
    private let profiles: ProfileRepository
    /// How long backups are kept.
    private let backupTime: Duration

    package init(database: Database, profiles: ProfileRepository, backupTime: Duration) {
        (self.database, self.profiles, self.backupTime) = (database, profiles, backupTime)
    }

    /// The profile that a key names.
    ///
    /// - Throws: `.notFound`.
    package func id(
        of key: ProfileKey,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> String {
        try await self.profiles.get(key, deadline: deadline).id
    }

    /// Reads it in parts, as of one moment. A connection is held until the last part is taken.
    ///
    /// - Parameter take: May wait for who reads; what it throws ends the export.
    /// - Throws: `RepositoryError`, `.notFound` where there is no profile of that id; what `take` throws.
    package func read(
        _ profileID: String,
        deadline: ContinuousClock.Instant?,
        _ take: (PersonalDataPart) async throws -> Void
    ) async throws {
        let id = try UUID(text: profileID, path: "key.id")
        let spaces = try await EmbeddingRepository(database: self.database).spaces(deadline: deadline)
        let tables = PersonalTable.all + spaces.map { PersonalTable.embeddings($0) }
        do {
            try await self.database.pool.withTransaction(
                isolation: .repeatableRead,
                isReadOnly: true,
                deadline: deadline
            ) {
                connection in
                let transaction = Transaction(connection: connection)
                try await self.read(id, tables, in: transaction, take)
            }
        } catch let error as DatabaseError {
            throw RepositoryError(error)
        }
    }

    private func read(
        _ id: UUID,
        _ tables: [PersonalTable],
        in transaction: Transaction,
        _ take: (PersonalDataPart) async throws -> Void
    ) async throws {
        // Whoever reads may take their time: the call's deadline bounds it.
        let begun = try await transaction.query(Self.begin)
        let time: ProtobufTimestamp = try readRows { () throws(DatabaseError) in
            ProtobufTimestamp(try begun.value(0, 0, as: PostgresTimestamp.self))
        }
        let whole = try await transaction.query(ProfileStatements.wholeByID, Parameters([id]))
        let found = try readRows { () throws(DatabaseError) in try ProfileRows.profiles(whole) }
        guard let profile = found.first else { throw RepositoryError.notFound(.profile, key: id.text) }
        try await take(.profile(profile))
        try await self.readRevisions(id, in: transaction, take)
        var totals = PersonalDataTotals(readTime: time, backupsExpireTime: time)
        totals.backupsExpireTime?.seconds += Int64(self.backupTime / .seconds(1))
        for table in tables {
            var count: Int64 = 0
            switch table.place {
            case .profile, .revisions:
                let counted = try await transaction.query(table.count, Parameters(id))
                count = try readRows { () throws(DatabaseError) in try counted.value(0, 0) }
            case .rows: count = try await self.storedRows(of: table, id, in: transaction, take)
            }
            guard count > 0 else { continue }
            totals.tables.append(TableRows(table: table.name.text, rowCount: count, purpose: table.purpose))
        }
        totals.tables.sort { $0.table < $1.table }
        try await take(.totals(totals))
    }

    private func readRevisions(
        _ id: UUID,
        in transaction: Transaction,
        _ take: (PersonalDataPart) async throws -> Void
    ) async throws {
        // What is no longer kept may be there until it is cleared away.
        let past = PastProfiles(transaction, keptTime: nil)
        var next = Int64.max
        while true {
            let writes = try await past.writes(of: id, before: next, limit: Self.revisionsSize, withPrevious: true)
            if !writes.isEmpty {
                try await take(.revisions(writes.map { ProfileRevision($0, showOldValues: true) }))
            }
            guard writes.count == Self.revisionsSize, let last = writes.last else { return }
            next = last.revision
        }
    }

    private func storedRows(
        of table: PersonalTable,
        _ id: UUID,
        in transaction: Transaction,
        _ take: (PersonalDataPart) async throws -> Void
    ) async throws -> Int64 {
        var (place, count) = (PersonalTable.firstPlace, Int64(0))
        while true {
            let page = try await transaction.query(table.page, Parameters(id, place))
            var rows: [StoredRow] = []
            try readRows { () throws(DatabaseError) in
                for row in 0..<page.rowCount {
                    place = try page.value(row, 0)
                    rows.append(StoredRow(table: table.name.text, rowJson: try page.value(row, 1)))
                }
            }
            if !rows.isEmpty { try await take(.rows(rows)) }
            count += Int64(rows.count)
            guard rows.count == PersonalTable.pageSize else { return count }
        }
    }

    private static let revisionsSize = 20

    /// The moment; and no bound on how long the transaction may wait between two statements, which the session has otherwise.
    private static let begin = Statement(
        "personal_data_begin",
        "SELECT now(), set_config('idle_in_transaction_session_timeout', '0', true)"
    )
}
