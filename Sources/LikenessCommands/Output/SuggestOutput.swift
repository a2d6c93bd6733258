internal import LikenessConsole
internal import LikenessMessages

/// Completions, for people.
struct SuggestOutput {
    let response: SuggestResponse

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.suggestions.isEmpty else { return "Nothing begins with that.\n" }
        var table = Table([
            .init(title: "TEXT", widthMax: 60), .init(title: "KIND"), .init(title: "PROFILES", alignment: .right),
            .init(title: "MATCH"),
        ])
        for one in self.response.suggestions {
            table.add(
                [one.text, Self.word(one.kind), String(one.profileCount), Self.word(one.match)],
                emphasis: one.span.map { .init(column: 0, start: Int($0.start), length: Int($0.length)) }
            )
        }
        let rows = table.rendered(style: style)
        guard let completeness = self.response.completeness, !completeness.reason.isEmpty else { return rows }
        let level = completeness.level == .truncated ? "truncated" : "exact"
        return rows + style.dim("\(level): \(completeness.reason)") + "\n"
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
}
