internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// What a view shows of profiles that a search through it has ranked: they are read whole and shown as the view shows them, and
/// names of sections and passages are made of that.
struct ViewHits: Sendable {
    let view: View
    /// Of the request, which has let the profiles through once already.
    var filter: Filter?
    let withHighlights: Bool
    let reads: Reads

    /// In the order of the ranking; who is no longer shown is left out.
    ///
    /// - Parameters:
    ///   - ranked: Of profiles the ids, of sections kinds and ids. May have several sections of one profile.
    ///   - words: What passages are searched for; `nil` shows the beginnings of texts.
    func hits(_ ranked: [Hit], _ words: SearchWords?) async throws(RepositoryError) -> [Hit] {
        try await self.byPlace(ranked, words).compactMap(\.self)
    }

    /// The same by places; `nil` of who is no longer shown.
    func byPlace(_ ranked: [Hit], _ words: SearchWords?) async throws(RepositoryError) -> [Hit?] {
        var hits = [Hit?](repeating: nil, count: ranked.count)
        var places: [String: [Int]] = [:]
        var left: [UUID] = []
        for (place, one) in ranked.enumerated() {
            guard let id = one.profile?.id else { continue }
            if places[id] == nil { left.append(try UUID(text: id, path: "id")) }
            places[id, default: []].append(place)
        }
        while !left.isEmpty {
            let (profiles, others) = try await ShownProfiles(view: self.view, filter: self.filter, reads: self.reads)
                .read(left)
            left = others
            var shown: [(place: Int, hit: Hit, section: ShownSection?)] = []
            for profile in profiles {
                let places = places[profile.id] ?? []
                // Further hits are not explained.
                if places.contains(where: { $0 < SearchExplanation.hitsMax }) { self.reads.recorder?.shows(profile) }
                for place in places {
                    let section = ranked[place].section.flatMap { ShownSection($0.kind, $0.id, of: profile) }
                    shown.append((place, Self.hit(ranked[place], profile, section), section))
                }
            }
            if self.withHighlights {
                let passages = try await self.passages(shown.map(\.section), words)
                for index in shown.indices { shown[index].hit.highlights = passages[index] }
            }
            for one in shown { hits[one.place] = one.hit }
        }
        return hits
    }

    private static func hit(_ ranked: Hit, _ profile: Profile, _ section: ShownSection?) -> Hit {
        var hit = ranked
        hit.profile = ProfileSummary(
            id: profile.id,
            slug: profile.slug,
            displayName: profile.displayName,
            headline: profile.headline,
            location: profile.location
        )
        hit.section = section?.match
        for index in hit.evidence.indices {
            hit.evidence[index].section = ranked.evidence[index].section.flatMap {
                ShownSection($0.kind, $0.id, of: profile)?.match
            }
        }
        return hit
    }

    /// Of each section; none for those that are not shown.
    private func passages(
        _ sections: [ShownSection?],
        _ words: SearchWords?
    ) async throws(RepositoryError) -> [[Highlight]] {
        guard let words else { return sections.map { $0?.beginning ?? [] } }
        var texts: [String] = []
        var areWhole: [Bool] = []
        for section in sections {
            guard let section else { continue }
            texts += section.texts + section.names
            areWhole += section.texts.map { _ in false } + section.names.map { _ in true }
        }
        guard !texts.isEmpty else { return sections.map { _ in [] } }
        let parameters = Parameters(words.queries, texts, areWhole)
        let watch = self.reads.recorder?.watch(.show)
        let result = try await self.reads.query(SearchStatements.markedTexts, parameters)
        watch?.ran(.passages, SearchStatements.markedTexts, parameters, rows: result.rowCount)
        let asked = PassageWords(words.reading.words)
        return try readRows { () throws(DatabaseError) in
            var row = 0
            func next(_ field: StaticString) throws(DatabaseError) -> Highlight? {
                defer { row += 1 }
                guard let marked = try result.value(row, 0, as: String?.self) else { return nil }
                return Passage.highlight(field: "\(field)", marked: marked, words: asked)
            }
            var passages: [[Highlight]] = []
            for section in sections {
                guard let section else {
                    passages.append([])
                    continue
                }
                let fields = SectionFields(of: section.match.kind)
                var (texts, names): ([Highlight?], [Highlight?]) = ([], [])
                for (_, field) in zip(section.texts, [fields.long, fields.other]) { texts.append(try next(field)) }
                for (_, field) in zip(section.names, [fields.name, fields.organization]) {
                    names.append(try next(field))
                }
                passages.append(Passage.shown(texts: texts, names: names))
            }
            return passages
        }
    }
}

/// A section of a profile as a view shows it.
private struct ShownSection: Sendable {
    let match: SectionMatch
    /// Those of `SectionFields.long` and `.other`.
    let texts: [String]
    /// Those of `.name` and `.organization`.
    let names: [String]
    /// As `texts`, where nothing is marked.
    private let beginnings: [String]

    /// The beginning of the first of its texts that is not empty: what a search by meaning shows.
    var beginning: [Highlight] {
        let fields = SectionFields(of: self.match.kind)
        let shown = zip(self.beginnings, [fields.long, fields.other]).first { !$0.0.isEmpty }
        return shown.flatMap { Passage.highlight(field: "\($0.1)", marked: $0.0) }.map { [$0] } ?? []
    }

    /// - Returns: `nil` when the profile has no such section.
    init?(_ kind: SectionKind, _ id: String, of profile: Profile) {
        guard let match = SectionTitle.match(kind, id, of: profile) else { return nil }
        self.match = match
        switch kind {
        case .summary:
            self.texts = [profile.summary, profile.headline]
            self.names = [profile.displayName]
            self.beginnings = self.texts
        case .skills:
            let skills = profile.skills.map { ([$0.name] + $0.keywords).filter { !$0.isEmpty }.joined(separator: " ") }
            self.texts = [skills.joined(separator: ", ")]
            self.names = []
            self.beginnings = [profile.skills.map(\.name).filter { !$0.isEmpty }.joined(separator: ", ")]
        case .experience, .unspecified, .unrecognized:
            guard let experience = profile.experiences.first(where: { $0.id == id }) else { return nil }
            self.texts = [experience.description, experience.highlights.joined(separator: " ")]
            self.names = [experience.title, experience.organization]
            self.beginnings = self.texts
        }
    }
}
