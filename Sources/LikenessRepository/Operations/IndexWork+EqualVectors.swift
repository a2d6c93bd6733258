internal import FoundationEssentials
internal import LikenessPostgres

extension IndexWork {
    /// Rows that are looked for at a time, which takes a look at the whole table, and that are changed in one transaction.
    private static let (foundMax, changedMax) = (50_000, 500)

    /// Takes vectors that others are equal to out of the index that is to be built, but for one of each: those of rows from before
    /// equal vectors were known, and the few that concurrent writes have brought. All others come as copies.
    ///
    /// - Returns: How many.
    func takeOutEqualVectors() async throws(RepositoryError) -> Int {
        var total = 0
        while true {
            let found = try await self.repeatedVectors()
            var count = 0
            for start in stride(from: 0, to: found.count, by: Self.changedMax) {
                if Task.isCancelled { throw .cancelled }
                count += try await self.takeOut(found[start..<min(start + Self.changedMax, found.count)])
            }
            total += count
            // The rest is being written, or has another vector's key.
            if count == 0 || found.count < Self.foundMax { return total }
        }
    }

    private struct Repeated {
        let section: UUID
        let kind: Int16
        let key: Int32
        let isFurther: Bool
    }

    private func repeatedVectors() async throws(RepositoryError) -> [Repeated] {
        try await databaseCall { () throws(DatabaseError) in
            let statement = OperationStatements.repeatedVectors(
                of: self.space,
                count: Self.foundMax,
                self.database.statements
            )
            let result = try await self.connection.execute(
                statement,
                settings: .readingAll
            )
            var found: [Repeated] = []
            for row in 0..<result.rowCount {
                found.append(
                    Repeated(
                        section: try result.value(row, 0),
                        kind: try result.value(row, 1),
                        key: try result.value(row, 2),
                        isFurther: try result.value(row, 3)
                    )
                )
            }
            return found
        }
    }

    /// In one transaction; what keeps a row from becoming a copy of one that is going is the table's own trigger.
    private func takeOut(_ rows: ArraySlice<Repeated>) async throws(RepositoryError) -> Int {
        func parameters(_ rows: [Repeated]) -> Parameters {
            Parameters(rows.map(\.section), rows.map(\.kind), rows.map(\.key))
        }
        return try await databaseCall { () throws(DatabaseError) in
            var batch = Batch()
            batch.add(
                OperationStatements.keepVectors(of: self.space, self.database.statements),
                parameters(rows.filter { !$0.isFurther })
            )
            batch.add(
                OperationStatements.takeOutVectors(of: self.space, self.database.statements),
                parameters(rows.filter(\.isFurther))
            )
            // The planner takes any vector for one that half of the table has: each is to be looked up all the same.
            var results = try await self.connection.execute(
                batch,
                settings: [SessionSetting("enable_seqscan", "off")]
            )
            _ = results.next()
            return results.next().rowCount
        }
    }
}
