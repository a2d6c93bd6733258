internal import LikenessConsole
internal import LikenessMessages

/// How often what was found has which values, for people.
struct FacetsOutput {
    let facets: [Facet]

    func table(_ style: TerminalStyle) -> DisplayText {
        var text: DisplayText = ""
        for facet in self.facets {
            var table = Table([
                .init(title: "\(facet.field)", widthMax: 60), .init(title: "PROFILES", alignment: .right),
                .init(title: "SHARE", alignment: .right),
            ])
            for value in facet.values {
                table.add([value.value, Self.count(value.count, facet), Self.share(value.count, facet)])
            }
            if facet.values.isEmpty { table.add(["none", "", ""]) }
            let more: DisplayText = facet.hasMore ? ", and there are further values" : ""
            let profiles: DisplayText = facet.profileCount == 1 ? "profile" : "profiles"
            text =
                text + "\n" + table.rendered(style: style)
                + style.dim("of \(Self.count(facet.profileCount, facet)) \(profiles)\(more)") + "\n"
        }
        return text
    }

    /// With a sign where it is not exact.
    private static func count(_ count: Int64, _ facet: Facet) -> String {
        switch facet.countKind {
        case .estimate: "~\(count)"
        case .atLeast: "≥\(count)"
        case .exact, .unspecified, .unrecognized: String(count)
        }
    }

    private static func share(_ count: Int64, _ facet: Facet) -> String {
        guard facet.profileCount > 0 else { return "" }
        // A server may say anything.
        let percent = 100 * Double(count) / Double(facet.profileCount)
        return "\(Int(min(max(percent.rounded(), 0), 100)))%"
    }
}
