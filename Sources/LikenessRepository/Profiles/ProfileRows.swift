internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Reads rows of `ProfileStatements` into messages.
enum ProfileRows {
    /// The profiles that `ProfileStatements.wholeWithin` did not read.
    ///
    /// - Parameter start: The row with which they begin.
    static func leftOut(_ result: borrowing QueryResult, from start: Int = 0) throws(DatabaseError) -> [UUID] {
        var ids: [UUID] = []
        for row in start..<max(start, result.rowCount) {
            // They come first.
            guard try result.value(row, 0, as: Int16.self) == 0 else { break }
            ids.append(try result.value(row, 1))
        }
        return ids
    }

    /// What the first row of `ProfileStatements.exportPage` says: the last id that was looked at, and whether there may be more
    /// behind it. `nil` where there was nothing to look at.
    static func exportEnd(_ result: borrowing QueryResult) throws(DatabaseError) -> (last: UUID, hasMore: Bool)? {
        guard result.rowCount > 0, try result.value(0, 0, as: Int16.self) == -1 else { return nil }
        return (try result.value(0, 1), try result.value(0, 3, as: Int32.self) != 0)
    }

    /// Joins the rows of `ProfileStatements.whole`: profiles first, then experiences, skills and external ids.
    static func profiles(_ result: borrowing QueryResult) throws(DatabaseError) -> [Profile] {
        var profiles: [Profile] = []
        var indexes: [UUID: Int] = [:]
        // Of the row before: the parts of one profile follow each other.
        var last: (id: UUID, index: Int)?
        for row in 0..<result.rowCount {
            let part: Int16 = try result.value(row, 0)
            let id: UUID = try result.value(row, 1)
            if part == 1 {
                indexes[id] = profiles.count
                last = (id, profiles.count)
                profiles.append(try self.profile(result, row: row))
            } else if let index = last?.id == id ? last?.index : indexes[id] {
                last = (id, index)
                switch part {
                case 2: profiles[index].experiences.append(try self.experience(result, row: row))
                case 3: profiles[index].skills.append(try self.skill(result, row: row))
                default:
                    let id = ExternalId(system: try result.value(row, 4), id: try result.value(row, 5))
                    profiles[index].externalIds.append(id)
                }
            }
        }
        return profiles
    }

    private static func profile(_ result: borrowing QueryResult, row: Int) throws(DatabaseError) -> Profile {
        var profile = Profile()
        profile.id = try result.value(row, 2, as: UUID.self).text
        profile.slug = try result.value(row, 4)
        profile.displayName = try result.value(row, 5)
        profile.headline = try result.value(row, 6)
        profile.summary = try result.value(row, 7)
        profile.location = try result.value(row, 8)
        profile.attributesJson = try result.value(row, 9)
        profile.tags = try result.value(row, 10)
        profile.keywords = try result.value(row, 11)
        profile.identityId = try result.value(row, 17, as: UUID?.self)?.text ?? ""
        profile.revision = try result.value(row, 18)
        profile.createTime = ProtobufTimestamp(try result.value(row, 19))
        profile.updateTime = ProtobufTimestamp(try result.value(row, 20))
        profile.deleteTime = try result.value(row, 21, as: PostgresTimestamp?.self).map { ProtobufTimestamp($0) }
        return profile
    }

    private static func experience(_ result: borrowing QueryResult, row: Int) throws(DatabaseError) -> Experience {
        var experience = Experience()
        experience.id = try result.value(row, 2, as: UUID.self).text
        experience.title = try result.value(row, 4)
        experience.organization = try result.value(row, 5)
        experience.location = try result.value(row, 6)
        experience.description = try result.value(row, 7)
        experience.highlights = try result.value(row, 10)
        experience.tags = try result.value(row, 11)
        experience.category = ExperienceCategory(rawValue: Int32(try result.value(row, 12, as: Int16.self)))
        experience.startDate = try self.date(result, row: row, column: 13)
        experience.endDate = try self.date(result, row: row, column: 15)
        return experience
    }

    private static func date(
        _ result: borrowing QueryResult,
        row: Int,
        column: Int
    ) throws(DatabaseError) -> PartialDate? {
        guard let first = try result.value(row, column, as: PostgresDate?.self) else { return nil }
        return PartialDate(first: first, precision: try result.value(row, column + 1))
    }

    private static func skill(_ result: borrowing QueryResult, row: Int) throws(DatabaseError) -> Skill {
        Skill(
            id: try result.value(row, 2, as: UUID.self).text,
            name: try result.value(row, 4),
            category: try result.value(row, 5),
            level: try result.value(row, 6),
            keywords: try result.value(row, 10)
        )
    }

    /// Reads the columns that a list shows, from the first on; the last one, deleted_at, only if asked.
    static func summary(
        _ result: borrowing QueryResult,
        row: Int,
        withDeleteTime: Bool = true
    ) throws(DatabaseError) -> ProfileSummary {
        var summary = ProfileSummary()
        summary.id = try result.value(row, 0, as: UUID.self).text
        summary.slug = try result.value(row, 1)
        summary.displayName = try result.value(row, 2)
        summary.headline = try result.value(row, 3)
        summary.location = try result.value(row, 4)
        summary.revision = try result.value(row, 5)
        summary.updateTime = ProtobufTimestamp(try result.value(row, 6))
        if withDeleteTime {
            summary.deleteTime = try result.value(row, 7, as: PostgresTimestamp?.self).map { ProtobufTimestamp($0) }
        }
        return summary
    }
}
