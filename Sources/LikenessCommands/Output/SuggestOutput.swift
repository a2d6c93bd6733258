internal import LikenessMessages

/// What `likeness suggest --output json` writes.
struct SuggestOutput: Encodable {
    struct Suggestion: Encodable {
        let text: String
        /// "name", "title", "organization", "skill" or "location".
        let kind: String
        let profileCount: Int64
        /// Empty unless the text is the name of one profile alone.
        let profileId: String
        /// "start", "word" or "similar".
        let match: String
        /// In UTF-8 bytes of the text; absent where nobody knows.
        let span: SearchOutput.Span?
    }

    let suggestions: [Suggestion]
    /// "exact" or "truncated".
    let completeness: String
    let completenessReason: String

    init(_ response: SuggestResponse) {
        self.suggestions = response.suggestions.map { suggestion in
            Suggestion(
                text: suggestion.text,
                kind: Self.word(suggestion.kind),
                profileCount: suggestion.profileCount,
                profileId: suggestion.profileId,
                match: Self.word(suggestion.match),
                span: suggestion.span.map { .init(start: Int($0.start), length: Int($0.length)) }
            )
        }
        self.completeness = response.completeness?.level == .truncated ? "truncated" : "exact"
        self.completenessReason = response.completeness?.reason ?? ""
    }

    private static func word(_ kind: SuggestionKind) -> String {
        SuggestionKindArgument.allCases.first { $0.kind == kind }?.rawValue ?? "unknown"
    }

    private static func word(_ match: SuggestionMatch) -> String {
        switch match {
        case .start: "start"
        case .word: "word"
        case .similar: "similar"
        case .unspecified, .unrecognized: "unknown"
        }
    }

    func table(_ style: TerminalStyle) -> String {
        guard !self.suggestions.isEmpty else { return "Nothing begins with that.\n" }
        var table = Table([
            .init(title: "TEXT", widthMax: 60), .init(title: "KIND"), .init(title: "PROFILES", alignment: .right),
            .init(title: "MATCH"),
        ])
        for one in self.suggestions {
            table.add(
                [one.text, one.kind, String(one.profileCount), one.match],
                emphasis: one.span.map { .init(column: 0, start: $0.start, length: $0.length) }
            )
        }
        let rows = table.rendered(style: style)
        guard !self.completenessReason.isEmpty else { return rows }
        return rows + style.dim("\(self.completeness): \(self.completenessReason)") + "\n"
    }
}
