import LikenessMessages

/// Profiles that tests start from.
enum Samples {
    /// Every field that a caller can set is set.
    static func curie() -> Profile {
        var profile = Profile()
        profile.identityId = "11111111-2222-4333-8444-555555555555"
        profile.slug = "marie-curie"
        profile.displayName = "Marie Curie"
        profile.headline = "Physicist and chemist"
        profile.summary = "Discovered polonium and radium."
        profile.location = "Paris, France"
        profile.tags = ["scientist", "laureate"]
        profile.keywords = ["radioactivity"]
        profile.attributesJson = #"{"born": {"year": 1867}, "languages": ["pl", "fr"]}"#
        profile.experiences = [
            Experience(
                category: .work,
                title: "Professor",
                organization: "Sorbonne",
                location: "Paris",
                startDate: PartialDate(year: 1906, month: 5),
                description: "Taught physics.",
                highlights: ["First woman to teach there"],
                tags: ["teaching"]
            ),
            Experience(
                category: .award,
                title: "Prize in Chemistry",
                organization: "Academy",
                startDate: PartialDate(year: 1911, month: 12, day: 10),
                endDate: PartialDate(year: 1911),
                description: "For isolating radium."
            ),
        ]
        profile.skills = [
            Skill(name: "Chemistry", category: "science", level: "expert", keywords: ["isolation", "radium"]),
            Skill(name: "French", category: "language", level: "fluent"),
        ]
        profile.externalIds = [ExternalId(system: "crm", id: "C-1"), ExternalId(system: "hr-eu", id: "9/\u{E9}")]
        return profile
    }

    static func named(_ name: String, slug: String = "", summary: String = "") -> Profile {
        var profile = Profile()
        profile.slug = slug
        profile.displayName = name
        profile.summary = summary
        return profile
    }

    /// A profile without what the store adds.
    static func content(_ profile: Profile) -> Profile {
        var profile = profile
        profile.id = ""
        profile.revision = 0
        profile.createTime = nil
        profile.updateTime = nil
        profile.deleteTime = nil
        for index in profile.experiences.indices { profile.experiences[index].id = "" }
        for index in profile.skills.indices { profile.skills[index].id = "" }
        return profile
    }
}
