internal import LikenessMessages

/// The fields that a view hides, and how they are taken out of a profile.
struct HiddenFields: Sendable {
    let fields: [ViewField]
    private let ofProfile: [FieldFacts<Profile>]
    private let ofExperience: [FieldFacts<Experience>]
    private let ofSkill: [FieldFacts<Skill>]
    private let ofExternalID: [FieldFacts<ExternalId>]
    /// Places within the attributes.
    private let ofAttributes: [[String]]

    init(_ fields: [ViewField]) {
        func names(of table: FilterField.Table) -> Set<String> {
            Set(fields.filter { $0.parts.count == 2 && $0.parts[0] == table.rawValue }.map { $0.parts[1] })
        }
        let whole = Set(fields.filter { $0.parts.count == 1 }.map { $0.parts[0] })
        let (experience, skill, externalID) = (names(of: .experiences), names(of: .skills), names(of: .externalIDs))
        self.fields = fields
        self.ofProfile = Profile.fieldFacts.filter { whole.contains($0.viewName) }
        self.ofExperience = Experience.fieldFacts.filter { experience.contains($0.viewName) }
        self.ofSkill = Skill.fieldFacts.filter { skill.contains($0.viewName) }
        self.ofExternalID = ExternalId.fieldFacts.filter { externalID.contains($0.viewName) }
        self.ofAttributes = fields.filter { $0.parts.count > 1 && $0.parts[0] == ViewField.attributes }
            .map { Array($0.parts.dropFirst()) }
    }

    func contains(_ field: [String]) -> Bool { self.fields.contains { $0.contains(field) } }

    func remove(from profile: inout Profile) {
        for field in self.ofProfile { field.copy(from: Self.noProfile, to: &profile) }
        if !self.ofAttributes.isEmpty, !profile.attributesJson.isEmpty {
            profile.attributesJson = AttributeCut.text(profile.attributesJson, without: self.ofAttributes)
        }
        if !self.ofExperience.isEmpty {
            for index in profile.experiences.indices {
                for field in self.ofExperience { field.copy(from: Self.noExperience, to: &profile.experiences[index]) }
            }
        }
        if !self.ofSkill.isEmpty {
            for index in profile.skills.indices {
                for field in self.ofSkill { field.copy(from: Self.noSkill, to: &profile.skills[index]) }
            }
        }
        if !self.ofExternalID.isEmpty {
            for index in profile.externalIds.indices {
                for field in self.ofExternalID { field.copy(from: Self.noExternalID, to: &profile.externalIds[index]) }
            }
        }
    }

    private static let noProfile = Profile()
    private static let noExperience = Experience()
    private static let noSkill = Skill()
    private static let noExternalID = ExternalId()
}
