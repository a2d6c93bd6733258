import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

@Suite(.freshDatabase) struct MaskRepositoryTests {
    /// Every field that a caller can set is set.
    static let full = Mask(
        name: "full",
        description: "All rules — “at once”",
        configuration: MaskConfiguration(
            includeTags: ["public", "a*"],
            excludeTags: ["gone"],
            filter: #"location = "*DE" OR experiences(category = WORK AND end_date < 2010)"#,
            hiddenFields: ["headline", "experiences.organization", "skills.level", "attributes.salary", "slug"],
            experiences: ExperienceScope(
                includeCategories: [.work, .education],
                excludeCategories: [.award],
                includeTags: ["x"],
                excludeTags: ["y"],
                since: PartialDate(year: 1990),
                until: PartialDate(year: 2020, month: 2, day: 29),
                maxItems: 5
            ),
            skills: SkillScope(includeCategories: ["language"], excludeCategories: ["secret"], maxItems: 3),
            weights: [SectionWeight(kind: .summary, weight: 0.1), SectionWeight(kind: .skills, weight: 100)],
            coarsening: Coarsening(dates: .year, location: .lastPart, displayName: .initials)
        )
    )

    private static func run(_ body: (RepositoryFixture, MaskRepository) async throws -> Void) async throws {
        try await RepositoryFixture.run { fixture in
            let tokens = try await PageTokens.load(from: fixture.database)
            try await body(fixture, MaskRepository(database: fixture.database, pageTokens: tokens))
        }
    }

    private static func error(_ call: () async throws -> some Sendable) async -> RepositoryError? {
        do {
            _ = try await call()
            return nil
        } catch {
            return error as? RepositoryError
        }
    }

    private static func fields(_ call: () async throws -> some Sendable) async -> [String]? {
        guard case .violations(let violations)? = await Self.error(call) else { return nil }
        return violations.map(\.field)
    }

    @Test func `a mask reads back as it was written`() async throws {
        try await Self.run { fixture, masks in
            let created = try await masks.create(Self.full).value
            #expect(created.revision == 1 && created.createTime != nil && created.deleteTime == nil)
            var read = try await masks.get("full")
            #expect(read == created)
            (read.id, read.revision, read.createTime, read.updateTime) = ("", 0, nil, nil)
            #expect(read == Self.full)
            let stored: String = try await fixture.value(
                "SELECT configuration #>> '{experiences,includeCategories,0}' FROM masks"
            )
            #expect(stored == "EXPERIENCE_CATEGORY_WORK")
            let error = await Self.error { try await masks.create(Mask(name: "full")) }
            #expect(error == .alreadyExists(field: "mask.name"))
            #expect(await Self.error { try await masks.get("none") } == .notFound(.mask, key: "none"))
        }
    }

    @Test func `an update writes what it names, and counts what differs`() async throws {
        try await Self.run { _, masks in
            _ = try await masks.create(Self.full)
            let values = Mask(name: "full", configuration: MaskConfiguration(hiddenFields: ["summary"]))
            var updated = try await masks.update(with: values, updateMask: ["configuration.hidden_fields"]).value
            #expect(updated.revision == 2 && updated.configuration?.hiddenFields == ["summary"])
            #expect(updated.configuration?.filter == Self.full.configuration?.filter)
            updated = try await masks.update(with: values, updateMask: ["configuration.hidden_fields"]).value
            #expect(updated.revision == 2, "nothing differs")
            updated = try await masks.update(with: values, updateMask: ["*"], ifRevision: 2).value
            #expect(updated.revision == 3 && updated.description.isEmpty)
            #expect(updated.configuration == values.configuration)
            for paths in [[], ["name"], ["configuration.nothing"]] {
                switch await Self.error({ try await masks.update(with: values, updateMask: paths) }) {
                case .invalidField("update_mask", _)? where paths.isEmpty: break
                case .violations(let faults)? where faults.map(\.field) == ["update_mask.paths[0]"]: break
                case let error: Issue.record("\(paths): \(String(describing: error))")
                }
            }
            let late = await Self.error { try await masks.update(with: values, updateMask: ["*"], ifRevision: 1) }
            #expect(late == .revisionMismatch(current: 3))
            // A new value and a stored one contradict each other.
            _ = try await masks.update(
                with: Mask(name: "full", configuration: MaskConfiguration(includeTags: ["a"])),
                updateMask: ["configuration.include_tags"]
            )
            let fields = await Self.fields {
                try await masks.update(
                    with: Mask(name: "full", configuration: MaskConfiguration(excludeTags: ["a"])),
                    updateMask: ["configuration.exclude_tags"]
                )
            }
            #expect(fields == ["mask.configuration.exclude_tags[0]"])
        }
    }

    @Test func `the error of a mistyped mask suggests names that may be meant, but not to bound callers`() async throws
    {
        try await Self.run { _, masks in
            for name in ["recruiter", "bound", "gone"] { _ = try await masks.create(Mask(name: name)) }
            _ = try await masks.softDelete("gone")
            for (bound, requested, hint) in [
                ([], "recuriter", "; did you mean recruiter?"), ([], "gome", ""), ([], "nobody", ""),
                (["bound"], "recuriter", ""),
            ] {
                let error = await Self.error { try await masks.view(bound: bound, requested: requested) }
                #expect(error == .invalidField(path: "mask", reason: "names no mask: \"\(requested)\"\(hint)"))
            }
        }
    }

