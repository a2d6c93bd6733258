internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

extension EmbeddingRepository {
    /// Claims sections of one space that wait, oldest first, and reads their texts.
    ///
    /// A claimed section belongs to no other worker until the lease ends. Workers on any number of servers never wait for each
    /// other.
    ///
    /// - Parameters:
    ///   - count: At most this many, 1...1000.
    ///   - lease: Longer than embedding and storing them takes.
    package func claim(
        space: EmbeddingSpaceInfo,
        count: Int,
        lease: Duration = .seconds(60),
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [EmbeddingJob] {
        let claimed = try await self.database.query(
            EmbeddingStatements.claim,
            Parameters(space.name, Int32(count), lease / .seconds(1)),
            deadline: deadline
        )
        guard claimed.rowCount > 0 else { return [] }
        var ids: Set<UUID> = []
        try readRows { () throws(DatabaseError) in
            for row in 0..<claimed.rowCount { ids.insert(try claimed.value(row, 0)) }
        }
        let texts = try await self.sectionTexts(ofProfiles: ids, deadline: deadline)
        return try readRows { () throws(DatabaseError) in
            var jobs: [EmbeddingJob] = []
            for row in 0..<claimed.rowCount {
                let kind = SectionKind(rawValue: try claimed.value(row, 2))
                let sectionID = try claimed.value(row, 1, as: UUID.self).text
                jobs.append(
                    EmbeddingJob(
                        profileID: try claimed.value(row, 0, as: UUID.self).text,
                        sectionID: sectionID,
                        kind: kind,
                        attempts: try claimed.value(row, 4),
                        text: texts["\(kind.rawValue)/\(sectionID)"],
                        ticket: try claimed.value(row, 3)
                    )
                )
            }
            return jobs
        }
    }

    /// What sections of some profiles embed, by "KIND/ID".
    func sectionTexts(
        ofProfiles ids: Set<UUID>,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [String: String] {
        let whole = try await self.database.query(
            ProfileStatements.wholeByID,
            Parameters(Array(ids)),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in
            var texts: [String: String] = [:]
            for section in try ProfileRows.profiles(whole).flatMap({ SectionText.sections(of: $0) }) {
                texts["\(section.kind.rawValue)/\(section.id)"] = section.text
            }
            return texts
        }
    }

    /// Stores embeddings and takes their sections out of the outbox, in one transaction.
    ///
    /// A section that was written again since it was claimed, or whose lease ended and that another worker claimed, is
    /// left alone: its newer text is still to be embedded. So are all where the space has become another model's.
    ///
    /// - Parameter embeddings: Vectors for each job with a text, of the space's dimension; `nil` for those without.
    /// - Returns: How many sections were stored or, without text, removed.
    /// - Throws: `.dimensionMismatch`, `.invalidField` for a vector that is not finite.
    @discardableResult
    package func store(
        _ embeddings: [(job: EmbeddingJob, vectors: SectionVectors?)],
        in space: EmbeddingSpaceInfo,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Int {
        var rows: [StoredEmbedding] = []
        for (job, vectors) in embeddings {
            var units: [Vector] = []
            for values in vectors?.parts ?? [] {
                units.append(Vector(try UnitVector.values(values, dimension: space.dimension, path: "embedding")))
            }
            rows.append(
                StoredEmbedding(
                    profileID: try UUID(text: job.profileID, path: "profile_id"),
                    sectionID: try UUID(text: job.sectionID, path: "section_id"),
                    kind: Int16(truncatingIfNeeded: job.kind.rawValue),
                    ticket: job.ticket,
                    vectors: units,
                    isCut: vectors?.isCut ?? false
                )
            )
        }
        guard !rows.isEmpty else { return 0 }
        let pending = rows
        return try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            var finish = Batch()
            finish.add(EmbeddingStatements.lockProfiles, Parameters(Array(Set(pending.map(\.profileID)))))
            finish.add(
                EmbeddingStatements.finish,
                Parameters(
                    space.name,
                    pending.map(\.sectionID),
                    pending.map(\.kind),
                    pending.map(\.ticket),
                    space.model
                )
            )
            var results = try await transaction.run(finish)
            let locked = results.next()
            let finished = results.next()
            var (isActive, current) = ([UUID: Bool](), Set<String>())
            try readRows { () throws(DatabaseError) in
                for row in 0..<locked.rowCount {
                    isActive[try locked.value(row, 0)] = try locked.value(row, 1, as: Bool.self)
                }
                for row in 0..<finished.rowCount {
                    current.insert(
                        "\(try finished.value(row, 1, as: Int16.self))/\(try finished.value(row, 0, as: UUID.self).text)"
                    )
                }
            }
            var write = Batch()
            let written = pending.filter { current.contains("\($0.kind)/\($0.sectionID.text)") }
            var (rows, count) = (Parameters(), 0)
            func flush() {
                guard count > 0 else { return }
                write.add(EmbeddingStatements.store(count, in: space, self.database.statements), rows)
                (rows, count) = (Parameters(), 0)
            }
            for section in written {
                guard let isActive = isActive[section.profileID] else { continue }
                for (kind, vector) in zip(section.windowKinds, section.vectors) {
                    rows.append(section.profileID)
                    rows.append(section.sectionID)
                    rows.append(kind)
                    rows.append(isActive)
                    rows.append(vector)
                    count += 1
                    if count == EmbeddingStatements.storedMax { flush() }
                }
            }
            flush()
            write.add(
                EmbeddingStatements.removeStale(from: space, self.database.statements),
                Parameters(
                    written.map(\.sectionID),
                    written.map(\.kind),
                    // Below every row's where there is no text any more.
                    written.map { $0.windowKinds.last ?? 0 }
                )
            )
            if !current.isEmpty { _ = try await transaction.run(write) }
            return current.count
        }
    }

    /// Gives claimed sections back that were not tried, for any worker to claim now.
    package func release(
        _ jobs: [EmbeddingJob],
        in space: EmbeddingSpaceInfo,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        guard !jobs.isEmpty else { return }
        var sections: [UUID] = []
        for job in jobs { sections.append(try UUID(text: job.sectionID, path: "section_id")) }
        var batch = Batch()
        batch.add(
            EmbeddingStatements.release,
            Parameters(
                space.name,
                sections,
                jobs.map { Int16(truncatingIfNeeded: $0.kind.rawValue) },
                jobs.map(\.ticket)
            )
        )
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
    }

    /// Gives failed sections back, to be tried again after 1 s × 2^attempts, at most 5 minutes.
    ///
    /// - Parameter reason: For operators; at most 1,000 characters are kept. Never a text of a profile.
    package func fail(
        _ jobs: [EmbeddingJob],
        in space: EmbeddingSpaceInfo,
        reason: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        var batch = Batch()
        for job in jobs {
            let pause = min(Double(1 << min(job.attempts, 9)), 300)
            batch.add(
                EmbeddingStatements.fail,
                Parameters(
                    space.name,
                    try UUID(text: job.sectionID, path: "section_id"),
                    Int16(truncatingIfNeeded: job.kind.rawValue),
                    job.ticket,
                    pause,
                    reason
                )
            )
        }
        guard !jobs.isEmpty else { return }
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
    }
}

private struct StoredEmbedding: Sendable {
    let profileID: UUID
    let sectionID: UUID
    let kind: Int16
    let ticket: Int64
    /// None when the section has no text.
    let vectors: [Vector]
    let isCut: Bool

    var windowKinds: [Int16] {
        self.vectors.isEmpty ? [] : SectionWindow.kinds(of: self.kind, count: self.vectors.count, isCut: self.isCut)
    }
}
