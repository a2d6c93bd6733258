internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// Values of a profile's fields as JSON, by the names that JSON has for them.
struct FieldValues {
    private let members: [JSONNode.Member]

    init(_ profile: Profile?) throws {
        guard let profile, case .object(let members) = try OutputOptions.json(of: profile) else {
            self.members = []
            return
        }
        self.members = members
    }

    /// Of a field as the contract spells it; `nil` where it has no value.
    func text(of path: String) -> String? {
        var name = ""
        for (index, part) in path.split(separator: "_").enumerated() {
            name += index == 0 ? String(part) : part.prefix(1).uppercased() + part.dropFirst()
        }
        return self.members.first { $0.name == name }?.value.text()
    }

    /// Longer ones are cut.
    static let widthMax = 200
}

/// Writes of a profile, for people.
struct HistoryOutput {
    private let response: ListRevisionsResponse
    private let oldValues: [FieldValues]

    init(response: ListRevisionsResponse) throws {
        self.response = response
        self.oldValues = try response.revisions.map { try FieldValues($0.oldValues) }
    }

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.revisions.isEmpty else { return "No history is kept of it.\n" }
        var text: DisplayText = ""
        for (revision, values) in zip(self.response.revisions, self.oldValues) {
            let time = revision.createTime?.exactRFC3339 ?? "?"
            // A view shows neither revision nor who.
            let number = revision.revision == 0 ? "" : "\(revision.revision)  "
            text += style.bold("\(number)\(time)")
            if !revision.method.isEmpty { text += "  \(TerminalText.line(revision.method))" }
            if !revision.caller.isEmpty { text += style.dim("  \(TerminalText.line(revision.caller))") }
            text += "\n"
            let paths = revision.changedPaths.isEmpty ? ["all"] : revision.changedPaths
            text += "    \(paths.joined(separator: ", "))\n"
            for path in revision.changedPaths {
                guard let old = values.text(of: path) else { continue }
                text += "    - \(path): " + DisplayText.fitted(old, to: FieldValues.widthMax) + "\n"
            }
        }
        let token = self.response.nextPageToken
        return text + (token.isEmpty ? "" : style.dim("more: --page-token \(token)") + "\n")
    }
}

/// What differs between two states, for people.
struct DifferenceOutput {
    private let response: DiffRevisionsResponse
    private let (from, to): (FieldValues, FieldValues)

    init(response: DiffRevisionsResponse) throws {
        self.response = response
        self.from = try FieldValues(response.from)
        self.to = try FieldValues(response.to)
    }

    func page(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.changedPaths.isEmpty else { return "Nothing differs.\n" }
        var text: DisplayText = ""
        for path in self.response.changedPaths {
            text += style.bold("\(TerminalText.line(path))") + "\n"
            for (sign, value) in [("-", self.from.text(of: path)), ("+", self.to.text(of: path))] {
                guard let value else { continue }
                text += "\(sign) " + DisplayText.fitted(value, to: FieldValues.widthMax) + "\n"
            }
        }
        return text
    }
}
