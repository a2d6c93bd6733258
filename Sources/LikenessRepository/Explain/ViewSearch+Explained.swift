internal import LikenessMessages
internal import LikenessPostgres

extension SearchRecorder {
    /// Notes how far the last ranking of a search through a view looked.
    func ranked(_ search: ViewSearch) {
        self.record.amend { statement in
            statement.message.among = Int32(clamping: search.query.among?.count ?? 0)
            // An index is no way to what a view shows.
            if search.ask.hasVector { statement.message.scan = SearchStatements.Scan.exact.rawValue }
        }
    }

    /// Notes what the sections of a profile are called as a view shows it; others are not named.
    func shows(_ profile: Profile) {
        var titles = [(id: profile.id, kind: SectionKind.summary, title: SectionTitle.summary)]
        if !profile.skills.isEmpty { titles.append((profile.id, .skills, SectionTitle.skills)) }
        for experience in profile.experiences {
            let title = SectionTitle.experience(experience.title, organization: experience.organization)
            titles.append((experience.id, .experience, title))
        }
        self.record.change { state in
            for section in titles {
                state.titles[.init(profile: profile.id, kind: section.kind, id: section.id)] = section.title
            }
        }
    }
}

extension ViewSearch {
    /// What the score of a row of `viewHybrid` is made of.
    static func score(
        _ result: borrowing QueryResult,
        _ row: Int,
        of hit: Hit,
        _ kinds: HybridScore.Kinds
    ) throws(DatabaseError) -> RecordedScore {
        .hybrid(
            profile: hit.profile?.id ?? "",
            score: hit.score,
            similarity: .init(
                value: try result.value(row, 2),
                rank: try result.value(row, 3),
                section: try self.section(result, row, 4)
            ),
            second: kinds == .one
                ? nil
                : .init(
                    value: try result.value(row, 10, as: Double?.self),
                    section: try self.section(result, row, 11)
                ),
            words: .init(
                value: try result.value(row, 6),
                rank: try result.value(row, 7),
                section: try self.section(result, row, 8)
            )
        )
    }
}

extension ViewSearch.Ask {
    fileprivate var hasVector: Bool {
        switch self {
        case .text: false
        case .vector, .hybrid: true
        }
    }
}
