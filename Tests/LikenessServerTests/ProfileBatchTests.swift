import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// Batches and edits as callers see them.
@Suite(.freshDatabase) struct ProfileBatchTests {
    private static func slug(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }

    private static func people(_ count: Int) -> [Profile] {
        (0..<count).map { Profile(slug: "p-\($0)", displayName: "Person \($0)") }
    }

    private static func reason(_ status: RPCStatus) -> String {
        for detail in status.details where detail.type == "likeness.rpc.v1.ErrorInfo" {
            return (try? RPCErrorInfo(decoding: detail.value))?.reason ?? ""
        }
        return ""
    }

    private static func errors(_ results: [BatchDeleteProfilesResult]) -> [String] {
        results.map { result in
            if case .error(let status)? = result.result { "\(Self.reason(status)): \(status.message)" } else { "" }
        }
    }

    private static func errors(_ results: [BatchUpsertProfilesResult]) -> [String] {
        results.map { result in
            if case .error(let status)? = result.result { "\(Self.reason(status)): \(status.message)" } else { "" }
        }
    }

    @Test func `deletions are answered item by item, and the audit log names those that were made`() async throws {
        let audit = RecordedLog()
        try await ServiceFixture.run(embeds: false, auditLogger: audit.logger) { fixture in
            let profiles = fixture.client.profiles
            _ = try await profiles.batchUpsertProfiles(.init(profiles: Self.people(200)), options: .init())
            var keys = (0..<200).map { Self.slug("p-\($0)") }
            keys[1] = Self.slug("nobody")
            let answer = try await profiles.batchDeleteProfiles(.init(keys: keys), options: .init())
            let errors = Self.errors(answer.results)
            #expect(errors[1] == "NOT_FOUND: no profile nobody" && errors.filter { $0 != "" }.count == 1)
            #expect(!answer.consistencyToken.isEmpty)
            var ids: Set<String> = []
            for case .deleted(let deleted)? in answer.results.map(\.result) { ids.insert(deleted.id) }
            // Again: nothing is deleted.
            let again = try await profiles.batchDeleteProfiles(.init(keys: keys), options: .init())
            #expect(again.consistencyToken.isEmpty == false || again.results.count == 200)
            let listed = try await profiles.listProfiles(.init(), options: .init()).profiles.map(\.slug)
            #expect(listed == ["p-1"])
            #expect(try await Patience.until { audit.lines.count == 2 })
            let target = try #require(audit.lines[0].split(separator: " ").first { $0.hasPrefix("target=") })
            let named = Set(target.dropFirst("target=".count).split(separator: ",").map(String.init))
            #expect(named == ids && ids.count == 199)
            #expect(!audit.lines[1].contains("target="))

            for (request, field) in [
                (BatchDeleteProfilesRequest(), "keys"),
                (.init(keys: (0..<201).map { Self.slug("p-\($0)") }), "keys"),
                (.init(keys: [Self.slug("p-1"), .init()]), "keys[1]"),
                (.init(keys: [Self.slug("p-1")], ifRevisions: [1, 1]), "if_revisions"),
                (.init(keys: [Self.slug("p-1")], ifRevisions: [-1]), "if_revisions[0]"),
                (.init(keys: [.init(key: .id("x"))]), "keys[0].id"),
            ] {
                let error = await ServiceFixture.failure {
                    try await profiles.batchDeleteProfiles(request, options: .init())
                }
                #expect(
                    error?.code == .invalidArgument && error?.violations.first?.field == field,
                    "\(field): \(error.debugDescription)"
                )
            }
            #expect(
                try await profiles.getProfile(.init(key: Self.slug("p-1")), options: .init()).profile?.deleteTime == nil
            )
        }
    }

    @Test func `a batch that is all or nothing is nothing where one item fails`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let profiles = fixture.client.profiles
            var people = Self.people(3)
            people[1].displayName = ""
            // One that breaks a rule does not reach the store, and stops the others.
            let invalid = try await profiles.batchUpsertProfiles(
                .init(profiles: people, atomic: true),
                options: .init()
            )
            let undone = "BATCH_UNDONE: nothing was written: item 1 failed"
            #expect(
                Self.errors(invalid.results)
                    == [undone, "INVALID_FIELD: profiles[1].display_name is required", undone]
            )
            people[1].displayName = "B"
            people[1].attributesJson = "[1]"
            let refused = try await profiles.batchUpsertProfiles(
                .init(profiles: people, atomic: true),
                options: .init()
            )
            let errors = Self.errors(refused.results)
            #expect(errors[0] == undone && errors[1].contains("profiles[1].attributes_json") && errors[2] == undone)
            #expect(try await profiles.listProfiles(.init(), options: .init()).profiles.isEmpty)
            people[1].attributesJson = ""
            let stored = try await profiles.batchUpsertProfiles(.init(profiles: people, atomic: true), options: .init())
            #expect(Self.errors(stored.results) == ["", "", ""] && !stored.consistencyToken.isEmpty)

            let keys = [Self.slug("p-0"), Self.slug("nobody"), Self.slug("p-2")]
            let kept = try await profiles.batchDeleteProfiles(.init(keys: keys, atomic: true), options: .init())
            #expect(Self.errors(kept.results) == [undone, "NOT_FOUND: no profile nobody", undone])
            #expect(try await profiles.listProfiles(.init(), options: .init()).profiles.count == 3)
        }
    }

    @Test func `rows are edited by whoever may write, and what is wrong is named`() async throws {
        let reader = "URI:spiffe://test/reader"
        let roles = ServerConfiguration.Roles(admin: ["URI:spiffe://test/admin"], reader: [reader])
        try await ServiceFixture.run(embeds: false, roles: roles) { fixture in
            let profiles = fixture.client.profiles
            _ = try await profiles.createProfile(.init(profile: Self.people(1)[0]), options: .init())
            let key = Self.slug("p-0")
            _ = try await profiles.updateProfile(
                .init(key: key, profile: .init(slug: "now"), updateMask: .init(paths: ["slug"])),
                options: .init()
            )
            func edit(_ edits: [ProfileEdit]) async throws -> EditProfileResponse {
                try await profiles.editProfile(.init(key: key, edits: edits), options: .init())
            }
            let added = try await edit([
                .init(edit: .addExperience(.init(experience: .init(title: "Nurse")))),
                .init(edit: .addSkill(.init(skill: .init(name: "Triage")))),
            ])
            #expect(added.redirectedFrom == "p-0" && !added.consistencyToken.isEmpty && added.rowIds.count == 2)
            #expect(added.profile?.experiences.map(\.id) == [added.rowIds[0]] && added.profile?.revision == 3)
            let long = String(repeating: "x", count: 501)
            for (edits, code, field) in [
                ([], LikenessError.Code.invalidArgument, "edits"),
                ([ProfileEdit(edit: .addExperience(.init()))], .invalidArgument, "edits[0].add_experience.experience"),
                ([.init(edit: .removeSkill("x"))], .invalidArgument, "edits[0].remove_skill"),
                ([.init()], .invalidArgument, "edits[0]"),
                (
                    [.init(edit: .addExperience(.init(experience: .init(title: long))))], .invalidArgument,
                    "edits[0].add_experience.experience.title"
                ),
                (
                    [
                        .init(
                            edit: .updateSkill(
                                .init(skill: .init(id: added.rowIds[1]), updateMask: .init(paths: ["x"]))
                            )
                        )
                    ],
                    .invalidArgument, "edits[0].update_skill.update_mask.paths[0]"
                ),
                (
                    [.init(edit: .addSkill(.init(skill: .init(id: added.rowIds[1], name: "x"))))], .alreadyExists,
                    "edits[0].add_skill.skill.id"
                ),
            ] {
                let error = await ServiceFixture.failure { try await edit(edits) }
                #expect(
                    error?.code == code && error?.violations.first?.field == field,
                    "\(field): \(error.debugDescription)"
                )
            }
            let none = await ServiceFixture.failure {
                try await edit([.init(edit: .removeExperience(added.rowIds[1]))])
            }
            #expect(none?.code == .notFound && none?.message == "no experience \(added.rowIds[1])")
            #expect(none?.violations.map(\.field) == ["edits[0].remove_experience"])
            let other = try ServiceFixture.client(fixture.authority, port: fixture.port, name: reader)
            let denied = await ServiceFixture.failure {
                try await other.profiles.editProfile(
                    .init(key: key, edits: [.init(edit: .removeSkill(added.rowIds[1]))]),
                    options: .init()
                )
            }
            #expect(denied?.code == .permissionDenied)
            await other.close()
            #expect(try await profiles.getProfile(.init(key: key), options: .init()).profile == added.profile)
        }
    }

    @Test func `an experience or skill that says nothing is refused, however it is written`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let profiles = fixture.client.profiles
            let id = UUID().uuidString.lowercased()
            let blank = Profile(
                slug: "a",
                displayName: "A",
                experiences: [.init(title: "Nurse"), .init(id: id)],
                skills: [.init()]
            )
            let paths = ["profile.experiences[1]", "profile.skills[0]"]
            let created = await ServiceFixture.failure {
                try await profiles.createProfile(.init(profile: blank), options: .init())
            }
            #expect(created?.code == .invalidArgument && created?.violations.map(\.field) == paths)
            let batch = try await profiles.batchUpsertProfiles(.init(profiles: [blank]), options: .init())
            #expect(
                Self.errors(batch.results) == [
                    "INVALID_FIELD: profiles[0].experiences[1] says nothing: no field is set (and 1 more)"
                ]
            )
            var person = blank
            person.experiences.removeLast()
            person.skills = [.init(keywords: ["x"])]
            _ = try await profiles.createProfile(.init(profile: person), options: .init())
            for (mask, fields) in [
                (["*"], paths), (["skills"], ["profile.skills[0]"]), (["headline", "experiences"], [paths[0]]),
            ] {
                let updated = await ServiceFixture.failure {
                    try await profiles.updateProfile(
                        .init(key: Self.slug("a"), profile: blank, updateMask: .init(paths: mask)),
                        options: .init()
                    )
                }
                #expect(updated?.code == .invalidArgument && updated?.violations.map(\.field) == fields, "\(mask)")
            }
            // What is not written is not looked at.
            let headline = try await profiles.updateProfile(
                .init(key: Self.slug("a"), profile: blank, updateMask: .init(paths: ["headline", "display_name"])),
                options: .init()
            )
            #expect(headline.profile?.experiences.count == 1)
        }
    }

    @Test func `the command line deletes many, and edits rows`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let people = Self.people(210)
            for part in [people[..<200], people[200...]] {
                _ = try await fixture.client.profiles.batchUpsertProfiles(
                    .init(profiles: Array(part)),
                    options: .init()
                )
            }
            try await TestFolders.withPath { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ arguments: [String], input: String = "") async throws -> BuiltProgram.Run {
                    try await likeness.run(
                        ["profile"] + arguments + ["--timeout", "120"],
                        environment: environment,
                        input: input
                    )
                }
                let one = try await run(["delete", "p-0"])
                #expect(one.output == "deleted p-0\n" && one.status == 0, "\(one)")
                let some = try await run(["delete", "p-0", "nobody", "p-1"])
                #expect(some.output == "deleted p-0\ndeleted p-1\n" && some.status == 1, "\(some)")
                #expect(some.errors.contains("nobody: no profile nobody"), "\(some)")
                let atomic = try await run(["delete", "p-2", "nobody", "--atomic"])
                #expect(
                    atomic.output == "" && atomic.status == 1 && atomic.errors.contains("item 1 failed"),
                    "\(atomic)"
                )
                let all = (2..<210).map { "p-\($0)" }.joined(separator: "\n") + "\n\n"
                let many = try await run(["delete", "--file", "-", "--output", "json"], input: all)
                #expect(many.status == 0 && many.output.matches(of: /"deleteTime"/).count == 208, "\(many.errors)")
                let tooMany = try await run(["delete", "--file", "-", "--atomic"], input: all)
                #expect(tooMany.status == 64 && tooMany.errors.contains("at most 200"), "\(tooMany)")
                #expect(try await run(["delete"]).status == 64)
                #expect(try await run(["delete", "p-1", "p-2", "--if-revision", "1"]).status == 64)

                _ = try await run(["restore", "p-1"])
                let id = UUID().uuidString.lowercased()
                let added = try await run([
                    "experience", "add", "p-1", "--id", id, "--category", "work", "--title", "Nurse", "--start",
                    "1854-10",
                    "--tag", "a", "--tag", "b",
                ])
                #expect(added.output == "added \(id)\n" && added.status == 0, "\(added)")
                let updated = try await run(["experience", "update", "p-1", id, "--title", "Matron", "--start", ""])
                #expect(updated.output == "updated \(id)\n", "\(updated)")
                let skill = try await run([
                    "skill", "add", "p-1", "--name", "Triage", "--keyword", "x", "--output", "json",
                ])
                #expect(skill.output.contains("Triage"), "\(skill)")
                let stored = try #require(
                    try await fixture.client.profiles.getProfile(.init(key: Self.slug("p-1")), options: .init()).profile
                )
                #expect(
                    stored.experiences == [Experience(id: id, category: .work, title: "Matron", tags: ["a", "b"])]
                )
                #expect(stored.skills.map(\.keywords) == [["x"]])
                let late = try await run([
                    "skill", "update", "p-1", stored.skills[0].id, "--level", "x", "--if-revision", "1",
                ])
                #expect(late.status == 74 && late.errors.contains("ABORTED"), "\(late)")
                let emptied = try await run(["experience", "update", "p-1", id, "--tag", ""])
                #expect(emptied.output == "updated \(id)\n", "\(emptied)")
                let tags = try await fixture.client.profiles.getProfile(.init(key: Self.slug("p-1")), options: .init())
                #expect(tags.profile?.experiences == [Experience(id: id, category: .work, title: "Matron")])
                let removed = try await run(["experience", "remove", "p-1", id])
                #expect(removed.output == "removed \(id)\n", "\(removed)")
                let gone = try await run(["experience", "remove", "p-1", id])
                #expect(gone.status == 69 && gone.errors.contains("no experience \(id)"), "\(gone)")
                let wrong = try await run(["experience", "add", "p-1", "--title", "x", "--start", "May"])
                #expect(wrong.status == 64 && wrong.errors.contains("YYYY"), "\(wrong)")
            }
        }
    }
}
