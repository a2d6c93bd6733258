import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// Single rows are added, changed and removed, and those of other callers are kept.
@Suite(.freshDatabase) struct ProfileEditTests {
    private static let curie = ProfileKey(key: .slug("marie-curie"))

    private static func add(_ title: String, id: String = "", before: String = "") -> ProfileEdit {
        ProfileEdit(edit: .addExperience(.init(experience: .init(id: id, title: title), beforeId: before)))
    }

    private static func update(_ experience: Experience, _ paths: String...) -> ProfileEdit {
        ProfileEdit(edit: .updateExperience(.init(experience: experience, updateMask: .init(paths: paths))))
    }

    @Test func `edits are carried out in their order, in one revision`() async throws {
        try await RepositoryFixture.run { fixture in
            let before = try await fixture.profiles.create(Samples.curie()).value
            let (first, last) = (try #require(before.experiences.first), try #require(before.experiences.last))
            let skill = try #require(before.skills.first)
            let id = UUID().uuidString
            var changed = Experience(id: first.id.uppercased(), title: "Head of laboratory", description: "Not written")
            changed.startDate = PartialDate(year: 1906, month: 5)
            let edited = try await fixture.profiles.edit(
                Self.curie,
                edits: [
                    Self.add("Teacher", id: id, before: last.id), Self.update(changed, "title", "start_date"),
                    Self.update(.init(id: id, organization: "Sèvres"), "organization"),
                    .init(edit: .removeExperience(last.id)),
                    .init(edit: .addSkill(.init(skill: .init(name: "Physics"), beforeId: skill.id))),
                    .init(
                        edit: .updateSkill(
                            .init(skill: .init(id: skill.id, level: "master"), updateMask: .init(paths: ["*"]))
                        )
                    ),
                ]
            ).value
            let profile = try #require(edited.profile)
            #expect(profile.revision == 2 && edited.rowIds.count == 6)
            #expect(
                edited.rowIds[0] == id.lowercased() && edited.rowIds[1] == first.id
                    && edited.rowIds[2] == id.lowercased()
            )
            #expect(
                edited.rowIds[3] == last.id && edited.rowIds[4] == profile.skills[0].id && edited.rowIds[5] == skill.id
            )
            var expected = before
            expected.experiences[0].title = "Head of laboratory"
            expected.experiences[0].startDate = changed.startDate
            expected.experiences.removeLast()
            expected.experiences.append(.init(id: id.lowercased(), title: "Teacher", organization: "Sèvres"))
            expected.skills[0] = Skill(id: skill.id, level: "master")
            expected.skills.insert(Skill(id: edited.rowIds[4], name: "Physics"), at: 0)
            (expected.revision, expected.updateTime) = (2, profile.updateTime)
            #expect(profile == expected)
            #expect(try await fixture.profiles.get(Self.curie) == profile)
            // Of the sections those of what was changed wait to be embedded, and no others.
            let waiting: Int64 = try await fixture.value(
                "SELECT count(*) FROM embedding_outbox WHERE section_id = '\(id)'"
            )
            #expect(waiting == 1)
        }
    }

    /// Without a revision every caller's row is there in the end, whatever came between.
    @Test func `rows that are added at once are all kept`() async throws {
        try await RepositoryFixture.run(connectionsMax: 8) { fixture in
            _ = try await fixture.profiles.create(Samples.named("Busy", slug: "busy"))
            let profiles = fixture.profiles
            let (callers, calls) = (6, 8)
            let ids = try await withThrowingTaskGroup(of: [String].self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        var ids: [String] = []
                        while ids.count < calls {
                            do {
                                let edit =
                                    caller % 2 == 0
                                    ? Self.add("By \(caller)")
                                    : .init(edit: .addSkill(.init(skill: .init(name: "Of \(caller)"))))
                                let key = ProfileKey(key: .slug("busy"))
                                ids += try await profiles.edit(key, edits: [edit]).value.rowIds
                            } catch RepositoryError.conflict {
                                // Its lock was not had in time on a busy machine: nothing was written.
                            }
                        }
                        return ids
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let stored = try await fixture.profiles.get(ProfileKey(key: .slug("busy")))
            #expect(stored.experiences.count == 24 && stored.skills.count == 24)
            #expect(Set(stored.experiences.map(\.id) + stored.skills.map(\.id)) == Set(ids) && ids.count == 48)
            #expect(stored.revision == 49)
        }
    }

    @Test func `what is wrong is named, and nothing is written`() async throws {
        try await RepositoryFixture.run { fixture in
            let before = try await fixture.profiles.create(Samples.curie()).value
            let first = before.experiences[0].id
            let (other, skillElsewhere) = (UUID().uuidString.lowercased(), UUID().uuidString.lowercased())
            let elsewhere = try await fixture.profiles.create(
                Profile(
                    id: other,
                    slug: "b",
                    displayName: "B",
                    experiences: [.init(title: "Nurse")],
                    skills: [.init(id: skillElsewhere, name: "Triage")]
                )
            ).value.experiences[0].id
            let never = Experience(id: first, startDate: PartialDate(year: 1854, month: 2, day: 30))
            let many = (0..<501).map { Self.add("Job \($0)") }
            for (edits, error) in [
                (
                    [Self.update(.init(id: other), "title")],
                    RepositoryError.rowNotFound(
                        .experience,
                        id: other,
                        field: "edits[0].update_experience.experience.id"
                    )
                ),
                (
                    [Self.add("x"), .init(edit: .removeSkill(other))],
                    .rowNotFound(.skill, id: other, field: "edits[1].remove_skill")
                ),
                (
                    [Self.add("x"), Self.add("x", before: elsewhere)],
                    .rowNotFound(.experience, id: elsewhere, field: "edits[1].add_experience.before_id")
                ),
                ([Self.add("x", id: first)], .alreadyExists(field: "edits[0].add_experience.experience.id")),
                // An id of another profile's row is known to the database alone.
                (
                    [Self.add("x"), Self.add("y"), Self.add("x", id: elsewhere)],
                    .alreadyExists(field: "edits[2].add_experience.experience.id")
                ),
                (
                    [.init(edit: .addSkill(.init(skill: .init(id: skillElsewhere, name: "x"))))],
                    .alreadyExists(field: "edits[0].add_skill.skill.id")
                ),
                // So are days that there are not, wherever the row stands in the profile.
                (
                    [Self.add("x"), Self.add("y", before: first), Self.update(never, "start_date")],
                    .invalidField(path: "edits[2].update_experience.experience.start_date", reason: "is not a date")
                ),
                (
                    [Self.add("x"), .init(edit: .addExperience(.init(experience: .init(startDate: never.startDate))))],
                    .invalidField(path: "edits[1].add_experience.experience.start_date", reason: "is not a date")
                ),
                (
                    [Self.add("x"), .init(edit: .addSkill(.init(skill: .init(id: other))))],
                    .invalidField(path: "edits[1].add_skill.skill", reason: "says nothing")
                ),
                (
                    [Self.update(.init(id: first), "*")],
                    .invalidField(
                        path: "edits[0].update_experience",
                        reason: "leaves nothing of the experience: remove it instead"
                    )
                ),
                ([Self.add("x"), .init()], .invalidField(path: "edits[1]", reason: "says nothing that is to be done")),
                (
                    [Self.update(.init(title: "x"), "title")],
                    .invalidField(path: "edits[0].update_experience.experience.id", reason: "is required")
                ),
                (
                    [Self.update(.init(id: first))],
                    .invalidField(path: "edits[0].update_experience.update_mask", reason: "names no field")
                ),
            ] {
                await #expect(throws: error) { try await fixture.profiles.edit(Self.curie, edits: edits) }
            }
            for (edits, field) in [
                ([Self.update(.init(id: first), "title", "id")], "edits[0].update_experience.update_mask.paths[1]"),
                (
                    [Self.add("x"), Self.update(.init(id: first), "titel")],
                    "edits[1].update_experience.update_mask.paths[0]"
                ),
            ] {
                do {
                    _ = try await fixture.profiles.edit(Self.curie, edits: edits)
                    Issue.record("\(field)")
                } catch RepositoryError.violations(let violations) {
                    #expect(violations.map(\.field) == [field])
                }
            }
            do {
                _ = try await fixture.profiles.edit(Self.curie, edits: many)
                Issue.record("too many")
            } catch RepositoryError.invalidField(let path, let reason) {
                #expect(path == "edits" && reason.contains("experiences"))
            }
            let large = (0..<400).map { number in
                let text = String(repeating: "\(number % 10)", count: 10_000)
                return ProfileEdit(edit: .addExperience(.init(experience: .init(description: text))))
            }
            do {
                _ = try await fixture.profiles.edit(Self.curie, edits: large)
                Issue.record("too large")
            } catch RepositoryError.invalidField(let path, let reason) {
                #expect(path == "edits" && reason.hasPrefix("cannot be made: the profile is larger than "))
            }
            await #expect(throws: RepositoryError.revisionMismatch(current: 1)) {
                try await fixture.profiles.edit(Self.curie, edits: [Self.add("x")], ifRevision: 2)
            }
            #expect(try await fixture.profiles.get(Self.curie) == before)
            _ = try await fixture.profiles.softDelete(Self.curie)
            do {
                _ = try await fixture.profiles.edit(Self.curie, edits: [Self.add("x")])
                Issue.record("deleted")
            } catch RepositoryError.failedPrecondition(let type, _, _) {
                #expect(type == "DELETED")
            }
        }
    }

    @Test func `a repeated call adds once and answers the same, and one that is only checked adds nothing`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("Ada", slug: "ada"))
            let key = ProfileKey(key: .slug("ada"))
            let checked = try await fixture.profiles.edit(key, edits: [Self.add("x")], validateOnly: true)
            #expect(checked.value.profile?.experiences.count == 1 && checked.consistencyToken == nil)
            let id = RequestID(UUID().uuidString, caller: "a")
            let first = try await fixture.profiles.edit(key, edits: [Self.add("x")], requestID: id)
            let again = try await fixture.profiles.edit(key, edits: [Self.add("x")], requestID: id)
            #expect(again.value == first.value && first.value.rowIds.count == 1)
            #expect(try await fixture.profiles.get(key).experiences.count == 1)
            await #expect(throws: RepositoryError.requestIDReused) {
                try await fixture.profiles.edit(key, edits: [Self.add("y")], requestID: id)
            }
            // Nothing changes, and so does the revision.
            let row = first.value.rowIds[0]
            let same = try await fixture.profiles.edit(key, edits: [Self.update(.init(id: row, title: "x"), "title")])
            #expect(same.value.profile?.revision == 2)
        }
    }
}
