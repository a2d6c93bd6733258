internal import LikenessFormats

/// The columns of a table: their titles, and what each is about.
struct TableColumns: Sendable {
    struct Column: Sendable {
        /// Unique in its table.
        let title: String
        var field: TableField
        /// Whether the header has a title for it.
        let isTitled: Bool
    }

    private(set) var columns: [Column]
    /// What there is to say of them, once for the file.
    private(set) var warnings: [ResumeWarning] = []
    /// What the table has no column for.
    private(set) var unsaid: Set<ProfilePart> = []
    /// Of fields of a profile the columns that they come from: for what breaks a rule of the contract.
    private(set) var titlesOfFields: [String: String] = [:]
    /// Columns without a title of which no row so far had anything.
    private var untitled: [Int] = []

    /// - Parameter line: Of the header.
    /// - Throws: What makes a table of people impossible.
    init(titles: [String], line: Int, choices: [TableColumnChoice]) throws(FormatError) {
        self.columns = []
        var ranks: [Int] = []
        for (title, unique) in zip(titles, ColumnTitles.unique(titles)) {
            let meant = TableField.meant(by: title)
            self.columns.append(Column(title: unique, field: meant?.field ?? .attribute, isTitled: !title.isEmpty))
            ranks.append(meant?.rank ?? .max)
        }
        for choice in choices {
            guard let index = self.index(of: choice.title) else {
                throw FormatError("line \(line) has no column \"\(choice.title)\" for --column: it has \(self.quoted)")
            }
            guard ranks[index] >= 0 else {
                throw FormatError("--column names \"\(self.columns[index].title)\" twice: a column has one field")
            }
            self.columns[index].field = choice.field
            ranks[index] = -1
        }
        try self.choose(ranks, choices)
        self.relateJobs()
        self.untitled = self.columns.indices.filter {
            !self.columns[$0].isTitled && self.columns[$0].field == .attribute
        }
        self.unsaid = self.partsWithoutColumn()
        self.titlesOfFields = self.fieldTitles()
        guard self.has(.name) || self.has(.givenName) || self.has(.familyName) else {
            throw FormatError(
                "line \(line) has no column for a name (\(self.quoted)): say which it is, --column TITLE=name"
            )
        }
    }

    /// By the title as it stands, or else without case, spaces and signs.
    private func index(of title: String) -> Int? {
        self.columns.firstIndex { $0.title == title }
            ?? self.columns.firstIndex { ResumeScope.folded($0.title) == ResumeScope.folded(title) }
    }

    /// One column for each field that is no list; what is left has no field.
    private mutating func choose(_ ranks: [Int], _ choices: [TableColumnChoice]) throws(FormatError) {
        for (index, column) in self.columns.enumerated() {
            if column.field == .attribute, ranks[index] >= 0, column.isTitled {
                self.warnings.append(.init(path: column.title, message: "no field has this title: kept in attributes"))
            }
            guard !column.field.isList else { continue }
            let rivals = self.columns.indices.filter { self.columns[$0].field == column.field }
            guard rivals.count > 1, let best = rivals.min(by: { (ranks[$0], $0) < (ranks[$1], $1) }) else { continue }
            for rival in rivals where rival != best {
                guard ranks[rival] >= 0 else {
                    throw FormatError(
                        "--column gives \(column.field.word) two columns, \"\(self.columns[best].title)\" and "
                            + "\"\(self.columns[rival].title)\""
                    )
                }
                self.columns[rival].field = .attribute
                self.warnings.append(
                    .init(
                        path: self.columns[rival].title,
                        message:
                            "is \(column.field.word), which \"\(self.columns[best].title)\" is too: kept in attributes"
                    )
                )
            }
        }
    }

    /// Without an organization a title is a headline, and dates are of nothing. A place in one piece counts before its parts.
    private mutating func relateJobs() {
        if !self.has(.organization) {
            for field in [TableField.start, .end] {
                self.demote(field, "is a date of a job, and there is no organization")
            }
        }
        if self.has(.location) {
            for field in [TableField.city, .region, .country, .countryCode] {
                self.demote(field, "is a part of \"\(self.titles(of: .location)[0])\"")
            }
        }
    }

    private mutating func demote(_ field: TableField, _ reason: String) {
        for index in self.columns.indices where self.columns[index].field == field {
            self.columns[index].field = .attribute
            self.warnings.append(.init(path: self.columns[index].title, message: "\(reason): kept in attributes"))
        }
    }

    func has(_ field: TableField) -> Bool { self.columns.contains { $0.field == field } }

    func titles(of fields: TableField...) -> [String] {
        self.columns.filter { fields.contains($0.field) }.map(\.title)
    }

    /// Adds a warning for each column without a title in which a row, the first of all, has something.
    mutating func found(_ row: DelimitedText.Row) {
        guard !self.untitled.isEmpty else { return }
        let found = self.untitled.filter {
            row.fields.indices.contains($0) && row.fields[$0].contains { $0 > 0x20 }
        }
        guard !found.isEmpty else { return }
        self.untitled.removeAll(where: Set(found).contains)
        self.warnings += found.map { .init(path: self.columns[$0].title, message: "has no title: kept in attributes") }
    }

    /// Adds a warning for lines above the header.
    mutating func found(notes lines: ClosedRange<Int>) {
        let said =
            lines.count == 1
            ? "line \(lines.lowerBound) precedes" : "lines \(lines.lowerBound) to \(lines.upperBound) precede"
        self.warnings.insert(.init(path: "", message: "\(said) the header: not read"), at: 0)
    }

    private func partsWithoutColumn() -> Set<ProfilePart> {
        var unsaid: Set<ProfilePart> = []
        if !self.has(.headline), !self.has(.title) { unsaid.insert(.headline) }
        if !self.has(.summary) { unsaid.insert(.summary) }
        if [TableField.location, .city, .region, .country, .countryCode].allSatisfy({ !self.has($0) }) {
            unsaid.insert(.location)
        }
        if !self.has(.organization) { unsaid.insert(.experiences) }
        if !self.has(.skills) { unsaid.insert(.skills) }
        if !self.has(.languages) { unsaid.insert(.languages) }
        return unsaid
    }

    private func fieldTitles() -> [String: String] {
        let fields: [(String, [TableField])] = [
            ("display_name", [.name, .givenName, .familyName]), ("headline", [.headline, .title]),
            ("summary", [.summary]), ("location", [.location, .city, .region, .country]), ("slug", [.slug]),
            ("tags", [.tags]), ("keywords", [.keywords]), ("skills", [.skills, .languages]),
            ("experiences", [.organization, .title]),
        ]
        return Dictionary(
            uniqueKeysWithValues: fields.compactMap { name, fields in
                fields.lazy.compactMap { self.titles(of: $0).first }.first.map { (name, $0) }
            }
        )
    }

    /// The first titles, for a sentence.
    private var quoted: String {
        let shown = self.columns.prefix(Self.shownMax).map { "\"\($0.title.prefix(60))\"" }.joined(separator: ", ")
        return self.columns.count > Self.shownMax ? "\(shown) and \(self.columns.count - Self.shownMax) more" : shown
    }

    private static let shownMax = 20
}
