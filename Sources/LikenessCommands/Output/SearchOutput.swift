internal import LikenessMessages

/// What `likeness search --output json` writes.
struct SearchOutput: Encodable {
    struct Hit: Encodable {
        let slug: String
        let id: String
        let displayName: String
        let headline: String
        let location: String
        let score: Double
        /// "summary", "experience" or "skills".
        let section: String
        let sectionId: String
        let sectionTitle: String
        let highlights: [Highlight]
        let evidence: [Evidence]
    }

    struct Highlight: Encodable {
        let field: String
        let text: String
        let spans: [Span]
    }

    struct Span: Encodable {
        let start: Int
        let length: Int
    }

    struct Evidence: Encodable {
        /// "vector" or "text".
        let branch: String
        let rank: Int
        let rawScore: Double
    }

    let hits: [Hit]
    /// "exact", "approximate" or "truncated".
    let completeness: String
    let completenessReason: String
    let strategy: String
    let embeddingSpace: String

    init(_ response: QueryResponse) {
        self.hits = response.hits.map { hit in
            let profile = hit.profile ?? ProfileSummary()
            let section = hit.section ?? SectionMatch()
            return Hit(
                slug: profile.slug,
                id: profile.id,
                displayName: profile.displayName,
                headline: profile.headline,
                location: profile.location,
                score: hit.score,
                section: Self.word(section.kind),
                sectionId: section.id,
                sectionTitle: section.title,
                highlights: hit.highlights.map { highlight in
                    Highlight(
                        field: highlight.field,
                        text: highlight.text,
                        spans: highlight.spans.map { Span(start: Int($0.start), length: Int($0.length)) }
                    )
                },
                evidence: hit.evidence.map { evidence in
                    Evidence(
                        branch: evidence.branch == .vector ? "vector" : "text",
                        rank: Int(evidence.rank),
                        rawScore: evidence.rawScore
                    )
                }
            )
        }
        let completeness = response.completeness ?? Completeness()
        self.completeness =
            switch completeness.level {
            case .exact: "exact"
            case .approximate: "approximate"
            case .truncated: "truncated"
            case .unspecified, .unrecognized: "unknown"
            }
        self.completenessReason = completeness.reason
        self.strategy = response.strategy
        self.embeddingSpace = response.embeddingSpace
    }

    private static func word(_ kind: SectionKind) -> String {
        switch kind {
        case .summary: "summary"
        case .experience: "experience"
        case .skills: "skills"
        case .unspecified, .unrecognized: "unknown"
        }
    }

    func table(_ style: TerminalStyle) -> String {
        guard !self.hits.isEmpty else { return "No profile matches.\n" }
        var table = Table([
            .init(title: "#", alignment: .right), .init(title: "SCORE", alignment: .right),
            .init(title: "NAME", widthMax: 28), .init(title: "SECTION", widthMax: 30),
            .init(title: "PASSAGE", widthMax: 76),
        ])
        for (index, hit) in self.hits.enumerated() {
            table.add([
                String(index + 1), NumberText.fixed(hit.score, digits: 3), hit.displayName,
                hit.sectionTitle.isEmpty ? hit.section : hit.sectionTitle, hit.highlights.first?.text ?? hit.headline,
            ])
        }
        var text = table.rendered(style: style)
        let reason = self.completenessReason.isEmpty ? "" : ": \(self.completenessReason)"
        let count = "\(self.hits.count) hit\(self.hits.count == 1 ? "" : "s")"
        text += style.dim("\(count), \(self.completeness)\(reason) (\(self.strategy))") + "\n"
        return text
    }
}
