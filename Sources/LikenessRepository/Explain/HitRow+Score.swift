internal import LikenessMessages
internal import LikenessPostgres

extension HitRow {
    /// What the score of a hybrid search's hit is made of.
    static func score(
        _ result: borrowing QueryResult,
        row: Int,
        of hit: Hit,
        _ kinds: HybridScore.Kinds
    ) throws(DatabaseError) -> RecordedScore {
        let profile = hit.profile?.id ?? ""
        return .hybrid(
            profile: profile,
            score: hit.score,
            similarity: .init(
                value: try self.value(result, row, .similarity),
                rank: try self.value(result, row, .vectorRank),
                section: try self.section(
                    result,
                    row,
                    [.vectorKind, .vectorSection, .vectorTitle, .vectorOrganization],
                    of: profile
                )
            ),
            second: kinds == .one
                ? nil
                : .init(
                    value: try self.value(result, row, .secondSimilarity, as: Double?.self),
                    section: try self.section(
                        result,
                        row,
                        [.secondKind, .secondSection, .secondTitle, .secondOrganization],
                        of: profile
                    )
                ),
            words: .init(
                value: try self.value(result, row, .coverage),
                rank: try self.value(result, row, .textRank),
                section: try self.section(
                    result,
                    row,
                    [.textKind, .textSection, .textTitle, .textOrganization],
                    of: profile
                )
            )
        )
    }
}
