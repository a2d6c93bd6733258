internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// What one transaction writes of profiles. Every write takes this way into the store: single ones, batches, bulk loads, deletions
/// and restores.
///
/// It keeps true what is made from profiles:
///
/// | what | by |
/// |---|---|
/// | the outbox of every space | sections with another text are put in; those that are gone are taken out, with their embeddings |
/// | whether embeddings are live | copied from the profile that is deleted or restored |
/// | the history | what each profile was before, where one is kept |
/// | the feed of changes | triggers of `profiles`, which get the fields that differ |
/// | completions, words of profiles, changes that views follow | the SQL function `profiles_written`, last |
///
/// Counts of completions, the index of words in memory and projections of views follow in the background, from those.
struct ProfileWrites: Sendable {
    private var changes: [ProfileChange] = []
    private var activities: [(id: UUID, isActive: Bool)] = []
    private var embeddings: [(section: SectionKey, vector: Vector)] = []
    /// Sections whose embeddings are written too: in `space` they do not wait.
    private var embedded: Set<SectionKey> = []
    private var space: EmbeddingSpaceInfo?
    /// Who writes, for the history; `nil` where none is kept.
    private let author: WriteAuthor?

    /// From so many new rows of one table on they are copied, which costs the server less and round trips more.
    private static let copiedFrom = 48

    init(_ changes: [ProfileChange] = [], by author: WriteAuthor?) {
        self.changes = changes.filter(\.changesAnything)
        self.author = author
    }

    var isEmpty: Bool { self.changes.isEmpty && self.activities.isEmpty }

    /// Adds one that is of another profile than those before.
    mutating func add(_ change: ProfileChange) {
        if change.changesAnything { self.changes.append(change) }
    }

    /// Deletes or restores a profile that is locked and is not so yet.
    mutating func setActive(_ id: UUID, _ isActive: Bool) { self.activities.append((id, isActive)) }

    /// Adds the embeddings of a section of a new profile, of the one space that all of them are for.
    ///
    /// - Parameter windows: Values of `kind`, as `SectionWindow` writes them, each with its vector.
    mutating func add(
        _ windows: some Sequence<(Int16, Vector)>,
        of section: SectionKey,
        in space: EmbeddingSpaceInfo
    ) {
        self.space = space
        self.embedded.insert(section)
        for (kind, vector) in windows {
            let window = SectionKey(profile: section.profile, section: section.section, kind: kind)
            self.embeddings.append((window, vector))
        }
    }

    /// Writes all of it, in one round trip where there are few rows.
    ///
    /// - Parameter reading: Runs after it.
    /// - Returns: What `reading` read.
    @discardableResult
    func run(in transaction: Transaction, reading: Batch = Batch()) async throws(RepositoryError) -> BatchResults {
        let revisions = try await self.revisions(in: transaction)
        var batch = Batch()
        for change in self.changes where !change.isNew {
            var row = change.row
            row.append(change.changedPaths)
            batch.add(ProfileStatements.update, row)
        }
        // In the order of their slugs: writers of the same ones wait for each other in no ring.
        let new = self.changes.filter(\.isNew).sorted { $0.profile.slug < $1.profile.slug }
        try await Self.insert(new.map(\.row), into: .profiles, &batch, transaction)
        for change in self.changes {
            if !change.experiences.deleted.isEmpty {
                batch.add(ProfileStatements.deleteExperiences, Parameters(change.id, change.experiences.deleted))
            }
            for row in change.experiences.updated { batch.add(ProfileStatements.updateExperience, row) }
            if !change.skills.deleted.isEmpty {
                batch.add(ProfileStatements.deleteSkills, Parameters(change.id, change.skills.deleted))
            }
            for row in change.skills.updated { batch.add(ProfileStatements.updateSkill, row) }
            // Before others are given them.
            if !change.isNew, change.externalIDs != nil {
                batch.add(KeyStatements.deleteExternalIDs, Parameters(change.id))
            }
        }
        try await Self.insert(self.changes.flatMap(\.experiences.inserted), into: .experiences, &batch, transaction)
        try await Self.insert(self.changes.flatMap(\.skills.inserted), into: .skills, &batch, transaction)
        try await Self.insert(self.externalIDs, into: .externalIDs, &batch, transaction)
        try await Self.insert(revisions, into: .revisions, &batch, transaction)
        for (id, isActive) in self.activities {
            batch.add(ProfileStatements.setActive, Parameters(id, isActive))
            batch.add(ProfileStatements.setEmbeddingsActive, Parameters(id, isActive))
        }
        self.addSections(to: &batch)
        try await self.copyEmbeddings(&batch, transaction)
        let ids = self.changes.map(\.id) + self.activities.map(\.id)
        // Last: a writer that adds the same text for the first time waits until this transaction ends.
        if !ids.isEmpty { batch.add(ProfileStatements.written, Parameters(ids)) }

        let readCount = reading.count
        batch.add(reading)
        var results = try await transaction.run(batch)
        while results.count > readCount { _ = results.next() }
        return results
    }

