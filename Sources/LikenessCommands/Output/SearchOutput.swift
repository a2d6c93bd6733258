internal import LikenessConsole
internal import LikenessMessages

/// What a search found, for people.
struct SearchOutput {
    let response: QueryResponse
    /// Hits of such a request have a relevance, but for what the service alone knows: a mask with weights, say.
    var isRelevanceExpected = false

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.hits.isEmpty else {
            let completeness = self.response.completeness ?? Completeness()
            let reason: DisplayText =
                completeness.reason.isEmpty ? "" : style.dim("\(completeness.reason)") + "\n"
            return (self.response.totalSize > 0 ? "" : "No profile matches.\n") + reason + self.replaced(style)
                + self.pages(style)
                + FacetsOutput(facets: self.response.facets).table(style)
        }
        // Of queries whose hits have none there is no column.
        let isRated = !self.response.relevanceTable.isEmpty
        var columns: [Table.Column] = [
            .init(title: "#", alignment: .right), .init(title: "SCORE", alignment: .right),
            .init(title: "NAME", widthMax: 36), .init(title: "SECTION", widthMax: 30),
            .init(title: "PASSAGE", widthMax: 76),
        ]
        if isRated { columns.insert(.init(title: "RELEVANCE", alignment: .right), at: 2) }
        var table = Table(columns)
        func add(_ cells: [String], relevance: String) {
            var cells = cells
            if isRated { cells.insert(relevance, at: 2) }
            table.add(cells)
        }
        let first = max(1, Int(self.response.firstPlace))
        for (index, hit) in self.response.hits.enumerated() {
            let section = hit.section ?? SectionMatch()
            add(
                [
                    String(first + index), NumberText.fixed(hit.score, digits: 3), Self.name(of: hit.profile),
                    section.title.isEmpty ? Self.word(section.kind) : section.title,
                    hit.highlights.first?.text ?? hit.profile?.headline ?? "",
                ],
                relevance: NumberText.fixed(hit.relevance, digits: 2)
            )
            for one in hit.sections {
                let section = one.section ?? SectionMatch()
                add(
                    [
                        "", NumberText.fixed(one.score, digits: 3), "",
                        section.title.isEmpty ? Self.word(section.kind) : section.title, "",
                    ],
                    relevance: ""
                )
            }
        }
        let count = self.response.hits.count
        let completeness = self.response.completeness ?? Completeness()
        let strategy = Self.words(ofStrategy: self.response.strategy, completeness.level)
        let hits: DisplayText = "\(count) hit\(count == 1 ? "" : "s") \(strategy)"
        let reason: DisplayText = completeness.reason.isEmpty ? "" : ": \(completeness.reason)"
        let summary: DisplayText = "\(hits), \(Self.word(completeness.level))\(reason)"
        return table.rendered(style: style) + style.dim(summary) + "\n" + self.replaced(style) + self.unrated(style)
            + self.pages(style) + FacetsOutput(facets: self.response.facets).table(style)
    }

    /// What was looked for in place of words that no profile has.
    private func replaced(_ style: TerminalStyle) -> DisplayText {
        self.response.replacedWords.reduce("") { text, word in
            let others = word.spellings.joined(separator: ", ")
            return text + style.dim("no profile has \(word.word): looked for \(others) instead") + "\n"
        }
    }

    /// That the hits have no relevance where it may be missed.
    private func unrated(_ style: TerminalStyle) -> DisplayText {
        guard self.isRelevanceExpected, self.response.relevanceTable.isEmpty else { return "" }
        return style.dim("how relevant these are is not known: likeness search --help says where it is") + "\n"
    }

    /// Of a ranking that is kept what this page is not all of.
    private func pages(_ style: TerminalStyle) -> DisplayText {
        var text: DisplayText = ""
        if self.response.totalSize > 0 {
            let least = self.response.totalSizeKind == .atLeast ? "at least " : ""
            let gone = self.response.vanishedCount > 0 ? ", \(self.response.vanishedCount) of this page gone since" : ""
            text = style.dim("\(least)\(self.response.totalSize) in all\(gone)") + "\n"
        }
        if !self.response.nextPageToken.isEmpty {
            text = text + style.dim("more: the same command with --page-token \(self.response.nextPageToken)") + "\n"
        }
        return text
    }

    /// Who a profile is of: what a view or the fields that were asked for leave of it.
    private static func name(of profile: ProfileSummary?) -> String {
        guard let profile else { return "" }
        return [profile.displayName, profile.slug, profile.id].first { !$0.isEmpty } ?? ""
    }

    /// How the hits were found. An exact scan compares every section, but what follows it may leave hits out: only an answer that is EXACT says so.
    static func words(ofStrategy strategy: String, _ level: CompletenessLevel) -> String {
        let parts = strategy.split(separator: "_", maxSplits: 1)
        let scan =
            switch parts.last {
            case "exact"?: level == .exact ? ", every section compared" : " without an index"
            case "hnsw"?: " through the HNSW index"
            case "ivfflat"?: " through the IVFFlat index"
            default: ""
            }
        return switch (parts.first, strategy) {
        case ("vector"?, _): "by meaning\(scan)"
        case ("hybrid"?, _): "by meaning and words\(scan)"
        case (_, "text"): "by words"
        case (_, "examples"): "by examples"
        case (_, "fusion_linear"): "of several queries, by their scores"
        case (_, "fusion_reciprocal_rank"): "of several queries, by their ranks"
        default: "(\(strategy))"
        }
    }

    static func word(_ kind: SectionKind) -> String {
        switch kind {
        case .summary: "summary"
        case .experience: "experience"
        case .skills: "skills"
        case .unspecified, .unrecognized: "unknown"
        }
    }

    static func word(_ level: CompletenessLevel) -> String {
        switch level {
        case .exact: "exact"
        case .approximate: "approximate"
        case .truncated: "truncated"
        case .unspecified, .unrecognized: "unknown"
        }
    }
}
