import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessRepository

/// What a view shows of one profile: no database.
@Suite struct ViewTests {
    private static func view(_ configurations: MaskConfiguration...) throws -> View {
        try View(configurations.enumerated().map { Mask(name: "m\($0)", configuration: $1) })
    }

    private static var curie: Profile {
        var profile = Samples.curie()
        (profile.id, profile.revision, profile.updateTime) = ("i", 7, ProtobufTimestamp(seconds: 1))
        profile.createTime = ProtobufTimestamp(seconds: 2)
        return profile
    }

    @Test func `a view without rules shows all but the revision and its time`() throws {
        var expected = Self.curie
        (expected.revision, expected.updateTime) = (0, nil)
        #expect(try Self.view(MaskConfiguration()).shown(Self.curie) == expected)
        #expect(try Self.view(MaskConfiguration(), MaskConfiguration()).shown(expected) == expected)
    }

    @Test func `what is hidden is gone, field by field`() throws {
        for field in Profile.fieldFacts where field.isMaskable && field.name != "display_name" {
            let shown = try Self.view(MaskConfiguration(hiddenFields: [field.viewName])).shown(Self.curie)
            var expected = Self.curie
            (expected.revision, expected.updateTime) = (0, nil)
            field.copy(from: Profile(), to: &expected)
            #expect(shown == expected, "\(field.name)")
        }
        for field in Experience.fieldFacts where field.isMaskable {
            let shown = try Self.view(MaskConfiguration(hiddenFields: ["experiences.\(field.viewName)"])).shown(
                Self.curie
            )
            var expected = Self.curie.experiences
            for index in expected.indices { field.copy(from: Experience(), to: &expected[index]) }
            #expect(shown.experiences == expected, "\(field.name)")
        }
        for field in Skill.fieldFacts where field.isMaskable {
            let shown = try Self.view(MaskConfiguration(hiddenFields: ["skills.\(field.viewName)"])).shown(Self.curie)
            var expected = Self.curie.skills
            for index in expected.indices { field.copy(from: Skill(), to: &expected[index]) }
            #expect(shown.skills == expected, "\(field.name)")
        }
        for field in ExternalId.fieldFacts where field.isMaskable {
            let hidden = ["external_ids.\(field.viewName)"]
            let shown = try Self.view(MaskConfiguration(hiddenFields: hidden)).shown(Self.curie)
            var expected = Self.curie.externalIds
            for index in expected.indices { field.copy(from: ExternalId(), to: &expected[index]) }
            #expect(shown.externalIds == expected, "\(field.name)")
        }
    }

