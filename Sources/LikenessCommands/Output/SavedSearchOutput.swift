internal import LikenessConsole
internal import LikenessMessages

/// One saved search, for people.
struct SavedSearchOutput {
    let search: SavedSearch

    func page(_ style: TerminalStyle) -> DisplayText {
        var lines = [style.bold("\(TerminalText.line(self.search.name))")]
        if !self.search.description.isEmpty { lines.append("\(TerminalText.condensed(self.search.description))") }
        lines += Self.parts(of: self.search.query ?? QueryRequest()).map { "\(TerminalText.condensed($0))" }
        lines.append("\(Self.word(self.search.state)), \(String(self.search.matchCount)) match")
        let updated = self.search.updateTime?.rfc3339 ?? "?"
        lines.append(style.dim("revision \(String(self.search.revision)), updated \(updated)"))
        return lines.joined(separator: "\n") + "\n"
    }

    /// What is asked for, each part in words.
    static func parts(of request: QueryRequest) -> [String] {
        var parts: [String] = []
        switch request.query?.ask {
        case .text(let text)?:
            let mode = SearchModeArgument.allCases.first { $0.mode == text.mode } ?? .hybrid
            parts.append("\(mode.rawValue): \(text.text)")
        case .vector(let vector)?: parts.append("a vector of \(vector.values.count) numbers")
        case .fusion(let fusion)?: parts.append("\(fusion.queries.count) queries as one")
        case .examples?, nil: break
        }
        if request.minScore != 0 { parts.append("score from \(NumberText.fixed(request.minScore, digits: 3))") }
        if !request.filter.isEmpty { parts.append("filter: \(request.filter)") }
        if !request.mask.isEmpty { parts.append("mask: \(request.mask)") }
        if !request.embeddingSpace.isEmpty { parts.append("embedding space: \(request.embeddingSpace)") }
        return parts
    }

    static func word(_ state: SavedSearchState) -> String {
        switch state {
        case .pending: "pending"
        case .following: "following"
        case .tooWide: "too wide"
        case .unspecified, .unrecognized: "unknown"
        }
    }
}

/// A page of saved searches, for people.
struct SavedSearchListOutput {
    let response: ListSavedSearchesResponse
    let showsOwners: Bool

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.savedSearches.isEmpty else { return "No saved searches.\n" }
        var table = Table([
            .init(title: "NAME", widthMax: 36), .init(title: self.showsOwners ? "OWNER" : "FOR", widthMax: 40),
            .init(title: "QUERY", widthMax: 60), .init(title: "MATCHES", alignment: .right), .init(title: "STATE"),
        ])
        for search in self.response.savedSearches {
            let query = SavedSearchOutput.parts(of: search.query ?? QueryRequest()).joined(separator: "; ")
            table.add([
                search.name, self.showsOwners ? search.owner : search.description, query,
                String(search.matchCount), SavedSearchOutput.word(search.state),
            ])
        }
        let token = self.response.nextPageToken
        return table.rendered(style: style) + (token.isEmpty ? "" : style.dim("more: --page-token \(token)") + "\n")
    }
}

/// Events of a saved search, for people: one a line.
struct SearchEventsOutput {
    let response: WatchSearchResponse

    func lines(_ style: TerminalStyle) -> DisplayText {
        self.response.events.map { event -> DisplayText in
            let profile = event.profile ?? ProfileSummary()
            let name = profile.displayName.isEmpty ? profile.id : profile.displayName
            let score: DisplayText = event.score == 0 ? "" : "  \(NumberText.fixed(event.score, digits: 3))"
            let known: DisplayText = profile.slug.isEmpty ? "" : style.dim("  \(TerminalText.line(profile.slug))")
            let word: DisplayText =
                switch event.kind {
                case .existing: "matches"
                case .matched: style.green("starts ")
                case .ceased: style.red("ceases ")
                case .unspecified, .unrecognized: "unknown"
                }
            return word + score + "  \(TerminalText.line(name))" + known + "\n"
        }.joined(separator: "")
    }

    /// How to go on.
    func end(_ style: TerminalStyle) -> DisplayText {
        style.dim("all that is known; go on later with --from \(self.response.resumeToken)") + "\n"
    }
}
