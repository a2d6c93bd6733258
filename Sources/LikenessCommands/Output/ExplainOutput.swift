internal import LikenessConsole
internal import LikenessMessages

/// How an answer came about, for people: first where the time went, then what ran, then why each hit is where it is.
struct ExplainOutput {
    let response: ExplainQueryResponse

    func text(_ style: TerminalStyle) -> DisplayText {
        [
            self.summary, self.stages(style), self.statements(style), self.queries(style), self.words(style),
            self.hits(style), self.facets(style), self.plans(style),
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var summary: DisplayText {
        let space = self.response.embeddingSpace
        var text: DisplayText =
            "\(self.response.hitCount) hit\(self.response.hitCount == 1 ? "" : "s") in \(Self.milliseconds(self.response.total)) ms"
        text += ", \(self.response.strategy)"
        if !space.isEmpty { text += " in the space \(space)" }
        text += "\n\(Self.text(self.response.completeness))\n"
        return self.minimum.isEmpty ? text : text + "\(self.minimum)\n"
    }

    /// Which hits were left out; empty for none.
    private var minimum: String {
        let relevance = "relevance at least \(NumberText.fixed(self.response.minRelevance, digits: 2))"
        let score = "score at least \(Self.score(self.response.minScore))"
        return switch (self.response.minScore != 0, self.response.minRelevance != 0) {
        case (false, false): ""
        case (true, false): score
        case (false, true): "\(relevance), which every score has"
        case (true, true): "\(score), \(relevance)"
        }
    }

    /// `exact`, or what is missing.
    private static func text(_ completeness: Completeness?) -> String {
        let completeness = completeness ?? Completeness()
        let level = SearchOutput.word(completeness.level)
        return completeness.reason.isEmpty ? level : "\(level): \(completeness.reason)"
    }

    // MARK: Time

    private func stages(_ style: TerminalStyle) -> DisplayText {
        var table = Table([
            .init(title: "TIME"), .init(title: "MS", alignment: .right), .init(title: "%", alignment: .right),
        ])
        let total = Self.nanoseconds(self.response.total)
        var rest = total
        func add(_ name: String, _ nanoseconds: Double) {
            let share = total > 0 ? 100 * nanoseconds / total : 0
            table.add([name, NumberText.fixed(nanoseconds / 1e6, digits: 1), NumberText.fixed(share, digits: 0)])
        }
        for stage in self.response.stages {
            let time = Self.nanoseconds(stage.time)
            rest -= time
            add(stage.name, time)
        }
        add("other", max(0, rest))
        return table.rendered(style: style)
    }

    private static func nanoseconds(_ duration: ProtobufDuration?) -> Double {
        duration.map { Double($0.seconds) * 1e9 + Double($0.nanos) } ?? 0
    }

    private static func milliseconds(_ duration: ProtobufDuration?) -> String {
        NumberText.fixed(Self.nanoseconds(duration) / 1e6, digits: 1)
    }

    // MARK: Statements

    private func statements(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.statements.isEmpty else { return "" }
        var table = Table([
            .init(title: "#", alignment: .right), .init(title: "STATEMENT"), .init(title: "OF"),
            .init(title: "MS", alignment: .right), .init(title: "ROWS", alignment: .right),
            .init(title: "HOW", widthMax: 70), .init(title: "SETTINGS", widthMax: 80),
        ])
        for (place, statement) in self.response.statements.enumerated() {
            table.add([
                String(place + 1), statement.name, self.origin(of: statement), Self.milliseconds(statement.time),
                String(statement.rowsReturned), Self.limits(of: statement),
                statement.settings.map { "\($0.name)=\($0.value)" }.joined(separator: " "),
            ])
        }
        var text = table.rendered(style: style)
        for (place, statement) in self.response.statements.enumerated() where !statement.furtherReason.isEmpty {
            text += style.yellow("after \(place + 1): \(statement.furtherReason)") + "\n"
        }
        return text
    }

    /// `query 2, attempt 3`.
    private func origin(of statement: ExplainedStatement) -> String {
        var words: [String] = []
        if self.areSeveral, statement.query > 0 { words.append("query \(statement.query)") }
        if statement.part > 0 { words.append("part \(statement.part)") }
        if statement.attempt > 1 { words.append("attempt \(statement.attempt)") }
        return words.joined(separator: ", ")
    }

    private static func limits(of statement: ExplainedStatement) -> String {
        var words: [String] = []
        if !statement.scan.isEmpty { words.append(statement.scan) }
        if statement.sections > 0 { words.append("\(statement.sectionsFound) of \(statement.sections) sections") }
        if statement.efSearch > 0 { words.append("ef_search \(statement.efSearch)") }
        if statement.probes > 0 { words.append("probes \(statement.probes)") }
        if statement.nominees > 0 { words.append("\(statement.nominees) nominees") }
        if statement.among > 0 { words.append("among \(statement.among)") }
        if statement.hasOwnPlan { words.append("own plan") }
        return words.joined(separator: ", ")
    }

    private func plans(_ style: TerminalStyle) -> DisplayText {
        var text: DisplayText = ""
        for (place, statement) in self.response.statements.enumerated() {
            let title: DisplayText = "PLAN OF \(place + 1), \(statement.name)"
            if !statement.plan.isEmpty {
                text += style.bold(title) + "\n" + DisplayText(lines: statement.plan) + "\n"
            } else if !statement.planMissingReason.isEmpty {
                text += style.bold(title) + "\n" + "none: \(statement.planMissingReason)\n\n"
            }
        }
        return text
    }

    // MARK: Queries

    private var areSeveral: Bool { self.response.queries.count > 1 }

    private func queries(_ style: TerminalStyle) -> DisplayText {
        guard self.areSeveral else { return "" }
        var table = Table([
            .init(title: "QUERY", alignment: .right), .init(title: "STRATEGY"),
            .init(title: "AT MOST", alignment: .right),
            .init(title: "NAMED", alignment: .right), .init(title: "COMPLETENESS", widthMax: 90),
        ])
        for (place, query) in self.response.queries.enumerated() {
            table.add([
                String(place + 1), query.strategy, Self.score(query.weight), String(query.hitCount),
                Self.text(query.completeness),
            ])
        }
        return table.rendered(style: style)
    }

    private func words(_ style: TerminalStyle) -> DisplayText {
        guard self.response.queries.contains(where: { !$0.words.isEmpty }) else { return "" }
        var table = Table([
            .init(title: "WORD", widthMax: 40), .init(title: "WEIGHT", alignment: .right),
            .init(title: "PROFILES", alignment: .right), .init(title: "", widthMax: 80),
        ])
        for (place, query) in self.response.queries.enumerated() {
            for word in query.words {
                var notes: [String] = []
                if self.areSeveral { notes.append("query \(place + 1)") }
                if word.isCommon { notes.append("stop word") }
                if !word.spellings.isEmpty { notes.append("instead \(Self.spellings(of: word))") }
                table.add([
                    word.word, Self.score(word.weight), NumberText.grouped(word.profileCount),
                    notes.joined(separator: "; "),
                ])
            }
        }
        return table.rendered(style: style)
    }

    /// Each with what having it counts.
    private static func spellings(of word: ExplainedWord) -> String {
        word.spellings.enumerated().map { place, spelling in
            guard place < word.spellingShares.count else { return spelling }
            return "\(spelling) \(NumberText.fixed(word.spellingShares[place], digits: 2))"
        }.joined(separator: ", ")
    }

    // MARK: Hits

    private func hits(_ style: TerminalStyle) -> DisplayText {
        var text: DisplayText = ""
        let width = String(self.response.hits.count).count
        for (place, hit) in self.response.hits.enumerated() {
            let number = String(place + 1)
            let slug = hit.profile?.slug ?? ""
            text += .spaces(width - number.count)
            text += "\(number)  \(Self.score(hit.score))  "
            text += style.bold("\(hit.profile?.displayName ?? "")") + (slug.isEmpty ? "" : "  \(slug)")
            if hit.relevance != 0 { text += style.dim("  \(NumberText.fixed(hit.relevance, digits: 2)) relevant") }
            if let section = hit.section { text += "  \(Self.section(section))" }
            if hit.rankByScore > 0 { text += style.dim("  rank \(hit.rankByScore) by score") }
            if hit.mostSimilar != 0 { text += style.dim("  \(Self.score(hit.mostSimilar)) like one before") }
            text += "\n"
            for part in hit.parts { text += self.part(part, indent: width + 2, style) }
            for term in hit.boosts {
                text += .spaces(width + 2)
                text +=
                    "\(Self.score(term.adds))  \(term.name) \(Self.score(term.value)) (1 would add \(Self.score(term.weight)))\n"
            }
        }
        if self.response.hits.count < Int(self.response.hitCount) {
            text += style.dim("\(Int(self.response.hitCount) - self.response.hits.count) more hits") + "\n"
        }
        return text
    }

    // MARK: Facets

    /// How they were counted, then the counts.
    private func facets(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.facets.isEmpty else { return "" }
        var table = Table([
            .init(title: "FACETS", widthMax: 50), .init(title: "COUNTED", widthMax: 60),
            .init(title: "PROFILES", alignment: .right), .init(title: "EACH FOR", alignment: .right),
            .init(title: "MS", alignment: .right),
        ])
        for counted in self.response.facets {
            table.add([
                counted.facets.map(\.field).joined(separator: ", "), Self.words(of: counted),
                String(counted.sampleSize), NumberText.fixed(counted.profilesEach, digits: 2),
                Self.milliseconds(counted.time),
            ])
        }
        return table.rendered(style: style) + FacetsOutput(facets: self.response.facets.flatMap(\.facets)).table(style)
    }

    /// `the best 100 hits, without its own filter, at least`.
    private static func words(of counted: ExplainedFacets) -> String {
        var words =
            switch counted.counted {
            case "matches": ["all that match"]
            case "hits": ["the best \(counted.window) hits"]
            default: [counted.counted]
            }
        if counted.withoutOwnFilter { words.append("without its own filter") }
        switch counted.facets.first?.countKind {
        case .exact: words.append("exact")
        case .atLeast: words.append("at least")
        case .estimate: words.append("estimated")
        case .unspecified, .unrecognized, nil: break
        }
        return words.joined(separator: ", ")
    }

    /// A query of a fusion has a line of its own, above those of what it is made of.
    private func part(_ part: ScorePart, indent: Int, _ style: TerminalStyle) -> DisplayText {
        var text: DisplayText = ""
        var indent = indent
        if self.areSeveral {
            let name = part.query > 0 ? "query \(part.query)" : "fusion"
            let rank = part.rank > 0 ? ", rank \(part.rank)" : ""
            text += .spaces(indent)
            text +=
                "\(Self.score(part.adds))  \(name): \(Self.score(part.score))\(rank), weight \(NumberText.fixed(part.weight, digits: 2))\n"
            indent += 4
        }
        for inner in part.parts { text += self.part(inner, indent: indent, style) }
        for term in part.terms {
            let rank = term.rank > 0 ? ", rank \(term.rank)" : ""
            let most = term.weight == 1 ? "" : " (1 would add \(Self.score(term.weight)))"
            let section = Self.section(term.section)
            text += .spaces(indent)
            text +=
                "\(Self.score(term.adds))  \(term.name) \(Self.score(term.value))\(most)\(rank)\(section.isEmpty ? "" : ": \(section)")\n"
        }
        return text + self.words(of: part, indent: indent + 7, style)
    }

    private func words(of part: ScorePart, indent: Int, _ style: TerminalStyle) -> DisplayText {
        func line(_ words: [WordMatch], _ title: DisplayText, _ name: (WordMatch) -> String) -> DisplayText {
            words.isEmpty
                ? "" : .spaces(indent) + style.dim("\(title) \(words.map(name).joined(separator: ", "))") + "\n"
        }
        var text = line(part.words.filter(\.found), "has") { word in
            let section = Self.section(word.section)
            return "\(word.word) \(Self.score(word.weight))\(section.isEmpty ? "" : " (\(section))")"
        }
        text += line(part.words.filter { !$0.found }, "lacks") { "\($0.word) \(Self.score($0.weight))" }
        if part.wordsAreNewer {
            text += .spaces(indent) + style.yellow("changed since it was ranked: these are its words now") + "\n"
        }
        return text
    }

    private static func section(_ section: SectionMatch?) -> String {
        guard let section else { return "" }
        return section.title.isEmpty ? SearchOutput.word(section.kind) : section.title
    }

    private static func score(_ value: Double) -> String { NumberText.fixed(value, digits: 3) }
}
