internal import LikenessConsole
internal import LikenessMessages
internal import LikenessReflection

/// One profile, for people.
struct ProfileOutput {
    let profile: Profile

    func page(_ style: TerminalStyle) -> DisplayText {
        let profile = self.profile
        var lines = [style.bold(Self.text(profile.displayName)) + style.dim("  \(profile.slug)")]
        if !profile.headline.isEmpty { lines.append(Self.text(profile.headline)) }
        if !profile.location.isEmpty { lines.append(Self.text(profile.location)) }
        if let time = profile.deleteTime { lines.append(style.red("deleted \(time.rfc3339)")) }
        if !profile.summary.isEmpty { lines += ["", Self.text(profile.summary)] }
        if !profile.experiences.isEmpty { lines += ["", style.bold("Experiences")] }
        for item in profile.experiences {
            let dates = Self.period(item.startDate, item.endDate)
            let names = [item.title, item.organization, item.location].filter { !$0.isEmpty }.joined(separator: ", ")
            lines.append("- \(Self.text(names))" + (dates.isEmpty ? "" : style.dim("  \(dates)")))
            for text in [item.description] + item.highlights where !text.isEmpty {
                lines.append("    \(Self.text(text))")
            }
        }
        if !profile.skills.isEmpty { lines += ["", style.bold("Skills")] }
        for item in profile.skills {
            let more = ([item.level] + item.keywords).filter { !$0.isEmpty }.joined(separator: ", ")
            lines.append("- \(Self.text(item.name))" + (more.isEmpty ? "" : style.dim("  \(Self.text(more))")))
        }
        for (title, texts) in [("Tags", profile.tags), ("Keywords", profile.keywords)] where !texts.isEmpty {
            lines += ["", style.bold("\(title)"), Self.text(texts.joined(separator: ", "))]
        }
        if !profile.externalIds.isEmpty {
            lines += ["", style.bold("External ids")]
            for id in profile.externalIds { lines.append(Self.text(ProfileKey(id).argument)) }
        }
        let attributes = self.attributes
        if !attributes.isEmpty { lines += ["", style.bold("Attributes")] }
        for (index, item) in attributes.enumerated() {
            guard index < Self.attributesMax else {
                lines.append(style.dim("and \(attributes.count - index) more: --output json has them all"))
                break
            }
            lines.append(
                "\(TerminalText.line(item.path)): " + DisplayText.fitted(item.text, to: Self.attributeWidthMax)
            )
        }
        // A view shows neither revision nor time.
        let changes = profile.updateTime.map { "revision \(profile.revision), updated \($0.rfc3339), " } ?? ""
        lines += ["", style.dim("\(changes)id \(profile.id)")]
        return lines.joined(separator: "\n") + "\n"
    }

    /// "1914 to 1918"; "from 1914" for one without an end, "1918" for one that is a day or a year alone.
    private static func period(_ start: PartialDate?, _ end: PartialDate?) -> String {
        switch (start?.iso8601, end?.iso8601) {
        case (let start?, let end?): "\(start) to \(end)"
        case (let start?, nil): "from \(start)"
        case (nil, let end): end ?? ""
        }
    }

    /// More are counted, longer ones cut.
    private static let attributesMax = 50
    private static let attributeWidthMax = 200

    /// Each value with the path that a filter asks for it by.
    private var attributes: [(path: String, text: String)] {
        var values: [(path: String, text: String)] = []
        func read(_ node: JSONNode, _ path: String) {
            switch node {
            case .null: break
            case .bool(let value): values.append((path, "\(value)"))
            case .number(let text), .string(let text): values.append((path, text))
            case .array(let items):
                for (index, item) in items.enumerated() { read(item, "\(path)[\(index)]") }
            case .object(let members):
                for member in members { read(member.value, path.isEmpty ? member.name : "\(path).\(member.name)") }
            }
        }
        if let node = try? JSONParser.parse(Array(self.profile.attributesJson.utf8)) { read(node, "") }
        return values
    }

    /// A text of the profile in one line.
    private static func text(_ text: String) -> DisplayText { "\(TerminalText.condensed(text))" }
}

/// A page of profiles, for people.
struct ProfileListOutput {
    let response: ListProfilesResponse

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.profiles.isEmpty else { return "No profiles.\n" }
        let showsSlugs = self.response.profiles.contains { !$0.slug.isEmpty }
        var table = Table([
            .init(title: showsSlugs ? "SLUG" : "ID", widthMax: 36), .init(title: "NAME", widthMax: 32),
            .init(title: "HEADLINE", widthMax: 44), .init(title: "REVISION", alignment: .right), .init(title: "STATE"),
        ])
        for item in self.response.profiles {
            table.add([
                // A view may hide the slug, and shows no revision.
                item.slug.isEmpty ? item.id : item.slug, item.displayName, item.headline,
                item.revision == 0 ? "" : String(item.revision),
                item.deleteTime == nil ? "live" : "deleted",
            ])
        }
        let token = self.response.nextPageToken
        return table.rendered(style: style) + (token.isEmpty ? "" : style.dim("more: --page-token \(token)") + "\n")
    }
}
