internal import LikenessMessages
internal import LikenessReflection

/// What a résumé has no place for and a stored profile may have all the same, set by another writer. An import replaces a profile, and
/// leaves that as it is: who is tagged "no-recruiters" does not lose it to a newer résumé.
extension ReadResume {
    /// The profile of a document with the stored tags, keywords, attributes that are not the file's, tags of experiences (of those with
    /// equal content, or else an equal title, organization and start) and categories of skills (of equal content, or else name); and
    /// with what such a file has no place for.
    ///
    /// - Returns: The profile, and what of the stored one it replaces that is not to be seen in the file.
    func keeping(_ stored: Profile) -> (profile: Profile, warnings: [ResumeWarning]) {
        // It says all that there is to say.
        if let exported = self.exported { return exported.replacing(stored, with: self.profile) }
        var profile = self.profile
        // A file adds some and lifts none: filters and views rest on them.
        profile.tags = stored.tags + profile.tags.filter { !stored.tags.contains($0) }
        profile.keywords = stored.keywords + profile.keywords.filter { !stored.keywords.contains($0) }
        let others = Self.members(stored.attributesJson).filter { $0.name != self.attributesMember }
        if !others.isEmpty {
            profile.attributesJson = JSONNode.object(others + Self.members(profile.attributesJson)).text()
        }
        let warnings = self.keepUnsaid(stored, in: &profile)
        let experiences = Self.pairs(profile.experiences, stored.experiences, by: \.fact, as: \.withoutMarks)
        for (index, others) in experiences.enumerated() where profile.experiences[index].tags.isEmpty {
            // Those that cannot be told apart have the tags of all: what is hidden of one is not shown of another.
            for tag in others.flatMap(\.tags) where !profile.experiences[index].tags.contains(tag) {
                profile.experiences[index].tags.append(tag)
            }
        }
        let skills = Self.pairs(profile.skills, stored.skills, by: \.name.lettersAndDigits, as: \.withoutMarks)
        for (index, others) in skills.enumerated() where profile.skills[index].category.isEmpty {
            profile.skills[index].category = others.first { !$0.category.isEmpty }?.category ?? ""
        }
        return (profile, warnings)
    }

    private func keepUnsaid(_ stored: Profile, in profile: inout Profile) -> [ResumeWarning] {
        var warnings: [ResumeWarning] = []
        if self.unsaid.contains(.headline) { profile.headline = stored.headline }
        if self.unsaid.contains(.summary) { profile.summary = stored.summary }
        if self.unsaid.contains(.location) { profile.location = stored.location }
        let experiences = stored.experiences.map(\.withoutID)
        if self.unsaid.contains(.experiences) {
            profile.experiences = experiences
        } else if self.addsExperiences {
            (profile.experiences, warnings) = self.adding(profile.experiences, to: experiences)
        }
        let skills = stored.skills.map(\.withoutID)
        if self.unsaid.contains(.skills) { profile.skills += skills.filter { $0.category != "language" } }
        if self.unsaid.contains(.languages) { profile.skills += skills.filter { $0.category == "language" } }
        return warnings
    }

    /// The stored experiences after those of a row that are none of them. A stored one gets the dates that its row has.
    private func adding(_ jobs: [Experience], to stored: [Experience]) -> ([Experience], [ResumeWarning]) {
        var (stored, new) = (stored, [Experience]())
        var warnings: [ResumeWarning] = []
        for job in jobs {
            guard let index = stored.firstIndex(where: job.isSameJob) else {
                new.append(job)
                continue
            }
            stored[index].startDate = PartialDate.finer(job.startDate, stored[index].startDate)
            if let end = job.endDate, let old = stored[index].endDate, !end.agrees(with: old) {
                warnings.append(
                    .init(
                        path: self.titles["experiences"] ?? "work",
                        message: "the end of this job was stored as \(old.iso8601): replaced by \(end.iso8601)"
                    )
                )
                stored[index].endDate = end
            } else {
                stored[index].endDate = PartialDate.finer(job.endDate, stored[index].endDate)
            }
        }
        return (new + stored, warnings)
    }

    /// Which stored items each item of a document is: the one of equal content; of the others those with an equal key, all of them
    /// where there are several.
    private static func pairs<Item, Key: Hashable, Content: Equatable>(
        _ items: [Item],
        _ stored: [Item],
        by itemKey: (Item) -> Key?,
        as content: (Item) -> Content
    ) -> [[Item]] {
        var rest = Array(stored)
        var pairs: [[Item]?] = items.map { item in
            guard let place = rest.firstIndex(where: { content($0) == content(item) }) else { return nil }
            return [rest.remove(at: place)]
        }
        for (index, item) in items.enumerated() where pairs[index] == nil {
            guard let key = itemKey(item) else { continue }
            pairs[index] = rest.filter { itemKey($0) == key }
        }
        return pairs.map { $0 ?? [] }
    }

    private static func members(_ json: String) -> [JSONNode.Member] {
        guard case .object(let members)? = try? JSONParser.parse(Array(json.utf8)) else { return [] }
        return members
    }
}

extension Experience {
    fileprivate var withoutID: Experience {
        var experience = self
        experience.id = ""
        return experience
    }

    /// What was done and where, whenever that was: "C++ developer" and "C# developer" are two.
    private var post: [String] {
        [self.title, self.organization].map { text in
            text.lowercased().filter { $0.isLetter || $0.isNumber || "+#".contains($0) }
        }
    }

    /// Whether another experience is this one: of the same title and organization and with the same start, or no start to compare and no
    /// other end.
    fileprivate func isSameJob(_ other: Experience) -> Bool {
        guard self.post == other.post else { return false }
        if let start = self.startDate, let otherStart = other.startDate { return start.agrees(with: otherStart) }
        guard let end = self.endDate, let otherEnd = other.endDate else { return true }
        return end.agrees(with: otherEnd)
    }

    /// What a document can say of it.
    fileprivate var withoutMarks: Experience {
        var experience = self
        (experience.id, experience.tags) = ("", [])
        return experience
    }
}

extension PartialDate {
    /// Whether both can be of one day.
    fileprivate func agrees(with other: PartialDate) -> Bool {
        self.year == other.year && (self.month == other.month || self.month == 0 || other.month == 0)
            && (self.day == other.day || self.day == 0 || other.day == 0)
    }

    /// The one that says more.
    fileprivate static func finer(_ date: PartialDate?, _ other: PartialDate?) -> PartialDate? {
        guard let date, let other else { return date ?? other }
        return (date.month, date.day) < (other.month, other.day) && (date.month == 0 || date.day == 0) ? other : date
    }
}

extension Skill {
    fileprivate var withoutID: Skill {
        var skill = self
        skill.id = ""
        return skill
    }

    fileprivate var withoutMarks: Skill {
        var skill = self
        (skill.id, skill.category) = ("", "")
        return skill
    }
}
