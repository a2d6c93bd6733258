internal import LikenessConsole
internal import LikenessMessages

/// Changes of profiles, for people: one a line.
struct ProfileEventsOutput {
    let response: WatchProfilesResponse

    func lines(_ style: TerminalStyle) -> DisplayText {
        self.response.events.map { event -> DisplayText in
            let time = event.changeTime?.rfc3339 ?? ""
            let name = event.slug.isEmpty ? event.id : event.slug
            let revision: DisplayText = event.revision == 0 ? "" : style.dim("  revision \(String(event.revision))")
            let paths = event.changedPaths.joined(separator: ", ")
            let changed: DisplayText =
                event.kind == .updated && !paths.isEmpty ? "  \(TerminalText.line(paths))" : ""
            return style.dim("\(time)") + "  " + Self.word(event.kind, style) + "  \(TerminalText.line(name))"
                + revision
                + changed + "\n"
        }.joined(separator: "")
    }

    private static func word(_ kind: ProfileEventKind, _ style: TerminalStyle) -> DisplayText {
        switch kind {
        case .existing: "exists  "
        case .created: style.green("created ")
        case .updated: "updated "
        case .deleted: style.red("deleted ")
        case .restored: style.green("restored")
        case .erased: style.red("erased  ")
        case .purged: style.red("purged  ")
        case .unspecified, .unrecognized: "unknown "
        }
    }
}
