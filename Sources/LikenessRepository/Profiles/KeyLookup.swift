internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Finds the profiles of keys that are not in `profiles`: external ids, and slugs that a profile had before.
///
/// A statement of its own, so that reading by id and by slug costs what it did. Through a view only profiles that it shows are
/// looked at: whom it hides, nobody learns from a slug that leads elsewhere.
struct KeyLookup {
    private let view: View?
    private let deadline: ContinuousClock.Instant?
    private let run: (Batch) async throws(RepositoryError) -> BatchResults

    /// For one read.
    init(_ reads: Reads, through view: View?) {
        (self.view, self.deadline) = (view, reads.deadline)
        self.run = { batch throws(RepositoryError) in try await reads.run(batch) }
    }

    /// Of everything that is stored.
    init(_ transaction: Transaction) {
        (self.view, self.deadline) = (nil, nil)
        self.run = { batch throws(RepositoryError) in try await transaction.run(batch) }
    }

    /// Looks up those that are external ids.
    func addExternalIDs(to keys: inout Keys) async throws(RepositoryError) {
        let wanted = keys.externalIDs
        guard !wanted.isEmpty else { return }
        let parameters = Parameters(wanted.map(\.externalID.system), wanted.map(\.externalID.id))
        let found = try await self.found(KeyStatements.externalIDs, KeyStatements.externalIDsText, parameters)
        for (number, profile) in found { keys.found(profile, at: wanted[number].place) }
    }

    /// Looks up slugs that none of the profiles found so far has.
    ///
    /// - Returns: The profiles that some of them name.
    func addFormerSlugs(to keys: inout Keys, without known: [Profile]) async throws(RepositoryError) -> [UUID] {
        let wanted = keys.slugs(without: known)
        guard !wanted.isEmpty else { return [] }
        let parameters = Parameters(wanted.map(\.slug))
        let found = try await self.found(KeyStatements.formerSlugs, KeyStatements.formerSlugsText, parameters)
        for (number, profile) in found { keys.found(profile, at: wanted[number].place) }
        return Array(Set(found.map(\.profile)))
    }

    private func found(
        _ statement: Statement,
        _ text: (_ condition: SQL) -> SQL,
        _ parameters: Parameters
    ) async throws(RepositoryError) -> [(number: Int, profile: UUID)] {
        var batch = Batch()
        if let view = self.view {
            var parameters = parameters
            let condition = try view.sql(and: nil, &parameters)
            batch.addFiltered(statement.name, text(condition), parameters, deadline: self.deadline)
        } else {
            batch.add(statement, parameters)
        }
        var results = try await self.run(batch)
        if self.view != nil { _ = results.next() }
        let result = results.next()
        return try readRows { () throws(DatabaseError) in
            var found: [(number: Int, profile: UUID)] = []
            for row in 0..<result.rowCount {
                found.append((Int(try result.value(row, 0, as: Int64.self)) - 1, try result.value(row, 1)))
            }
            return found
        }
    }
}

/// The SQL of what names profiles besides their ids and slugs.
enum KeyStatements {
    /// The profile of each pair that has one, with the number of the pair from 1: the live one, or else the one that was deleted
    /// last. `$1` systems, `$2` ids.
    static let externalIDs = Statement("keys_external", externalIDsText(condition: "true"), [.textArray, .textArray])

    /// - Parameter condition: On `p`, with parameters from `$3` on.
    static func externalIDsText(condition: SQL) -> SQL {
        """
        SELECT k.number, o.profile_id
        FROM unnest($1, $2) WITH ORDINALITY AS k (system, id, number) CROSS JOIN LATERAL (
            SELECT x.profile_id FROM external_ids x JOIN profiles p ON p.id = x.profile_id
            WHERE x.id = k.id AND x.system = k.system AND \(condition)
            ORDER BY x.is_active DESC, x.updated_at DESC, x.profile_id LIMIT 1
        ) AS o
        """
    }

    /// The profile that had each slug last, where no profile has it now, with the number of the slug from 1. `$1` slugs.
    static let formerSlugs = Statement("keys_former", formerSlugsText(condition: "true"), [.textArray])

    /// - Parameter condition: On `p`, with parameters from `$2` on.
    static func formerSlugsText(condition: SQL) -> SQL {
        """
        SELECT k.number, o.profile_id
        FROM unnest($1) WITH ORDINALITY AS k (slug, number) CROSS JOIN LATERAL (
            SELECT f.profile_id FROM former_slugs f JOIN profiles p ON p.id = f.profile_id
            WHERE f.slug = k.slug AND \(condition)
            ORDER BY f.created_at DESC, f.profile_id LIMIT 1
        ) AS o
        WHERE NOT EXISTS (SELECT FROM profiles p WHERE p.slug = k.slug AND \(condition))
        """
    }

    /// All profiles that have one of some pairs: `$1` systems, `$2` ids.
    static let holders = Statement(
        "external_ids_holders",
        """
        SELECT DISTINCT x.profile_id FROM unnest($1, $2) AS k (system, id)
            JOIN external_ids x ON x.id = k.id AND x.system = k.system
        """,
        [.textArray, .textArray]
    )

    /// The number from 1 of the first of some pairs that another live profile has: `$1` systems, `$2` ids, `$3` the profile.
    static let taken = Statement(
        "external_ids_taken",
        """
        SELECT k.number FROM unnest($1, $2) WITH ORDINALITY AS k (system, id, number)
        WHERE EXISTS (
            SELECT FROM external_ids x
            WHERE x.id = k.id AND x.system = k.system AND x.is_active AND x.profile_id <> $3)
        ORDER BY k.number LIMIT 1
        """,
        [.textArray, .textArray, .uuid]
    )

    /// The first of the ids `$1` that an experience of another profile than `$2` has: its number.
    static let takenExperience = Statement(
        "experience_ids_taken",
        """
        SELECT k.number FROM unnest($1) WITH ORDINALITY AS k (id, number)
        WHERE EXISTS (SELECT FROM experiences e WHERE e.id = k.id AND e.profile_id <> $2)
        ORDER BY k.number LIMIT 1
        """,
        [.uuidArray, .uuid]
    )
    /// The same of skills.
    static let takenSkill = Statement(
        "skill_ids_taken",
        """
        SELECT k.number FROM unnest($1) WITH ORDINALITY AS k (id, number)
        WHERE EXISTS (SELECT FROM skills s WHERE s.id = k.id AND s.profile_id <> $2)
        ORDER BY k.number LIMIT 1
        """,
        [.uuidArray, .uuid]
    )

    /// `$1` profile.
    static let deleteExternalIDs = Statement(
        "external_ids_delete",
        "DELETE FROM external_ids WHERE profile_id = $1",
        [.uuid]
    )
}
