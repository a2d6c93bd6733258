internal import LikenessReflection

/// Version 3: `SkillsPassport/LearnerInfo`.
extension EuropassReader {
    static func readPassport(_ root: EuropassNode, into document: inout EuropassDocument) {
        let learner = root.node("LearnerInfo") ?? root
        Self.readPerson(learner, into: &document)
        for item in Self.listed(learner, "WorkExperience") {
            var job = EuropassDocument.Item(item)
            job.put("position", item.node("Position", "Label"), item.node("Position"))
            job.put("name", item.node("Employer", "Name"))
            job.put("location", Self.address(item.node("Employer", "ContactInfo", "Address", "Contact")), from: item)
            job.put("summary", item.node("Activities"))
            Self.readPeriod(item, into: &job)
            document.add("work", job)
        }
        for item in Self.listed(learner, "Education") {
            var study = EuropassDocument.Item(item)
            study.put("title", item.node("Title"), item.node("Field", "Label"))
            study.put("institution", item.node("Organisation", "Name"))
            study.put(
                "location",
                Self.address(item.node("Organisation", "ContactInfo", "Address", "Contact")),
                from: item
            )
            study.put("notes", item.node("Field", "Label"))
            study.put("activities", item.node("Activities"))
            Self.readPeriod(item, into: &study)
            document.add("education", study)
        }
        if let skills = learner.node("Skills") { Self.readSkills(skills, into: &document) }
        for item in Self.listed(learner, "Achievement") { Self.readAchievement(item, into: &document) }
    }

    /// `WorkExperienceList/WorkExperience`, or without the list.
    private static func listed(_ parent: EuropassNode, _ name: String) -> [EuropassNode] {
        parent.all("\(name)List", name).flatMap { node in
            let inner = node.all(name)
            return inner.isEmpty && node.name == name ? [node] : inner
        }
    }

    private static func readPerson(_ learner: EuropassNode, into document: inout EuropassDocument) {
        let identification = learner.node("Identification")
        var person = EuropassDocument.Item(identification ?? learner)
        person.put("firstName", identification?.node("PersonName", "FirstName"))
        person.put("lastName", identification?.node("PersonName", "Surname"))
        let contact = identification?.node("ContactInfo")
        person.put("email", contact?.node("Email", "Contact"), contact?.node("Email"))
        if let address = contact?.node("Address", "Contact") {
            person.put("location", Self.address(address), from: address)
        }
        person.put("phone", contact?.node("TelephoneList", "Telephone", "Contact"))
        person.put("url", contact?.node("WebsiteList", "Website", "Contact"))
        if let headline = learner.node("Headline") {
            // What a person says of herself stands in the same place as the post that she wants.
            let isStatement = headline.node("Type", "Code")?.text == "personal_statement"
            headline.node("Type")?.takeAll()
            person.put(
                isStatement ? "summary" : "label",
                headline.node("Description", "Label"),
                headline.node("Description")
            )
        }
        document.set(basics: person)
    }

    private static func address(_ contact: EuropassNode?) -> JSONNode? {
        guard let contact else { return nil }
        let country = contact.node("Country")
        return Self.place(contact.node("Municipality"), country?.node("Label"), country?.node("Code"))
    }

    /// `<From year="2002" month="--08" day="---01"/>`, `<Current>true</Current>`
    private static func readPeriod(_ node: EuropassNode, into item: inout EuropassDocument.Item) {
        guard let period = node.node("Period") else { return }
        for (name, key) in [("From", "startDate"), ("To", "endDate")] {
            guard let date = period.node(name) else { continue }
            if let text = date.take() { item.put(key, .string(text), from: date) }
            let parts = ["year", "month", "day"].compactMap { part -> JSONNode.Member? in
                guard let text = date.take(attribute: part), text.contains(where: \.isNumber) else { return nil }
                return .init(part, .string(text))
            }
            if !parts.isEmpty { item.put(key, .object(parts), from: date) }
        }
        _ = period.node("Current")?.take()
    }

    private static func readSkills(_ skills: EuropassNode, into document: inout EuropassDocument) {
        let linguistic = skills.node("Linguistic")
        for item in linguistic.map({ Self.listed($0, "MotherTongue") }) ?? [] {
            var language = EuropassDocument.Item(item)
            language.put("language", item.node("Description", "Label"))
            language.put("fluency", .string("Mother tongue"), from: item)
            document.add("languages", language)
        }
        for item in linguistic.map({ Self.listed($0, "ForeignLanguage") }) ?? [] {
            var language = EuropassDocument.Item(item)
            language.put("language", item.node("Description", "Label"))
            let levels = item.node("ProficiencyLevel")?.children.compactMap { level in
                level.take().map { "\(level.name) \($0)" }
            }
            language.put("fluency", .string(levels?.joined(separator: ", ") ?? ""), from: item)
            document.add("languages", language)
        }
        for kind in skills.children where kind.name != "Linguistic" {
            var skill = EuropassDocument.Item(kind)
            let licences = kind.node("Description")?.all("Licence").compactMap { $0.take() } ?? []
            if licences.isEmpty {
                skill.put("keywords", kind.node("Description"))
            } else {
                skill.put("keywords", .array(licences.map { .string($0) }), from: kind)
            }
            guard !skill.members.isEmpty else { continue }
            skill.put("name", .string(kind.name), from: kind)
            document.add("skills", skill)
        }
    }

    /// The lists of JSON Resume for kinds of achievements.
    private static let achievements = [
        "projects": "projects", "publications": "publications", "honors_awards": "awards",
        "certifications": "certificates",
    ]

    private static func readAchievement(_ node: EuropassNode, into document: inout EuropassDocument) {
        // Presentations, memberships and seminars have no list: they are kept.
        guard let list = Self.achievements[node.node("Title", "Code")?.text ?? ""] else { return }
        var item = EuropassDocument.Item(node)
        item.put("title", node.node("Title", "Label"))
        item.put("summary", node.node("Description"))
        document.add(list, item)
    }
}
