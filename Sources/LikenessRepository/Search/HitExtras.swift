internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// What hits carry beside what their ranking shows: fields of their profiles, and their best sections. Who asks for neither has
/// nothing read for it.
package struct HitExtras: Sendable {
    /// What is shown of a profile; `nil` for its summary.
    package var fields: (@Sendable (Profile) -> Profile)?
    /// 0 for none.
    package var sections = 0
    /// Of the hits, encoded.
    package var bytesMax = Int.max

    package init() {}

    var isEmpty: Bool { self.fields == nil && self.sections == 0 }
}

/// Adds to hits what they are to carry.
struct HitExtrasReader: Sendable {
    let repository: SearchRepository
    let extras: HitExtras
    /// What the sections are scored by.
    let query: SearchQuery
    /// What is seen of the profiles now; `nil` for everything.
    let view: View?
    let reads: Reads

    /// - Throws: `.answerTooLarge` where the hits would have more bytes than `HitExtras.bytesMax`.
    func complete(_ hits: [Hit]) async throws(RepositoryError) -> [Hit] {
        guard !self.extras.isEmpty, !hits.isEmpty else { return hits }
        var hits = hits
        if self.extras.sections > 0 {
            let scores = SectionScores(repository: self.repository, view: self.view, reads: self.reads)
            let best = try await scores.best(self.extras.sections, of: hits.compactMap(\.profile?.id), by: self.query)
            for place in hits.indices { hits[place].sections = best[hits[place].profile?.id ?? ""] ?? [] }
        }
        guard self.extras.fields != nil || self.view != nil else { return try await self.named(hits) }
        return try await self.withProfiles(hits)
    }

    /// Reads the profiles whole, some megabytes at a time.
    private func withProfiles(_ hits: [Hit]) async throws(RepositoryError) -> [Hit] {
        var hits = hits
        // Hits that are sections may be of one profile.
        var places: [String: [Int]] = [:]
        for (place, hit) in hits.enumerated() { places[hit.profile?.id ?? "", default: []].append(place) }
        if self.extras.fields != nil {
            for place in hits.indices { hits[place].profile = hits[place].profile.map { ProfileSummary(id: $0.id) } }
        }
        var shown: Set<Int> = []
        var bytes = 0
        var left = places.keys.sorted().compactMap { UUID(text: $0) }
        while !left.isEmpty {
            let (profiles, others) = try await self.read(left)
            left = others
            for profile in profiles {
                for place in places[profile.id] ?? [] {
                    shown.insert(place)
                    self.show(profile, in: &hits[place])
                    bytes += (try? hits[place].encodedByteCount(max: self.extras.bytesMax)) ?? self.extras.bytesMax
                    guard bytes < self.extras.bytesMax else { throw .answerTooLarge(bytesMax: self.extras.bytesMax) }
                }
            }
        }
        if self.view == nil { return try await self.named(hits) }
        for place in hits.indices where !shown.contains(place) { hits[place].sections = [] }
        return hits
    }

    private func read(_ ids: [UUID]) async throws(RepositoryError) -> ([Profile], left: [UUID]) {
        if let view = self.view { return try await ShownProfiles(view: view, reads: self.reads).read(ids) }
        let result = try await self.reads.query(
            ProfileStatements.wholeWithin,
            Parameters(ids, [String](), Int64(ProfileRepository.readBytesMax))
        )
        return try readRows { () throws(DatabaseError) in
            (
                try ProfileRows.profiles(result).filter { $0.deleteTime == nil }, try ProfileRows.leftOut(result)
            )
        }
    }

    private func show(_ profile: Profile, in hit: inout Hit) {
        if self.view != nil {
            hit.sections = hit.sections.compactMap { one in
                guard let section = one.section else { return nil }
                let match = SectionTitle.match(section.kind, section.id, of: profile)
                return match.map { SectionScore(section: $0, score: one.score) }
            }
        }
        guard let fields = self.extras.fields else { return }
        let details = fields(profile)
        hit.details = details
        hit.profile = ProfileSummary(
            id: profile.id,
            slug: details.slug,
            displayName: details.displayName,
            headline: details.headline,
            location: details.location,
            revision: details.revision,
            updateTime: details.updateTime
        )
    }

    /// With what the sections are called.
    private func named(_ hits: [Hit]) async throws(RepositoryError) -> [Hit] {
        guard self.extras.sections > 0 else { return hits }
        let ids = hits.flatMap(\.sections).compactMap { $0.section?.kind == .experience ? $0.section?.id : nil }
        let titles = try await self.repository.titles(ofExperiences: Set(ids), self.reads)
        var hits = hits
        for place in hits.indices {
            for index in hits[place].sections.indices {
                guard let section = hits[place].sections[index].section else { continue }
                hits[place].sections[index].section?.title = SectionTitle.text(of: section, experiences: titles)
            }
        }
        return hits
    }
}

extension SearchRepository {
    /// The hits of an answer with what they are to carry beside.
    func completed(
        _ hits: [Hit],
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Hit] {
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline)
        let reader = HitExtrasReader(
            repository: self,
            extras: query.extras,
            query: query,
            view: query.view,
            reads: reads
        )
        return try await reader.complete(hits)
    }

    /// What experiences are called, by their ids.
    func titles(ofExperiences ids: Set<String>, _ reads: Reads) async throws(RepositoryError) -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let result = try await reads.query(
            SearchStatements.experienceTitles,
            Parameters(ids.sorted().compactMap { UUID(text: $0) }),
            settings: PageHits.settings
        )
        return try readRows { () throws(DatabaseError) in
            var titles: [String: String] = [:]
            for row in 0..<result.rowCount {
                titles[try result.value(row, 0, as: UUID.self).text] = SectionTitle.experience(
                    try result.value(row, 1),
                    organization: try result.value(row, 2)
                )
            }
            return titles
        }
    }
}
