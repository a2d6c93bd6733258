internal import LikenessMessages
internal import LikenessReflection

/// Work, education, projects and the like, as experiences.
extension ResumeReader {
    mutating func readSection(_ section: JSONResumeSection) {
        var read: [Experience] = []
        let free = Self.experiencesMax - self.profile.experiences.count
        self.items(section.names) { item, path in
            guard read.count < free else {
                self.log.warn(path, "more than \(Self.experiencesMax) experiences: not searched, kept in attributes")
                return item
            }
            switch item {
            case .string(let text):
                // {"portfolio": "https://…"}: a page is no project.
                guard path.last == "]" || !Self.isAddress(text) else {
                    self.log.warn(path, "an address and nothing else: not read, kept in attributes")
                    return item
                }
                var experience = Experience(category: section.category)
                let count = text.unicodeScalars.count
                if count <= 500, !text.contains("\n") {
                    experience.title = text
                } else {
                    experience.description = text.prefix(scalars: Self.descriptionMax)
                }
                read.append(experience)
                guard count > Self.descriptionMax else { return nil }
                self.log.warn(
                    path,
                    "has \(count) characters: the first \(Self.descriptionMax) are searched, all are kept in attributes"
                )
                return item
            case .object(let members):
                let scope = ResumeScope(members, path: path, log: self.log)
                return self.readEmployer(section, scope, free: free, into: &read) ?? scope.leftover()
            default:
                self.log.warn(path, "expected an object, found \(item.kind): not read, kept in attributes")
                return item
            }
        }
        self.profile.experiences += read
    }

    /// One item, or the positions within it: {"company": "Acme", "positions": [{"title": …}, …]}.
    ///
    /// - Returns: What is left; `nil` for what the scope has left.
    private func readEmployer(
        _ section: JSONResumeSection,
        _ scope: ResumeScope,
        free: Int,
        into read: inout [Experience]
    ) -> JSONNode? {
        let positions = ["positionhistory", "positions"]
        guard section.category == .work, let taken = scope.take(positions) else {
            let experience = Self.experience(section, scope)
            if experience == Experience(category: section.category) {
                self.log.warn(scope.path, "nothing that can be read: kept in attributes")
            } else {
                read.append(experience)
            }
            return nil
        }
        let outer = Self.experience(section, scope)
        var inner: [Experience] = []
        let left = self.items(of: taken.value, path: taken.path, depth: 0) { item, path in
            guard case .object(let members) = item, read.count + inner.count < free else {
                self.log.warn(path, "not read: kept in attributes")
                return item
            }
            let position = ResumeScope(members, path: path, log: self.log)
            var experience = Self.experience(section, position)
            if experience.organization.isEmpty { experience.organization = outer.organization }
            if experience.location.isEmpty { experience.location = outer.location }
            inner.append(experience)
            return position.leftover()
        }
        if let left { scope.keep(taken, left) }
        // What was said of the employer alone is an experience of its own.
        var alone = outer
        if inner.contains(where: { $0.organization == outer.organization }) { alone.organization = "" }
        if inner.contains(where: { $0.location == outer.location }) { alone.location = "" }
        if inner.isEmpty || alone != Experience(category: section.category) { read.append(outer) }
        read += inner
        return nil
    }

    private static let descriptionMax = 20_000

    private static func isAddress(_ text: String) -> Bool {
        let text = text.trimmed().lowercased()
        return ["http://", "https://", "www."].contains { text.hasPrefix($0) } && !text.contains(where: \.isWhitespace)
    }

    /// A year beyond them is a slip of the keyboard more likely than a date of anyone's life.
    private static let plausibleYears: ClosedRange<Int32> = 1_000...2_100

    private static func experience(_ section: JSONResumeSection, _ scope: ResumeScope) -> Experience {
        var experience = Experience(category: section.category)
        Self.readDates(section, scope, into: &experience)
        if let start = experience.startDate, let end = experience.endDate, end.isBefore(start) {
            scope.log.warn(scope.path, "ends (\(end.iso8601)) before it starts (\(start.iso8601)): stored as it is")
        }
        for (date, word) in [(experience.startDate, "starts"), (experience.endDate, "ends")] {
            guard let date, !Self.plausibleYears.contains(date.year) else { continue }
            scope.log.warn(scope.path, "\(word) in the year \(date.year), which is hardly meant: stored as it is")
        }
        experience.title = scope.text(section.title, max: 500)
        experience.organization = scope.text(section.organization, max: 500)
        if !section.location.isEmpty { experience.location = Self.place(section.location, in: scope) }
        experience.highlights = scope.texts(section.highlights, countMax: 100, max: 2_000, separators: ["\n", "\r\n"])
        var descriptions: [String] = []
        while let name = section.description.first(where: { scope.has([$0]) }) {
            let room = Self.descriptionMax - descriptions.reduce(0) { $0 + $1.unicodeScalars.count + 1 }
            let text = scope.text([name], max: max(0, room), separator: "\n")
            if !text.isEmpty, !descriptions.contains(text) { descriptions.append(text) }
        }
        if experience.title.isEmpty, section.category == .education, let degree = descriptions.first,
            degree.unicodeScalars.count <= 500
        {
            experience.title = degree
            descriptions.removeFirst()
        }
        experience.description = descriptions.joined(separator: "\n")
        return experience
    }
}