    @Test func `a name that may be meant is found among more masks than a page holds`() async throws {
        try await Self.run { fixture, masks in
            let count: Int64 = try await fixture.value(
                """
                WITH made AS (
                    INSERT INTO masks (slug, description, configuration)
                    SELECT unnest(ARRAY['team-' || n, 'en-' || n]), '', '{}' FROM generate_series(1, 1500) AS n RETURNING 1
                ) SELECT count(*) FROM made
                """
            )
            #expect(count == 3_000)
            // A short one has more trigrams in common with those that begin alike than with the one that is meant.
            for (name, typed) in [("zoology", "zoolgy"), ("pnb", "enb")] {
                _ = try await masks.create(Mask(name: name))
                let error = await Self.error { try await masks.view(bound: [], requested: typed) }
                #expect(
                    error
                        == .invalidField(
                            path: "mask",
                            reason: "names no mask: \"\(typed)\"; did you mean \(name)?"
                        )
                )
            }
        }
    }

    @Test func `a deleted mask is not there for reads, and comes back`() async throws {
        try await Self.run { _, masks in
            _ = try await masks.create(Mask(name: "a"))
            #expect(try await masks.view(bound: [], requested: "a")?.names == ["a"])
            let deleted = try await masks.softDelete("a").value
            #expect(deleted.deleteTime != nil && deleted.revision == 2)
            #expect(try await masks.softDelete("a").value == deleted)
            #expect(try await masks.get("a") == deleted)
            let requested = await Self.error { try await masks.view(bound: [], requested: "a") }
            #expect(requested == .invalidField(path: "mask", reason: "names no mask: \"a\""))
            guard
                case .failedPrecondition("BOUND_MASK_MISSING", "a", _)? = await Self.error({
                    try await masks.view(bound: ["a"], requested: "")
                })
            else {
                Issue.record("a bound mask that is gone must hide everything")
                return
            }
            guard
                case .failedPrecondition("DELETED", "a", _)? = await Self.error({
                    try await masks.update(with: Mask(name: "a"), updateMask: ["*"])
                })
            else {
                Issue.record("updated")
                return
            }
            #expect(try await masks.restore("a").value.deleteTime == nil)
            #expect(await Self.error { try await masks.restore("a") } == .notDeleted(.mask, field: "name"))
            #expect(try await masks.view(bound: ["a"], requested: "a")?.names == ["a"])
        }
    }

    @Test func `a write that is repeated with its id is done once`() async throws {
        try await Self.run { _, masks in
            let id = RequestID("6f2c1f0e-6d0c-4bb0-9d7f-0a5b8f5f7f10", caller: "URI:a")
            let first = try await masks.create(Mask(name: "a"), requestID: id).value
            _ = try await masks.softDelete("a")
            let second = try await masks.create(Mask(name: "a"), requestID: id).value
            #expect(second.id == first.id && second.deleteTime != nil, "with delete_time as it is now")
            #expect(await Self.error { try await masks.create(Mask(name: "b"), requestID: id) } == .requestIDReused)
        }
    }

    @Test func `pages hold every mask once, by name`() async throws {
        try await Self.run { _, masks in
            for name in ["c", "a", "e", "b", "d"] { _ = try await masks.create(Mask(name: name)) }
            _ = try await masks.softDelete("b")
            for (withDeleted, names) in [(false, ["a", "c", "d", "e"]), (true, ["a", "b", "c", "d", "e"])] {
                var (found, token): ([String], String) = ([], "")
                repeat {
                    let page = try await masks.list(pageSize: 2, pageToken: token, showDeleted: withDeleted)
                    found += page.masks.map(\.name)
                    token = page.nextPageToken
                } while !token.isEmpty
                #expect(found == names)
            }
        }
    }

    /// Another version's rules must not be left out: the view would show more.
    @Test(arguments: [#"{"hiddenParts": ["x"]}"#, #"{"coarsening": {"dates": "DATE_COARSENING_DECADE"}}"#])
    func `rules that this version does not know are not passed over`(configuration: String) async throws {
        try await Self.run { fixture, masks in
            _ = try await masks.create(Mask(name: "newer"))
            try await fixture.execute("UPDATE masks SET configuration = '\(configuration)'")
            guard
                case .failedPrecondition("MASK_UNREADABLE", "newer", _)? = await Self.error({
                    try await masks.view(bound: [], requested: "newer")
                })
            else {
                Issue.record("followed")
                return
            }
        }
    }
}

/// What is wrong with masks.
@Suite struct MaskFaultsTests {
    @Test(arguments: [
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["nothing"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["display_name"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["id"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["revision"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["experiences.id"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["experiences.nothing"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["skills.name.x"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["headline.x"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["attributes_json"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["headline = 1 OR summary"])),
        ("hidden_fields[1]", MaskConfiguration(hiddenFields: ["headline", "headline"])),
        ("hidden_fields[0]", MaskConfiguration(hiddenFields: ["skills.name", "skills"])),
        ("hidden_fields[1]", MaskConfiguration(hiddenFields: ["attributes.a", "attributes.a.b"])),
        ("exclude_tags[1]", MaskConfiguration(includeTags: ["a"], excludeTags: ["b", "a"])),
        ("include_tags[1]", MaskConfiguration(includeTags: ["a", "a"])),
        ("filter", MaskConfiguration(filter: "headline = ")),
        ("filter", MaskConfiguration(filter: "salary > 5")),
        (
            "experiences.exclude_categories[0]",
            MaskConfiguration(experiences: ExperienceScope(includeCategories: [.work], excludeCategories: [.work]))
        ),
        (
            "experiences.until",
            MaskConfiguration(
                experiences: ExperienceScope(since: PartialDate(year: 2000), until: PartialDate(year: 1999))
            )
        ),
        (
            "experiences.since",
            MaskConfiguration(experiences: ExperienceScope(since: PartialDate(year: 1999, month: 2, day: 30)))
        ),
        ("experiences", MaskConfiguration(hiddenFields: ["experiences"], experiences: ExperienceScope(maxItems: 1))),
        ("skills", MaskConfiguration(hiddenFields: ["skills"], skills: SkillScope(maxItems: 1))),
        (
            "skills.exclude_categories[0]",
            MaskConfiguration(skills: SkillScope(includeCategories: ["a"], excludeCategories: ["a"]))
        ),
        ("weights[1].kind", MaskConfiguration(weights: [SectionWeight(kind: .skills), SectionWeight(kind: .skills)])),
        ("weights[0].kind", MaskConfiguration(weights: [SectionWeight(weight: 1)])),
        (
            "weights",
            MaskConfiguration(
                weights: [SectionKind.summary, .experience, .skills].map { SectionWeight(kind: $0, weight: 0) }
            )
        ),
        (
            "coarsening.display_name",
            MaskConfiguration(hiddenFields: ["slug"], coarsening: Coarsening(displayName: .slug))
        ),
    ])
    func `a fault names its field`(field: String, configuration: MaskConfiguration) {
        let faults = Mask(name: "a", configuration: configuration).faults()
        #expect(faults.map(\.field) == ["configuration.\(field)"])
    }

    @Test func `each misspelt field is named, with what was meant`() {
        let configuration = MaskConfiguration(hiddenFields: ["headlin", "summary", "experiences.titel", "level"])
        #expect(
            configuration.faults().map { "\($0.field) \($0.message)" } == [
                "hidden_fields[0] names no field of Profile: \"headlin\"; did you mean headline?",
                "hidden_fields[2] names no field of Profile: \"experiences.titel\"; did you mean experiences.title?",
                "hidden_fields[3] names no field of Profile: \"level\"; did you mean skills.level?",
            ]
        )
    }

    @Test(arguments: [Float.nan, -1, .infinity, 101]) func `a weight is within its bounds`(weight: Float) {
        let configuration = MaskConfiguration(weights: [SectionWeight(kind: .skills, weight: weight)])
        let mask = Mask(name: "a", configuration: configuration)
        #expect(Set(mask.violations().map(\.field)) == ["configuration.weights[0].weight"])
        #expect(mask.faults().map(\.field) == ["configuration.weights[0].weight"])
    }

    @Test func `the contract's own rules name their fields too`() {
        let mask = Mask(
            name: "No",
            configuration: MaskConfiguration(
                hiddenFields: .init(repeating: "headline", count: 101),
                experiences: ExperienceScope(includeCategories: [.unrecognized(99)], maxItems: -1),
                skills: SkillScope(maxItems: 501)
            )
        )
        #expect(
            mask.violations().map(\.field) == [
                "name", "configuration.hidden_fields", "configuration.experiences.include_categories[0]",
                "configuration.experiences.max_items", "configuration.skills.max_items",
            ]
        )
    }

    @Test func `every field that the contract calls maskable can be hidden, and no other`() {
        func isHideable(_ path: String) -> Bool {
            Mask(name: "a", configuration: MaskConfiguration(hiddenFields: [path])).faults().isEmpty
        }
        for field in Profile.fieldFacts {
            #expect(isHideable(field.viewName) == (field.isMaskable && field.name != "display_name"), "\(field.name)")
        }
        for field in Experience.fieldFacts {
            #expect(isHideable("experiences.\(field.viewName)") == field.isMaskable, "\(field.name)")
        }
        for field in Skill.fieldFacts {
            #expect(isHideable("skills.\(field.viewName)") == field.isMaskable, "\(field.name)")
        }
        for field in ExternalId.fieldFacts {
            #expect(isHideable("external_ids.\(field.viewName)") == field.isMaskable, "\(field.name)")
        }
        #expect(isHideable("attributes.a.b") && isHideable(#"attributes."a b"."c.d""#))
        #expect(MaskRepositoryTests.full.faults().isEmpty && MaskRepositoryTests.full.violations().isEmpty)
    }
}