    /// In one order, so that writers of the same ones wait for each other in no ring.
    private var externalIDs: [Parameters] {
        var rows: [(profile: UUID, position: Int, externalID: ExternalId)] = []
        for change in self.changes {
            for (position, externalID) in (change.externalIDs ?? []).enumerated() {
                rows.append((change.id, position, externalID))
            }
        }
        rows.sort { ($0.externalID.id, $0.externalID.system) < ($1.externalID.id, $1.externalID.system) }
        return rows.map { Parameters($0.profile, Int32($0.position), $0.externalID.system, $0.externalID.id) }
    }

    /// Rows of the history, with what each profile is now.
    private func revisions(in transaction: Transaction) async throws(RepositoryError) -> [Parameters] {
        guard let author = self.author else { return [] }
        var rows: [Parameters] = []
        for change in self.changes {
            rows.append(try Self.revision(of: change.id, after: change.previous, change.changedPaths, by: author))
        }
        var left = self.activities.map(\.id)[...]
        while !left.isEmpty {
            let ids = Array(left.prefix(Self.wholeProfilesMax))
            left = left.dropFirst(ids.count)
            let whole = try await transaction.query(ProfileStatements.wholeByID, Parameters(ids))
            for stored in try readRows({ () throws(DatabaseError) in try ProfileRows.profiles(whole) }) {
                let id = try UUID(text: stored.id, path: "id")
                rows.append(try Self.revision(of: id, after: stored, ["delete_time"], by: author))
            }
        }
        return rows
    }

    /// That are read at once of those that are deleted or restored.
    private static let wholeProfilesMax = 20

    private static func revision(
        of id: UUID,
        after stored: Profile?,
        _ paths: [String],
        by author: WriteAuthor
    ) throws(RepositoryError) -> Parameters {
        let bytes: [UInt8]?
        do {
            bytes = try stored?.encodedBytes()
        } catch {
            throw .internal(detail: "a revision cannot be encoded: \(error)")
        }
        return Parameters(id, (stored?.revision ?? 0) + 1, author.caller, author.method, paths, bytes)
    }

    private func addSections(to batch: inout Batch) {
        let gone = self.changes.flatMap(\.gone)
        if !gone.isEmpty {
            batch.add(ProfileStatements.forget, Parameters(gone.map(\.section), gone.map(\.kind)))
        }
        let stale = self.changes.flatMap(\.stale)
        if !stale.isEmpty {
            let spaces = stale.map { self.embedded.contains($0) ? self.space?.name ?? "" : "" }
            batch.add(
                ProfileStatements.enqueue,
                Parameters(stale.map(\.profile), stale.map(\.section), stale.map(\.kind), spaces)
            )
        }
    }

    /// Adds some rows to the statements to be run, or runs those and copies many.
    private static func insert(
        _ rows: [Parameters],
        into table: ProfileTable,
        _ batch: inout Batch,
        _ transaction: Transaction
    ) async throws(RepositoryError) {
        guard rows.count >= self.copiedFrom else {
            for row in rows { batch.add(table.insert, row) }
            return
        }
        try await self.run(&batch, transaction)
        try await transaction.copy(table.copy, rows)
    }

    private func copyEmbeddings(_ batch: inout Batch, _ transaction: Transaction) async throws(RepositoryError) {
        guard let space = self.space, !self.embeddings.isEmpty else { return }
        try await Self.run(&batch, transaction)
        let rows = self.embeddings.lazy.map { (section, vector) in
            Parameters(section.profile, section.section, section.kind, true, vector)
        }
        try await transaction.copy(EmbeddingStatements.copyIn(to: space), rows)
    }

    private static func run(_ batch: inout Batch, _ transaction: Transaction) async throws(RepositoryError) {
        if batch.count > 0 { _ = try await transaction.run(batch) }
        batch = Batch()
    }
}
