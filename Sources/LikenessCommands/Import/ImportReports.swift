internal import LikenessConsole

/// What an import of several files did.
struct ImportReports: Encodable {
    private struct Entry: Encodable {
        let file: String
        /// Why nothing of it was read.
        var reason: String?
        var report: ImportReport?
    }

    private enum CodingKeys: String, CodingKey { case created, updated, unchanged, refused, warnings, unread, files }

    private var entries: [Entry] = []

    mutating func add(_ file: String, _ report: ImportReport) { self.entries.append(.init(file: file, report: report)) }

    mutating func add(_ file: String, unread reason: String) {
        self.entries.append(.init(file: file, reason: reason))
    }

    /// Whether all of each file is stored.
    var isComplete: Bool { self.unread == 0 && self.sum(\.refused) == 0 }

    /// Files of which nothing was read.
    private var unread: Int { self.entries.count { $0.reason != nil } }

    private func sum(_ count: (ImportReport) -> Int) -> Int {
        self.entries.reduce(0) { $0 + ($1.report.map(count) ?? 0) }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.sum(\.created), forKey: .created)
        try container.encode(self.sum(\.updated), forKey: .updated)
        try container.encode(self.sum(\.unchanged), forKey: .unchanged)
        try container.encode(self.sum(\.refused), forKey: .refused)
        try container.encode(self.sum(\.warningCount), forKey: .warnings)
        try container.encode(self.unread, forKey: .unread)
        try container.encode(self.entries, forKey: .files)
    }

    /// More files are only counted.
    private static let rowsMax = 200

    func rendered(style: TerminalStyle) -> DisplayText {
        var table = Table([
            .init(title: "FILE"), .init(title: "CREATED", alignment: .right),
            .init(title: "UPDATED", alignment: .right),
            .init(title: "UNCHANGED", alignment: .right), .init(title: "REFUSED", alignment: .right),
            .init(title: "WARNINGS", alignment: .right),
        ])
        for entry in self.entries.prefix(Self.rowsMax) {
            let counts = entry.report.map { [$0.created, $0.updated, $0.unchanged, $0.refused, $0.warningCount] }
            table.add([entry.file] + (counts?.map(String.init) ?? ["", "", "", "not read", ""]))
        }
        var text =
            "\(self.sum(\.created)) created, \(self.sum(\.updated)) updated, \(self.sum(\.unchanged)) unchanged, "
        text += "\(self.sum(\.refused)) refused, \(self.sum(\.warningCount)) warnings in \(self.entries.count) files, "
        text += "\(self.unread) of which could not be read\n"
        return table.rendered(style: style) + "\n" + DisplayText(lines: text)
    }
}
