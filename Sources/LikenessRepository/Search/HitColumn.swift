internal import LikenessPostgres

/// The columns of a hit's row, in their order: what `SearchStatements.hits` selects and the decoders read by number.
///
/// Rows end where nothing follows that is not NULL for all of them: without passages or without evidence of their own.
enum HitColumn: Int, CaseIterable, Sendable {
    case id, slug, displayName, headline, location, revision, updateTime
    case score
    /// The section shown.
    case kind, section, title, organization
    /// Sections that the vector was compared with, and by vector the similarity of the last of them, by both how many profiles were scored; the same in
    /// all rows.
    case examined, horizon
    /// In the order of `SectionFields`.
    case passage, otherPassage, namePassage, organizationPassage
    /// Of two branches; the only one's are the row's number, the score and the section shown.
    case vectorRank, similarity, vectorKind, vectorSection, vectorTitle, vectorOrganization
    case textRank, coverage, textKind, textSection, textTitle, textOrganization
    /// The nearest section of another kind than the vector's.
    case secondSimilarity, secondKind, secondSection, secondTitle, secondOrganization

    /// As `QueryResult` has it.
    var type: PostgresType {
        switch self {
        case .id, .section, .vectorSection, .textSection, .secondSection: .uuid
        case .slug, .displayName, .headline, .location, .title, .organization, .passage, .otherPassage, .namePassage,
            .organizationPassage, .vectorTitle, .vectorOrganization, .textTitle, .textOrganization, .secondTitle,
            .secondOrganization:
            .text
        case .revision, .examined, .vectorRank, .textRank: .int8
        case .updateTime: .timestamptz
        case .score, .horizon, .similarity, .coverage, .secondSimilarity: .float8
        case .kind, .vectorKind, .textKind, .secondKind: .int2
        }
    }

    /// What stands in its place where a statement has no such thing.
    var absent: SQL {
        switch self.type {
        case .uuid: "NULL::uuid"
        case .int2: "NULL::smallint"
        case .int8: "NULL::bigint"
        case .float8: "NULL::float8"
        case .timestamptz: "NULL::timestamptz"
        default: "NULL::text"
        }
    }
}
