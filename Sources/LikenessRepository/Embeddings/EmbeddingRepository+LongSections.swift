internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

extension EmbeddingRepository {
    /// Looks at sections of which an earlier version has embedded the beginning only, and puts those with more text in the outbox.
    ///
    /// Any number of services may do so: what one has looked at, another leaves alone.
    ///
    /// - Parameters:
    ///   - count: At most this many, 1...1000.
    ///   - hasParts: Whether a text is longer than the space's model reads at a time.
    /// - Returns: How many were looked at, and how many of them are embedded again.
    package func readLongSections(
        of space: EmbeddingSpaceInfo,
        count: Int,
        deadline: ContinuousClock.Instant? = nil,
        hasParts: (String) -> Bool
    ) async throws(RepositoryError) -> (read: Int, embeddedAgain: Int) {
        let found = try await self.database.query(
            EmbeddingStatements.longSections,
            Parameters(space.name, Int32(count)),
            deadline: deadline
        )
        guard found.rowCount > 0 else { return (0, 0) }
        var (profiles, sections, kinds, tickets) = ([UUID](), [UUID](), [Int16](), [Int64]())
        try readRows { () throws(DatabaseError) in
            for row in 0..<found.rowCount {
                profiles.append(try found.value(row, 0))
                sections.append(try found.value(row, 1))
                kinds.append(try found.value(row, 2))
                tickets.append(try found.value(row, 3))
            }
        }
        let texts = try await self.sectionTexts(ofProfiles: Set(profiles), deadline: deadline)
        let arePartial = zip(kinds, sections).map { kind, section in
            texts["\(kind)/\(section.text)"].map(hasParts) ?? false
        }
        let rows = (profiles, sections, kinds, tickets)
        return try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            let (profiles, sections, kinds, tickets) = rows
            var batch = Batch()
            // As writers and deliveries do, before rows of the outbox.
            batch.add(EmbeddingStatements.lockProfiles, Parameters(Array(Set(profiles))))
            batch.add(
                EmbeddingStatements.readLongSections,
                Parameters(space.name, sections, kinds, tickets, arePartial)
            )
            var results = try await transaction.run(batch)
            _ = results.next()
            return (sections.count, results.next().rowCount)
        }
    }
}
