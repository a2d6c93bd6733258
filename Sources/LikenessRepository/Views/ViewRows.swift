internal import LikenessMessages

/// The experiences of a profile that a view shows.
struct ExperienceRows: Sendable {
    private let scope: ExperienceScope
    private let included: Set<ExperienceCategory>
    private let excluded: Set<ExperienceCategory>

    init(_ scope: ExperienceScope) {
        self.scope = scope
        self.included = Set(scope.includeCategories)
        self.excluded = Set(scope.excludeCategories)
    }

    func shown(_ experiences: [Experience]) -> [Experience] {
        let shown = experiences.filter { self.shows($0) }
        return self.scope.maxItems > 0 ? Array(shown.prefix(Int(self.scope.maxItems))) : shown
    }

    private func shows(_ experience: Experience) -> Bool {
        guard self.included.isEmpty || self.included.contains(experience.category),
            !self.excluded.contains(experience.category),
            self.scope.includeTags.isEmpty || experience.tags.contains(where: self.scope.includeTags.contains),
            !experience.tags.contains(where: self.scope.excludeTags.contains)
        else { return false }
        guard self.scope.since != nil || self.scope.until != nil else { return true }
        guard experience.startDate != nil || experience.endDate != nil else { return false }
        if let since = self.scope.since, let end = experience.endDate, end.lastDay < since.firstDay { return false }
        if let until = self.scope.until, let start = experience.startDate, start.firstDay > until.lastDay {
            return false
        }
        return true
    }
}

/// The skills of a profile that a view shows.
struct SkillRows: Sendable {
    let scope: SkillScope

    func shown(_ skills: [Skill]) -> [Skill] {
        let shown = skills.filter { skill in
            (self.scope.includeCategories.isEmpty || self.scope.includeCategories.contains(skill.category))
                && !self.scope.excludeCategories.contains(skill.category)
        }
        return self.scope.maxItems > 0 ? Array(shown.prefix(Int(self.scope.maxItems))) : shown
    }
}

extension PartialDate {
    /// The first day that it can mean, in a form that compares.
    var firstDay: Int { self.day(month: 1, day: 1) }

    /// The last one.
    var lastDay: Int { self.day(month: 12, day: 31) }

    private func day(month: Int32, day: Int32) -> Int {
        let known = (month: self.month == 0 ? month : self.month, day: self.day == 0 ? day : self.day)
        return (Int(self.year) * 100 + Int(known.month)) * 100 + Int(known.day)
    }
}
