internal import LikenessConsole
internal import LikenessMessages

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
            let dates = [item.startDate, item.endDate].compactMap(\.self).map(\.iso8601).joined(separator: " to ")
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
        let updated = profile.updateTime?.rfc3339 ?? "?"
        lines += ["", style.dim("revision \(profile.revision), updated \(updated), id \(profile.id)")]
        return lines.joined(separator: "\n") + "\n"
    }

    /// A text of the profile in one line.
    private static func text(_ text: String) -> DisplayText { "\(TerminalText.condensed(text))" }
}

/// A page of profiles, for people.
struct ProfileListOutput {
    let response: ListProfilesResponse

    func table(_ style: TerminalStyle) -> DisplayText {
        guard !self.response.profiles.isEmpty else { return "No profiles.\n" }
        var table = Table([
            .init(title: "SLUG", widthMax: 36), .init(title: "NAME", widthMax: 32),
            .init(title: "HEADLINE", widthMax: 44), .init(title: "REVISION", alignment: .right), .init(title: "STATE"),
        ])
        for item in self.response.profiles {
            table.add([
                item.slug, item.displayName, item.headline, String(item.revision),
                item.deleteTime == nil ? "live" : "deleted",
            ])
        }
        let token = self.response.nextPageToken
        return table.rendered(style: style) + (token.isEmpty ? "" : style.dim("more: --page-token \(token)") + "\n")
    }
}