    @Test(arguments: [
        (#"{"a": 1, "b": {"c": 2, "d": 3}}"#, ["attributes.a"], #"{"b": {"c": 2, "d": 3}}"#),
        (#"{"a": 1, "b": {"c": 2, "d": 3}}"#, ["attributes.b.d"], #"{"a": 1, "b": {"c": 2}}"#),
        (#"{"b": {"c": 2}}"#, ["attributes.b.c"], #"{"b": {}}"#),
        (#"{"a": 1}"#, ["attributes.x", "attributes.a.x"], #"{"a": 1}"#),
        (#"{"l": [{"s": 1, "t": "}]\""}, [{"s": 2}], 3]}"#, ["attributes.l.s"], #"{"l": [{"t": "}]\""}, [{}], 3]}"#),
        (#"{"a\"b": 1, "c": [1, 2], "d": {}}"#, [#"attributes."a\"b""#], #"{"c": [1, 2], "d": {}}"#),
        (#"{"é": 1e400, "\\": null, "z": -0.10}"#, [#"attributes."\\""#], #"{"é": 1e400, "z": -0.10}"#),
        ("{}", ["attributes.a"], "{}"), ("", ["attributes.a"], ""),
        ("no JSON", ["attributes.a"], "{}"), (#"{"a": 1, "b": "#, ["attributes.a"], "{}"),
    ]) func `attributes lose what is hidden, and keep the rest byte for byte`(
        stored: String,
        hidden: [String],
        shown: String
    ) throws {
        let view = try Self.view(MaskConfiguration(hiddenFields: hidden))
        #expect(view.shown(Profile(attributesJson: stored)).attributesJson == shown)
    }

    @Test(arguments: [
        ("Ulm, Germany", "Germany"), ("Germany", "Germany"), ("Ulm,", "Ulm"), ("", ""), (" , ", ""), ("東京，日本", "日本"),
        ("a, b ,  c d ", "c d"),
    ]) func `a location keeps its last part`(stored: String, shown: String) throws {
        let view = try Self.view(MaskConfiguration(coarsening: Coarsening(location: .lastPart)))
        let profile = view.shown(Profile(location: stored, experiences: [Experience(location: stored)]))
        #expect(profile.location == shown && profile.experiences[0].location == shown)
        #expect(view.shown(ProfileSummary(location: stored)).location == shown)
    }

    @Test(arguments: [
        ("Ada Lovelace", "A. L."), ("ada", "A."), ("  Jean-Luc  O'Neill (PhD) ", "J. O. P."), ("김민준", "김."), ("!!", ""),
    ]) func `a name becomes its initials`(name: String, shown: String) throws {
        let initials = try Self.view(MaskConfiguration(coarsening: Coarsening(displayName: .initials)))
        #expect(initials.shown(Profile(displayName: name)).displayName == shown)
        let slug = try Self.view(MaskConfiguration(coarsening: Coarsening(displayName: .slug)))
        #expect(slug.shown(ProfileSummary(slug: "s", displayName: name)).displayName == "s")
    }

    @Test func `rows are chosen by what is stored, also by what is hidden`() throws {
        func shown(_ scope: ExperienceScope, hidden: [String] = []) throws -> [String] {
            let people = [
                Experience(
                    id: "a",
                    category: .work,
                    startDate: PartialDate(year: 1990),
                    endDate: PartialDate(year: 1995, month: 3)
                ),
                Experience(id: "b", category: .education, startDate: PartialDate(year: 1985), tags: ["t"]),
                Experience(id: "c", category: .work, tags: ["t", "u"]),
                Experience(id: "d", category: .award, endDate: PartialDate(year: 1980)),
            ]
            return try Self.view(MaskConfiguration(hiddenFields: hidden, experiences: scope))
                .shown(Profile(experiences: people)).experiences.map(\.id)
        }
        #expect(try shown(ExperienceScope()) == ["a", "b", "c", "d"])
        #expect(try shown(ExperienceScope(includeCategories: [.work]), hidden: ["experiences.category"]) == ["a", "c"])
        #expect(try shown(ExperienceScope(excludeCategories: [.work])) == ["b", "d"])
        #expect(try shown(ExperienceScope(includeTags: ["t"], excludeTags: ["u"])) == ["b"])
        #expect(try shown(ExperienceScope(since: PartialDate(year: 1996))) == ["b"], "b goes on, c has no date")
        #expect(try shown(ExperienceScope(since: PartialDate(year: 1995, month: 3, day: 31))) == ["a", "b"])
        #expect(try shown(ExperienceScope(since: PartialDate(year: 1995, month: 4))) == ["b"])
        #expect(try shown(ExperienceScope(until: PartialDate(year: 1989))) == ["b", "d"])
        #expect(
            try shown(ExperienceScope(until: PartialDate(year: 1990)), hidden: ["experiences.start_date"]) == [
                "a", "b", "d",
            ]
        )
        #expect(try shown(ExperienceScope(excludeCategories: [.education], maxItems: 2)) == ["a", "c"])
        let skills = [Skill(id: "a", category: "x"), Skill(id: "b", category: "y"), Skill(id: "c", category: "x")]
        for (scope, ids) in [
            (SkillScope(includeCategories: ["x"]), ["a", "c"]), (SkillScope(excludeCategories: ["x"]), ["b"]),
            (SkillScope(maxItems: 1), ["a"]),
        ] {
            let view = try Self.view(MaskConfiguration(skills: scope))
            #expect(view.shown(Profile(skills: skills)).skills.map(\.id) == ids)
        }
    }

    @Test func `dates keep their years`() throws {
        let view = try Self.view(MaskConfiguration(coarsening: Coarsening(dates: .year)))
        let experience = Experience(startDate: PartialDate(year: 1906, month: 5, day: 2))
        #expect(view.shown(Profile(experiences: [experience])).experiences[0].startDate == PartialDate(year: 1906))
        #expect(view.shown(Profile(experiences: [experience])).experiences[0].endDate == nil)
    }

    private static func objection(_ view: View, _ filter: String) throws -> String? {
        do throws(RepositoryError) {
            _ = try view.condition(and: try Filter(filter))
            return nil
        } catch .invalidField("filter", let reason) {
            return reason
        }
    }

    @Test(arguments: [
        ("headline", "headline:x"), ("headline", "NOT (tags:a OR headline = \"x\")"), ("slug", "slug = a"),
        ("experiences", "experiences.title = x"), ("experiences", "experiences(category = WORK)"),
        ("experiences.title", "experiences(category = WORK AND NOT title = x)"), ("skills.level", "skills.level:x"),
        ("attributes", "attributes.a = 1"), ("attributes.a", "attributes.a:*"), ("attributes.a", "attributes.a.b = 1"),
        ("attributes.a.b", #"attributes.a."0".b > 1"#), ("attributes.a.b", #"attributes.a." +1"."-2".b > 1"#),
        ("attributes.a.b", #"attributes."0".a.b > 1"#),
    ]) func `a filter on what is hidden is refused, and names it`(hidden: String, filter: String) throws {
        let view = try Self.view(MaskConfiguration(hiddenFields: [hidden]))
        let reason = try #require(try Self.objection(view, filter))
        #expect(reason.contains("which the mask \"m0\" hides") && reason.contains("at character"), "\(reason)")
        // The same beneath another mask.
        #expect(
            try Self.objection(try Self.view(MaskConfiguration(), MaskConfiguration(hiddenFields: [hidden])), filter)
                != nil
        )
        #expect(try Self.objection(try Self.view(MaskConfiguration(hiddenFields: ["keywords"])), filter) == nil)
    }

    @Test func `a filter on what is shown in part or not at all is refused`() throws {
        for (configuration, filter) in [
            (MaskConfiguration(coarsening: Coarsening(dates: .year)), "experiences.end_date < 2000"),
            (MaskConfiguration(coarsening: Coarsening(location: .lastPart)), "location = \"*DE\""),
            (MaskConfiguration(coarsening: Coarsening(location: .lastPart)), "experiences(location:x)"),
            (MaskConfiguration(coarsening: Coarsening(displayName: .initials)), "display_name:ada"),
            (MaskConfiguration(coarsening: Coarsening(displayName: .slug)), "display_name = \"a*\""),
            (MaskConfiguration(experiences: ExperienceScope(maxItems: 3)), "experiences.title:x"),
            (MaskConfiguration(skills: SkillScope(excludeCategories: ["x"])), "skills(name:x)"),
            (MaskConfiguration(), "revision > 3"), (MaskConfiguration(), "update_time > 2000"),
        ] {
            #expect(try Self.objection(try Self.view(configuration), filter) != nil, "\(filter)")
        }
        let view = try Self.view(MaskConfiguration(hiddenFields: ["headline", "attributes.a"]))
        for filter in ["summary:x", "attributes.b = 1", "create_time > 2000", "tags:x", "experiences.title:x", ""] {
            #expect(try Self.objection(view, filter) == nil, "\(filter)")
        }
    }

    /// Else whether a profile is there would tell what the first mask hides.
    @Test func `a mask cannot choose by what one before it hides`() throws {
        for (first, second) in [
            (MaskConfiguration(hiddenFields: ["tags"]), MaskConfiguration(includeTags: ["a"])),
            (MaskConfiguration(hiddenFields: ["tags"]), MaskConfiguration(excludeTags: ["a"])),
            (MaskConfiguration(hiddenFields: ["headline"]), MaskConfiguration(filter: "headline:x")),
            (MaskConfiguration(skills: SkillScope(maxItems: 1)), MaskConfiguration(filter: "skills.name:x")),
        ] {
            _ = try Self.view(second, first)
            #expect(throws: RepositoryError.self) { try Self.view(first, second) }
        }
        // Rows are chosen among those that are shown, by what is shown of them.
        let view = try Self.view(
            MaskConfiguration(
                hiddenFields: ["experiences.category"],
                experiences: ExperienceScope(excludeCategories: [.award])
            ),
            MaskConfiguration(experiences: ExperienceScope(includeCategories: [.work, .unspecified], maxItems: 2))
        )
        let shown = view.shown(
            Profile(experiences: [
                Experience(id: "a", category: .award), Experience(id: "b", category: .work), Experience(id: "c"),
            ])
        )
        #expect(shown.experiences.map(\.id) == ["b", "c"])
    }

    @Test func `a revision of a mask that a database set back gives again is another one`() throws {
        func view(_ seconds: Int64) throws -> View {
            try View([Mask(id: "a", name: "a", revision: 3, updateTime: ProtobufTimestamp(seconds: seconds))])
        }
        #expect(try view(1).versions == view(1).versions && view(1).versions != view(2).versions)
        // Tokens name revisions.
        #expect(try view(1).stamp == view(2).stamp)
    }
}
