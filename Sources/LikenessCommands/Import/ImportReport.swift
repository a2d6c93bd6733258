internal import LikenessConsole
internal import LikenessMessages

/// What an import did, line by line.
struct ImportReport: Encodable {
    enum Outcome: String, Encodable { case created, updated, unchanged, refused }

    struct Person: Encodable {
        /// 1-based line of the file on which the document starts.
        let line: Int
        /// And the character of that line: a list may have all its people on one.
        var column = 1
        var outcome: Outcome
        var name = ""
        var id = ""
        var slug = ""
        /// What told this person from others; `nil`: nothing but the whole content.
        var identity: PersonIdentity.Kind?
        /// Why it was refused.
        var reason: String?
        var warnings: [ResumeWarning] = []
    }

    private enum CodingKeys: String, CodingKey {
        case created, updated, unchanged, refused, warnings, people, stoppedAtLine, stoppedBecause
        case unansweredLines, isEmbedded
    }

    private(set) var people: [Person] = []
    /// The first line that was not sent, or whose answer did not come, and why; all lines above are in `people`.
    private(set) var stoppedAt: Int?
    /// Lines that were sent and got no answer: they may be stored.
    private(set) var unanswered: [Int] = []
    private(set) var stop: (any Error)?

    /// Whether every section that was stored has its embedding; `nil`: not waited for.
    private(set) var isEmbedded: Bool?

    mutating func embedded(_ isEmbedded: Bool) { self.isEmbedded = (self.isEmbedded ?? true) && isEmbedded }

    mutating func add(_ person: Person) { self.people.append(person) }

    mutating func stop(atLine line: Int?, unanswered: [Int], _ error: any Error) {
        self.stoppedAt = line
        self.unanswered = unanswered
        self.stop = error
    }

    /// In the order of the file: who is refused before a batch is sent comes before its answers. Lists of people may share a line.
    mutating func finish() {
        self.people.sort { ($0.line, $0.column) < ($1.line, $1.column) }
    }

    private func count(_ outcome: Outcome) -> Int { self.people.count { $0.outcome == outcome } }

    var created: Int { self.count(.created) }
    var updated: Int { self.count(.updated) }
    var unchanged: Int { self.count(.unchanged) }
    var refused: Int { self.count(.refused) }
    var warningCount: Int { self.people.reduce(0) { $0 + $1.warnings.count } }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.created, forKey: .created)
        try container.encode(self.updated, forKey: .updated)
        try container.encode(self.unchanged, forKey: .unchanged)
        try container.encode(self.refused, forKey: .refused)
        try container.encode(self.warningCount, forKey: .warnings)
        try container.encode(self.people, forKey: .people)
        try container.encodeIfPresent(self.isEmbedded, forKey: .isEmbedded)
        try container.encodeIfPresent(self.stoppedAt, forKey: .stoppedAtLine)
        if self.stop != nil { try container.encode(self.unanswered, forKey: .unansweredLines) }
        try container.encodeIfPresent(
            self.stop.map { CommandFailure.describing($0).description },
            forKey: .stoppedBecause
        )
    }

    // MARK: For people

    /// More people are only counted.
    private static let rowsMax = 50
    /// Of warnings of one kind the first are written, unless these are nearly all.
    private static let warningsOfKindMax = 3
    /// More kinds of warnings are only counted.
    private static let warningKindsMax = 60

    var sentence: String {
        var text = "\(self.created) created, \(self.updated) updated, \(self.unchanged) unchanged, "
        text += "\(self.refused) refused, \(self.warningCount) warning\(self.warningCount == 1 ? "" : "s")\n"
        if let first = self.unanswered.first, let last = self.unanswered.last {
            let lines =
                first == last ? "line \(first) was" : "\(self.unanswered.count) of lines \(first) to \(last) were"
            text += "\(lines) sent without an answer, and may be stored\n"
        }
        if let line = self.stoppedAt {
            text +=
                "stopped at line \(line): continue from there, or import the whole file again: what is stored stays "
            text += "as it is\n"
        }
        if self.isEmbedded == false {
            text += "not embedded: text searches find what was stored, vector searches do not until the service has "
            text += "embedded it (likeness admin status)\n"
        }
        return text
    }

    func rendered(style: TerminalStyle) -> DisplayText {
        guard self.people.count <= Self.rowsMax else { return DisplayText(lines: self.sentence) }
        var table = Table([
            .init(title: "LINE", alignment: .right), .init(title: "OUTCOME"), .init(title: "SLUG"),
            .init(title: "NAME"),
            .init(title: "KNOWN BY"),
        ])
        for person in self.people {
            let known = person.identity?.rawValue ?? (person.outcome == .refused ? "" : "content")
            table.add([String(person.line), person.outcome.rawValue, person.slug, person.name, known])
        }
        return table.rendered(style: style) + "\n" + DisplayText(lines: self.sentence)
    }

    /// `FILE:LINE: …`, and the column where people share a line, for each refusal and the first warnings of each kind, as compilers write them.
    func remarks(on file: String) -> [DisplayText] {
        var remarks: [DisplayText] = []
        var kinds: [String: Int] = [:]
        for person in self.people {
            for warning in person.warnings { kinds[warning.kind, default: 0] += 1 }
        }
        var lines: [Int: Int] = [:]
        for person in self.people { lines[person.line, default: 0] += 1 }
        var seen: [String: Int] = [:]
        var hidden = 0
        for person in self.people {
            let isAlone = lines[person.line] == 1
            let place = isAlone ? "\(file):\(person.line)" : "\(file):\(person.line):\(person.column)"
            if let reason = person.reason {
                remarks.append("\(place): refused: \(reason)")
            }
            for warning in person.warnings {
                let (kind, total) = (warning.kind, kinds[warning.kind] ?? 0)
                guard seen[kind] != nil || seen.count < Self.warningKindsMax else {
                    hidden += 1
                    continue
                }
                seen[kind, default: 0] += 1
                let number = seen[kind] ?? 0
                if number <= Self.warningsOfKindMax || total == Self.warningsOfKindMax + 1 {
                    let text = warning.path.isEmpty ? warning.message : "\(warning.path): \(warning.message)"
                    remarks.append("\(place): warning: \(text)")
                }
                if number == Self.warningsOfKindMax, total > number + 1 {
                    remarks.append("\(file): and \(total - number) more like this: --output json has them all")
                }
            }
        }
        if hidden > 0 { remarks.append("\(file): \(hidden) more warnings of other kinds: --output json has them all") }
        return remarks
    }
}

extension ResumeWarning {
    /// What warnings that say the same of other places and values have in common.
    var kind: String {
        var kind = ""
        var isQuoted = false
        for character in "\(self.path): \(self.message)" {
            if character == "\"" { isQuoted.toggle() }
            if isQuoted || character.isNumber && kind.last == "0" { continue }
            kind.append(character.isNumber ? "0" : character)
        }
        return kind
    }
}
