internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// One page of a list.
package struct ProfilePage: Sendable {
    package let profiles: [ProfileSummary]
    /// Empty on the last page, and only there.
    package let nextPageToken: String
    /// The planner's estimate of all that match; -1 when unknown.
    package let totalSizeEstimate: Int64
}

extension ProfileRepository {
    /// Most profiles of one page.
    package static let pageSizeMax = 1_000
    private static let pageSizeDefault = 50
    /// Literal limits of the statements; each reads one row more than its page, to know whether another follows.
    static let pageLimits = [51, 201, 1_001]

    /// Lists profiles by slug, ascending; by id through a view that hides the slug.
    ///
    /// - Parameters:
    ///   - view: Which profiles, what of them, and what the filter may ask for.
    ///   - pageSize: 0 means 50; more than 1,000 means 1,000.
    ///   - pageToken: `nextPageToken` of the previous page, with the same `showDeleted`, page size, filter and view.
    ///   - filter: Only these; see `Filter`.
    ///   - answerBytesMax: Of the encoded profiles, or so: a page ends before it has more, but not before its first.
    /// - Throws: `.invalidPageToken`; `.invalidField` for a negative page size, what is no filter, and what asks for more than
    ///   the view shows.
    package func list(
        through view: View? = nil,
        pageSize: Int = 0,
        pageToken: String = "",
        showDeleted: Bool = false,
        filter: String = "",
        answerBytesMax: Int = .max,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> ProfilePage {
        guard pageSize >= 0 else { throw .invalidField(path: "page_size", reason: "is negative") }
        let size = pageSize == 0 ? Self.pageSizeDefault : min(pageSize, Self.pageSizeMax)
        var arguments = ["profiles", String(pageSize), String(showDeleted)] + (filter.isEmpty ? [] : [filter])
        if let view { arguments += ["through", String(view.showsSlug)] + view.names }
        if view != nil, showDeleted {
            throw .invalidField(path: "show_deleted", reason: "is set, and no mask shows deleted profiles")
        }
        let isByID = view.map { !$0.showsSlug } ?? false
        let condition = try Filter(filter)
        let position = try self.pageTokens.position(in: pageToken, arguments: arguments) ?? ""
        let limit = Self.pageLimits.first { $0 > size } ?? Self.pageSizeMax + 1
        var batch = Batch()
        if let view {
            var parameters = Parameters()
            if isByID {
                // No page ends with the greatest id and says that another follows.
                let read = UUID(text: position).map { IDPosition.after($0) } ?? .start
                guard let least = read.least else { throw .invalidPageToken }
                parameters.append(least)
            } else {
                parameters.append(position)
            }
            let sql = try view.sql(and: condition, &parameters)
            let text =
                isByID
                ? ProfileStatements.pageByIDText(limit: limit, condition: sql)
                : ProfileStatements.pageText(limit: limit, withDeleted: false, filter: sql)
            batch.addFiltered("profiles_page", text, parameters, deadline: deadline)
        } else if let condition {
            var parameters = Parameters(position)
            let sql = try condition.sql(&parameters)
            batch.addFiltered(
                "profiles_page",
                ProfileStatements.pageText(limit: limit, withDeleted: showDeleted, filter: sql),
                parameters,
                deadline: deadline
            )
        } else {
            batch.add(ProfileStatements.page(limit: limit, withDeleted: showDeleted), Parameters(position))
        }
        batch.add(ProfileStatements.sizeEstimate, Parameters(showDeleted))
        var results = try await self.database.reads(at: consistencyToken, deadline: deadline).run(batch)
        let isFiltered = view != nil || condition != nil
        if isFiltered { _ = results.next() }
        let rows = results.next()
        let estimate = results.next()
        var profiles: [ProfileSummary] = []
        let totalSizeEstimate: Int64 = try readRows { () throws(DatabaseError) in
            var bytes = 0
            for row in 0..<min(rows.rowCount, size) {
                let stored = try ProfileRows.summary(rows, row: row)
                let summary = view?.shown(stored) ?? stored
                bytes += summary.encodedBytesAtMost
                if bytes > answerBytesMax, row > 0 { break }
                profiles.append(summary)
            }
            // Statistics know nothing of a filter, and count what a view hides.
            return !isFiltered ? try estimate.value(0, 0) : -1
        }
        let next = rows.rowCount > profiles.count ? (isByID ? profiles.last?.id : profiles.last?.slug) : nil
        return ProfilePage(
            profiles: profiles,
            nextPageToken: next.map { self.pageTokens.token(position: $0, arguments: arguments) } ?? "",
            totalSizeEstimate: totalSizeEstimate
        )
    }
}

extension ProfileSummary {
    /// What its encoded form has at most, as an item of a list: texts, and all that is not text.
    fileprivate var encodedBytesAtMost: Int {
        self.slug.utf8.count + self.displayName.utf8.count + self.headline.utf8.count + self.location.utf8.count + 128
    }
}
