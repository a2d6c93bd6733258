import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessRepository

@Suite(.freshDatabase) struct ProfileRepositoryTests {
    @Test func `a profile reads back as it was written`() async throws {
        try await RepositoryFixture.run { fixture in
            let written = try await fixture.profiles.create(Samples.curie())
            #expect(Samples.content(written.value) == Samples.curie())
            #expect(written.value.revision == 1)
            #expect(written.value.createTime != nil)
            #expect(written.value.deleteTime == nil)
            #expect(written.value.experiences.allSatisfy { !$0.id.isEmpty })
            #expect(try await fixture.profiles.get(.id(written.value.id)) == written.value)
            #expect(try await fixture.profiles.get(.slug("marie-curie")) == written.value)
            #expect(
                try await fixture.profiles.get(
                    .id(written.value.id.uppercased()),
                    consistencyToken: written.consistencyToken
                )
                    == written.value
            )
        }
    }

    @Test func `what is not there is not found`() async throws {
        try await RepositoryFixture.run { fixture in
            await #expect(throws: RepositoryError.notFound(.profile, key: "nobody")) {
                try await fixture.profiles.get(.slug("nobody"))
            }
            await #expect(throws: RepositoryError.invalidField(path: "key.id", reason: "is not a UUID")) {
                try await fixture.profiles.get(.id("nobody"))
            }
            await #expect(throws: RepositoryError.notFound(.profile, key: "nobody")) {
                try await fixture.profiles.update(.slug("nobody"), with: Profile(), updateMask: ["headline"])
            }
            let one = try await fixture.profiles.create(Samples.named("One")).value
            let found = try await fixture.profiles.batchGet([.slug("nobody"), .slug("one"), .id(one.id)])
            #expect(found == [nil, one, one])
        }
    }

    @Test func `slugs come from names, with a number where taken`() async throws {
        try await RepositoryFixture.run { fixture in
            for expected in ["gabriela-mistral", "gabriela-mistral-2", "gabriela-mistral-3"] {
                let created = try await fixture.profiles.create(Samples.named("Gabriéla  Mistral"))
                #expect(created.value.slug == expected)
            }
            for (name, slug) in [
                ("莫言", "mo-yan"), ("山田太郎", "shan-tian-tai-lang"), ("김민준", "gimminjun"), ("Łukasz Żółć", "lukasz-zolc"),
                ("Владимир Путин", "vladimir-putin"), ("نجيب محفوظ", "njyb-mhfwz"), ("🙂", "profile"),
                ("O'Brien", "o-brien"),
            ] {
                #expect(try await fixture.profiles.create(Samples.named(name)).value.slug == slug)
            }
            await #expect(throws: RepositoryError.alreadyExists(field: "slug")) {
                try await fixture.profiles.create(Samples.named("Other", slug: "gabriela-mistral"))
            }
            await #expect(throws: RepositoryError.self) {
                try await fixture.profiles.create(Samples.named("Other", slug: "Not A Slug"))
            }
        }
    }

    @Test func `an identity belongs to one live profile`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.curie())
            var twin = Samples.curie()
            twin.slug = "twin"
            await #expect(throws: RepositoryError.alreadyExists(field: "identity_id")) {
                try await fixture.profiles.create(twin)
            }
            _ = try await fixture.profiles.softDelete(.slug("marie-curie"))
            _ = try await fixture.profiles.create(twin)
            await #expect(throws: RepositoryError.alreadyExists(field: "identity_id")) {
                try await fixture.profiles.restore(.slug("marie-curie"))
            }
        }
    }

    @Test func `an update changes what its mask names and nothing else`() async throws {
        try await RepositoryFixture.run { fixture in
            let before = try await fixture.profiles.create(Samples.curie()).value
            var values = Profile()
            values.headline = "Chemist"
            let after = try await fixture.profiles.update(
                .slug("marie-curie"),
                with: values,
                updateMask: ["headline"],
                ifRevision: 1
            ).value
            var expected = before
            expected.headline = "Chemist"
            expected.revision = 2
            expected.updateTime = after.updateTime
            #expect(after == expected)
            #expect(try await fixture.profiles.get(.id(before.id)) == expected)
        }
    }

    @Test func `a revision that is not current is refused with the current one`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.curie())
            _ = try await fixture.profiles.update(
                .slug("marie-curie"),
                with: Samples.named("x"),
                updateMask: ["headline", "display_name"]
            )
            await #expect(throws: RepositoryError.revisionMismatch(current: 2)) {
                try await fixture.profiles.update(
                    .slug("marie-curie"),
                    with: Profile(),
                    updateMask: ["headline"],
                    ifRevision: 1
                )
            }
            await #expect(throws: RepositoryError.revisionMismatch(current: 2)) {
                try await fixture.profiles.softDelete(.slug("marie-curie"), ifRevision: 1)
            }
        }
    }

    @Test(arguments: ["", "nope", "experiences.title", "id", "revision", "HEADLINE"])
    func `a path that is no field is refused by name`(path: String) async throws {
        do {
            _ = try UpdateMask(["headline", path])
            Issue.record("\(path) was taken")
        } catch {
            guard case .violations(let faults) = error else { throw error }
            #expect(faults.map(\.field) == ["update_mask.paths[1]"])
            #expect(faults[0].message.hasPrefix("names no field that can be written: \"\(path)\""))
        }
    }

    @Test func `each path that is no field is named, with what was meant`() {
        func faults(_ paths: [String], _ read: ([String]) throws(RepositoryError) -> Void) -> [String] {
            do {
                try read(paths)
                return []
            } catch {
                guard case .violations(let faults) = error else { return ["\(error)"] }
                return faults.map { "\($0.field) \($0.message)" }
            }
        }
        #expect(
            faults(["headlin", "slug", "name"]) { paths throws(RepositoryError) in _ = try UpdateMask(paths) } == [
                "update_mask.paths[0] names no field that can be written: \"headlin\"; did you mean headline?",
                "update_mask.paths[2] names no field that can be written: \"name\"; did you mean display_name?",
            ]
        )
        #expect(
            faults(["descripton", "skills", "configuration.wieghts"]) { paths throws(RepositoryError) in
                _ = try MaskUpdate(paths)
            } == [
                "update_mask.paths[0] names no field of a mask that can be written: \"descripton\"; did you mean description?",
                "update_mask.paths[1] names no field of a mask that can be written: \"skills\"; did you mean configuration.skills?",
                "update_mask.paths[2] names no field of a mask that can be written: \"configuration.wieghts\"; did you mean configuration.weights?",
            ]
        )
        let many = (0..<1_000).map { "nothing\($0)" }
        #expect(
            faults(many) { paths throws(RepositoryError) in _ = try UpdateMask(paths) }.count == Violations.countMax
        )
    }

    @Test func `writing what was read changes nothing`() async throws {
        try await RepositoryFixture.run { fixture in
            let before = try await fixture.profiles.create(Samples.curie()).value
            var spelled = before
            spelled.attributesJson = #"{"languages":["pl","fr"],"born":{"year":1867}}"#
            let after = try await fixture.profiles.update(.id(before.id), with: spelled, updateMask: ["*"])
            #expect(after.value == before)
        }
    }

    @Test func `experiences keep their ids, and only changed sections are embedded again`() async throws {
        try await RepositoryFixture.run { fixture in
            let before = try await fixture.profiles.create(Samples.curie()).value
            try await fixture.embedAll()
            var values = Samples.curie()
            values.experiences[0].description = "Taught physics and led the laboratory."
            values.experiences.swapAt(0, 1)
            values.experiences.append(Experience(category: .volunteer, title: "Radiology cars"))
            let after = try await fixture.profiles.update(
                .id(before.id),
                with: values,
                updateMask: ["experiences"]
            ).value
            #expect(after.experiences[0].id == before.experiences[1].id)
            #expect(after.experiences[1].id == before.experiences[0].id)
            #expect(Samples.content(after).experiences == values.experiences)
            let space = try await fixture.embeddings.space(named: "")
            let jobs = try await fixture.embeddings.claim(space: space, count: 10)
            #expect(Set(jobs.map(\.sectionID)) == [after.experiences[1].id, after.experiences[2].id])
        }
    }

    @Test func `a removed section loses its embedding in the same transaction`() async throws {
        try await RepositoryFixture.run { fixture in
            let before = try await fixture.profiles.create(Samples.curie()).value
            try await fixture.embedAll()
            let count = "SELECT count(*)::int8 FROM embeddings_all_minilm_l6_v2"
            #expect(try await fixture.value(count, as: Int64.self) == 4)
            _ = try await fixture.profiles.update(
                .id(before.id),
                with: Profile(),
                updateMask: ["experiences", "skills"]
            )
            #expect(try await fixture.value(count, as: Int64.self) == 1)
            #expect(try await fixture.embeddings.outboxStatus().pending == 0)
        }
    }

    @Test func `ids that callers choose are checked`() async throws {
        try await RepositoryFixture.run { fixture in
            let first = try await fixture.profiles.create(Samples.curie()).value
            var other = Samples.named("Other")
            other.experiences = [Experience(id: first.experiences[0].id, title: "Taken")]
            await #expect(throws: RepositoryError.alreadyExists(field: "experiences[0].id")) {
                try await fixture.profiles.create(other)
            }
            other.experiences = [Experience(id: "nope")]
            await #expect(throws: RepositoryError.invalidField(path: "experiences[0].id", reason: "is not a UUID")) {
                try await fixture.profiles.create(other)
            }
            let id = "99999999-aaaa-4bbb-8ccc-dddddddddddd"
            other.experiences = [Experience(id: id), Experience(id: id.uppercased())]
            await #expect(throws: RepositoryError.invalidField(path: "experiences[1].id", reason: "occurs twice")) {
                try await fixture.profiles.create(other)
            }
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 1)
        }
    }

    /// Rows without an id are not the row with the zero UUID.
    @Test func `of several rows the one whose id is taken is named`() async throws {
        try await RepositoryFixture.run { fixture in
            let zero = "00000000-0000-0000-0000-000000000000"
            var first = Samples.named("First")
            first.experiences = [Experience(id: zero, title: "Taken")]
            first.skills = [Skill(id: zero, name: "Taken")]
            _ = try await fixture.profiles.create(first)
            let other = try await fixture.profiles.create(Samples.named("Other")).value
            var wanted = Profile(experiences: [Experience(title: "New"), Experience(id: zero, title: "Mine")])
            wanted.skills = [Skill(name: "New"), Skill(id: zero, name: "Mine")]
            for (list, field) in [("experiences", "experiences[1].id"), ("skills", "skills[1].id")] {
                let profile = wanted
                await #expect(throws: RepositoryError.alreadyExists(field: field)) {
                    try await fixture.profiles.update(.id(other.id), with: profile, updateMask: [list])
                }
            }
        }
    }

    @Test func `a date that does not exist is refused`() async throws {
        let dates = [
            PartialDate(year: 0, month: 1), PartialDate(year: 10_000), PartialDate(year: 1900, month: 13),
            PartialDate(year: 1900, month: 0, day: 1), PartialDate(year: 1900, month: 2, day: 29),
            PartialDate(year: -5),
        ]
        try await RepositoryFixture.run { fixture in
            for date in dates {
                var profile = Samples.named("One")
                profile.experiences = [Experience(title: "x", endDate: date)]
                let refused = profile
                await #expect("\(date)") {
                    try await fixture.profiles.create(refused)
                } throws: { error in
                    guard case .invalidField(let path, _)? = error as? RepositoryError else { return false }
                    return path.hasPrefix("experiences[0].end_date")
                }
            }
        }
    }

    @Test func `attributes that are no object are refused`() async throws {
        try await RepositoryFixture.run { fixture in
            for json in ["[]", "1", "{", "null", #"{"a":"\u0000"}"#] {
                var profile = Samples.named("One")
                profile.attributesJson = json
                let refused = profile
                await #expect("\(json)") {
                    try await fixture.profiles.create(refused)
                } throws: { error in
                    guard case .invalidField("attributes_json", _)? = error as? RepositoryError else { return false }
                    return true
                }
            }
        }
    }
}
