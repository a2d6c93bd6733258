internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// What the profiles of some hits of a kept ranking show now; those that are gone, or no longer within the scope, are left out.
struct PageHits: Sendable {
    let repository: SearchRepository
    let request: PageRequest
    let reads: Reads

    /// In the order of the ranking, which may have several sections of one profile.
    func shown(_ ranking: Ranking) async throws(RepositoryError) -> [Hit] {
        var shown = [Hit?](repeating: nil, count: ranking.count)
        // One after another, so that a page takes one connection.
        for (number, places) in self.placesByText(ranking) {
            let text = number == 0 ? nil : self.request.texts[number - 1]
            let part = ranking.part(places)
            let hits =
                if let view = self.request.view {
                    try await self.shown(part, through: view, passagesFor: text)
                } else {
                    try await self.shown(part, passagesFor: text)
                }
            for (place, hit) in zip(places, hits) { shown[place] = hit }
        }
        return shown.compactMap(\.self).rated(by: self.request.relevance)
    }

    /// The hits whose passages are of one text: its number among the request's, from 1, or 0 for none, and their places.
    private func placesByText(_ ranking: Ranking) -> [(text: Int, places: [Int])] {
        guard self.request.withHighlights, !ranking.fused.isEmpty else {
            return [(self.request.texts.isEmpty ? 0 : 1, Array(0..<ranking.count))]
        }
        let places = Dictionary(grouping: 0..<ranking.count) { place in
            let text = Int(ranking.fused.texts[place])
            return self.request.texts.indices.contains(text - 1) ? text : 0
        }
        return places.sorted { $0.key < $1.key }.map { (text: $0.key, places: $0.value) }
    }

    /// By places; `nil` of who is not shown.
    private func shown(
        _ ranking: Ranking,
        through view: View,
        passagesFor text: String?
    ) async throws(RepositoryError) -> [Hit?] {
        var words: SearchWords?
        if self.request.withHighlights, let text {
            words = try await self.repository.words(of: text, through: view, self.reads)
        }
        return try await ViewHits(
            view: view,
            filter: self.request.filter,
            withHighlights: self.request.withHighlights,
            reads: self.reads
        ).byPlace(ranking.hits, words)
    }

    private func shown(
        _ ranking: Ranking,
        passagesFor text: String?
    ) async throws(RepositoryError) -> [Hit?] {
        var passages = SearchStatements.Passages.none
        var marked = PassageWords()
        var parameters = Parameters()
        ranking.append(to: &parameters)
        if self.request.withHighlights {
            passages = .plain
            if let text {
                let words = try await self.repository.words(of: text, self.reads)
                passages = .marked
                marked = PassageWords(words.reading.words)
                parameters.append(words.markingQueries)
            }
        }
        let rows = try await self.rows(passages, parameters)
        let ranked = ranking.hits
        let places = Dictionary(ranked.enumerated().map { (Key($1), $0) }) { first, _ in first }
        let hits = try readRows { () throws(DatabaseError) in
            var hits = [Hit?](repeating: nil, count: ranked.count)
            for row in 0..<rows.rowCount {
                let hit = try HitRow.hit(rows, row: row, only: nil, passages: passages == .none ? nil : marked)
                if let place = places[Key(hit)] { hits[place] = hit }
            }
            return hits
        }
        return ranking.fused.isEmpty ? hits : try await self.withEvidence(of: ranked, hits)
    }

    /// What tells the hits of one ranking apart.
    private struct Key: Hashable {
        let profile: String
        let kind: SectionKind
        let section: String

        init(_ hit: Hit) {
            self.profile = hit.profile?.id ?? ""
            (self.kind, self.section) = (hit.section?.kind ?? .unspecified, hit.section?.id ?? "")
        }
    }

    /// Prepared once, but for filters, which have any shape.
    private func rows(
        _ passages: SearchStatements.Passages,
        _ parameters: Parameters
    ) async throws(RepositoryError) -> QueryResult {
        guard self.request.filter != nil else {
            let statement = self.reads.database.statements.statement(.page(passages), parameters.types) {
                SearchStatements.shown(passages)
            }
            return try await self.reads.query(statement, parameters, settings: Self.settings)
        }
        var parameters = parameters
        let scope = try SearchScope(filter: self.request.filter, among: nil).sql(&parameters)
        var batch = Batch()
        batch.addFiltered(
            "search_page",
            SearchStatements.shown(passages, scope: scope),
            parameters,
            deadline: self.reads.deadline
        )
        var results = try await self.reads.run(batch, settings: Self.settings)
        _ = results.next()
        return results.next()
    }

    /// Profiles are read by their ids, however few there were when the statement was planned.
    static let settings = [SessionSetting("enable_seqscan", "off")]

    // MARK: Fusions

    /// The evidence that was stored, with the sections' titles as they are now.
    private func withEvidence(of ranked: [Hit], _ hits: [Hit?]) async throws(RepositoryError) -> [Hit?] {
        var experiences: Set<String> = []
        for (hit, shown) in zip(ranked, hits) where shown != nil {
            for one in hit.evidence where one.section?.kind == .experience {
                experiences.insert(one.section?.id ?? "")
            }
        }
        let titles = try await self.repository.titles(ofExperiences: experiences, self.reads)
        return zip(ranked, hits).map { hit, shown in
            var shown = shown
            shown?.evidence = hit.evidence.map { one in
                var one = one
                if let section = one.section {
                    one.section?.title = SectionTitle.text(of: section, experiences: titles)
                }
                return one
            }
            return shown
        }
    }
}
