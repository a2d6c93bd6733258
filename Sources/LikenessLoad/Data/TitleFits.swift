/// Which titles there are in which organizations, where a vocabulary says so: no baker directs a hotel, no firm has a judge.
///
/// Written as `Hotel > Hotel/Inn; Judge, Clerk = Court`: whose title has the left side works where the name has one of
/// the right; with `=` no other title is found there.
struct TitleFits: Sendable {
    private struct Rule: Sendable {
        let titles: [String]
        let organizations: [String]
        let isBothWays: Bool
    }

    private let rules: [Rule]

    /// - Parameter text: Part of the program, so a mistake in it is a programming error.
    init(_ text: String) {
        self.rules = text.split(separator: ";").map { rule in
            let isBothWays = rule.contains("=")
            let sides = rule.split(separator: isBothWays ? "=" : ">")
            precondition(sides.count == 2, "not a rule of what fits: \(rule)")
            return Rule(
                titles: sides[0].split(separator: ",").map { $0.trimmingSpaces },
                organizations: sides[1].split(separator: "/").map { $0.trimmingSpaces },
                isBothWays: isBothWays
            )
        }
    }

    func allows(_ title: String, at organization: String) -> Bool {
        self.rules.allSatisfy { rule in
            let hasTitle = rule.titles.contains { title.contains($0) }
            let isThere = rule.organizations.contains { organization.contains($0) }
            return isThere || !hasTitle ? !(rule.isBothWays && isThere && !hasTitle) : false
        }
    }
}
