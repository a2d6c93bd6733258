internal import Foundation
internal import LikenessReflection

/// Since 2020: `Candidate`, in terms of HR-XML.
extension EuropassReader {
    static func readCandidate(_ root: EuropassNode, into document: inout EuropassDocument) {
        let profile = root.node("CandidateProfile")
        Self.readPerson(root, profile, into: &document)
        for employer in profile?.node("EmploymentHistory")?.all("EmployerHistory") ?? [] {
            Self.readEmployer(employer, into: &document)
        }
        for item in profile?.node("EducationHistory")?.all("EducationOrganizationAttendance") ?? [] {
            var study = EuropassDocument.Item(item)
            study.put("title", item.node("EducationDegree", "DegreeName"), item.node("ProgramName"))
            study.put("institution", item.node("OrganizationName"))
            study.put(
                "location",
                Self.address(item.node("OrganizationContact", "Communication", "Address")),
                from: item
            )
            study.put("notes", item.node("ProgramName"))
            study.put("activities", item.node("Description"), item.node("EducationDegree", "OccupationalSkillsCovered"))
            Self.readPeriod(item.node("AttendancePeriod"), into: &study)
            document.add("education", study)
        }
        Self.readCompetencies(root, profile, into: &document)
        for item in profile?.node("Certifications")?.all("Certification") ?? [] {
            var certificate = EuropassDocument.Item(item)
            certificate.put("name", item.node("CertificationName"), item.node("Title"))
            certificate.put("issuer", item.node("IssuingAuthority"))
            certificate.put(
                "date",
                item.node("FirstIssuedDate", "FormattedDateTime"),
                item.node("Date", "FormattedDateTime")
            )
            document.add("certificates", certificate)
        }
        for item in profile?.node("Projects")?.all("Project") ?? [] {
            var project = EuropassDocument.Item(item)
            project.put("name", item.node("Title"))
            project.put("description", item.node("Description"))
            project.put("url", item.node("Link"))
            Self.readPeriod(item.node("Period") ?? item, into: &project)
            document.add("projects", project)
        }
    }

    private static func readPerson(
        _ root: EuropassNode,
        _ profile: EuropassNode?,
        into document: inout EuropassDocument
    ) {
        let person = root.node("CandidatePerson") ?? root
        var basics = EuropassDocument.Item(person)
        basics.put("name", person.node("PersonName", "FormattedName"))
        basics.put("firstName", person.node("PersonName", "GivenName"))
        basics.put("lastName", person.node("PersonName", "FamilyName"))
        for way in person.all("Communication") {
            switch way.node("ChannelCode")?.text {
            case "Email": basics.put("email", way.node("URI"))
            case "Web": basics.put("url", way.node("URI"))
            case "Telephone":
                let number = [way.node("CountryDialing")?.take().map { "+\($0) " }, way.node("DialNumber")?.take()]
                basics.put("phone", .string(number.compactMap(\.self).joined()), from: way)
            default: basics.put("location", Self.address(way.node("Address")), from: way)
            }
        }
        basics.put("summary", profile?.node("ExecutiveSummary"))
        document.set(basics: basics)
    }

    private static func address(_ address: EuropassNode?) -> JSONNode? {
        guard let address else { return nil }
        return Self.place(
            address.node("CityName") ?? address.node("City"),
            address.node("CountryName"),
            address.node("CountryCode")
        )
    }

    /// An employer with one post or several.
    private static func readEmployer(_ employer: EuropassNode, into document: inout EuropassDocument) {
        let positions = employer.all("PositionHistory")
        let name = employer.node("OrganizationName")
        let address = Self.address(employer.node("OrganizationContact", "Communication", "Address"))
        for item in positions.isEmpty ? [employer] : positions {
            var job = EuropassDocument.Item(item)
            job.put("position", item.node("PositionTitle"))
            job.put("name", name?.take().map { .string($0) }, from: name ?? item)
            job.put("location", Self.place(item.node("City"), item.node("Country"), nil), from: item)
            job.put("location", address, from: employer)
            job.put("summary", item.node("Description"))
            Self.readPeriod(item.node("EmploymentPeriod") ?? employer.node("EmploymentPeriod"), into: &job)
            document.add("work", job)
        }
        // Of the employer the time of all its posts.
        employer.node("EmploymentPeriod")?.takeAll()
    }

    private static func readPeriod(_ period: EuropassNode?, into item: inout EuropassDocument.Item) {
        item.put("startDate", period?.node("StartDate", "FormattedDateTime"), period?.node("StartDate"))
        item.put("endDate", period?.node("EndDate", "FormattedDateTime"), period?.node("EndDate"))
        for flag in ["CurrentIndicator", "Ongoing"] { _ = period?.node(flag)?.take() }
    }

    private static func readCompetencies(
        _ root: EuropassNode,
        _ profile: EuropassNode?,
        into document: inout EuropassDocument
    ) {
        for native in root.node("CandidatePerson")?.all("PrimaryLanguageCode") ?? [] {
            guard let code = native.take() else { continue }
            var language = EuropassDocument.Item(native)
            language.put("language", .string(Self.language(code)), from: native)
            language.put("fluency", .string("Mother tongue"), from: native)
            document.add("languages", language)
        }
        for item in profile?.node("PersonQualifications")?.all("PersonCompetency") ?? [] {
            let isLanguage = item.node("TaxonomyID")?.take()?.lowercased() == "language"
            var competency = EuropassDocument.Item(item)
            if isLanguage {
                if let code = item.node("CompetencyID"), let text = code.take() {
                    competency.put("language", .string(Self.language(text)), from: code)
                }
                competency.put("language", item.node("CompetencyName"))
                competency.put("fluency", .string(Self.levels(item)), from: item)
            } else {
                competency.put("name", item.node("CompetencyName"))
                // "http://data.europa.eu/esco/skill/…" is no word for a skill.
                if let id = item.node("CompetencyID"), !id.text.contains("://") { competency.put("name", id) }
            }
            document.add(isLanguage ? "languages" : "skills", competency)
        }
        for group in profile?.node("DigitalSkills")?.all("DigitalSkillsGroup") ?? [] {
            var skill = EuropassDocument.Item(group)
            skill.put("name", group.node("Title"))
            let names = group.all("DigitalSkill").compactMap { $0.take() }
            skill.put("keywords", .array(names.map { .string($0) }), from: group)
            document.add("skills", skill)
        }
    }

    /// "Listening C1, Reading C2", of `CEF-Understanding-Listening` and the like.
    private static func levels(_ competency: EuropassNode) -> String {
        let levels = competency.all("CompetencyDimension").compactMap { dimension -> String? in
            let kind = dimension.node("CompetencyDimensionTypeCode")?.take() ?? ""
            guard let level = dimension.node("Score", "ScoreText")?.take() else { return nil }
            let name = kind.split(separator: "-").last.map(String.init) ?? ""
            return name.isEmpty ? level : "\(name) \(level)"
        }
        return levels.joined(separator: ", ")
    }

    /// "eng", "en": English.
    private static func language(_ code: String) -> String {
        Self.english.localizedString(forLanguageCode: code.lowercased()) ?? code
    }
}
