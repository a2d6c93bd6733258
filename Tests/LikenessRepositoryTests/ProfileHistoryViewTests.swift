import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// What a view shows of what profiles were.
@Suite(.freshDatabase) struct ProfileHistoryViewTests {
    private typealias Past = ProfileHistoryTests

    private static func view(_ configuration: MaskConfiguration) throws -> View {
        try View([Mask(id: UUID().uuidString, name: "m", configuration: configuration, revision: 1)])
    }

    /// As `revisions` lists them, but for their times.
    private static func shown(_ profiles: ProfileRepository, _ view: View) async throws -> [ProfileRevision] {
        try await profiles.revisions(of: Past.key("ada"), through: view, showOldValues: true).revisions.map {
            var revision = $0
            revision.createTime = nil
            return revision
        }
    }

    @Test func `a view shows of the past what it shows of the present`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Past.keeping(fixture)
            let ada = Past.key("ada")
            var person = Samples.named("Ada", slug: "ada", summary: "secret one")
            person.headline = "shown one"
            person.experiences = [.init(title: "Nurse", organization: "hidden place"), .init(title: "Cook")]
            _ = try await profiles.create(person, requestID: Past.by("alice"))
            let view = try Self.view(MaskConfiguration(hiddenFields: ["summary", "experiences.organization"]))
            let start = try await Self.shown(profiles, view)
            #expect(start == [ProfileRevision()])

            // Whether what is hidden was changed cannot be told.
            _ = try await profiles.update(ada, with: .init(summary: "secret two"), updateMask: ["summary"])
            let edited = Experience(
                id: try await profiles.get(ada).experiences[0].id,
                organization: "another hidden place"
            )
            let edit = ProfileEdit(
                edit: .updateExperience(.init(experience: edited, updateMask: .init(paths: ["organization"])))
            )
            _ = try await profiles.edit(ada, edits: [edit])
            #expect(try await Self.shown(profiles, view) == start)

            _ = try await profiles.update(
                ada,
                with: .init(headline: "shown two", summary: "secret three"),
                updateMask: ["headline", "summary"],
                requestID: Past.by("bob")
            )
            let listed = try await Self.shown(profiles, view)
            #expect(
                listed == [
                    ProfileRevision(changedPaths: ["headline"], oldValues: Profile(headline: "shown one")),
                    ProfileRevision(),
                ]
            )
            let whole = try await profiles.revisions(of: ada).revisions
            for write in whole {
                let time = try #require(write.createTime)
                let past = try await profiles.get(ada, asOf: Past.time(time), through: view).profile
                #expect(past.summary.isEmpty && past.revision == 0 && past.updateTime == nil)
                #expect(past.experiences.allSatisfy { $0.organization.isEmpty } && past.experiences.count == 2)
                #expect(past.headline == (write.revision == 4 ? "shown two" : "shown one"))
            }
            let first = Past.time(try #require(whole.last?.createTime))
            let difference = try await profiles.difference(of: ada, from: first, to: nil, through: view)
            #expect(difference.changedPaths == ["headline"] && difference.from == Profile(headline: "shown one"))
            for point in [Past.revision(1), Past.revision(4), Past.revision(9)] {
                do {
                    _ = try await profiles.get(ada, asOf: point, through: view)
                    Issue.record("\(point)")
                } catch RepositoryError.invalidField(let path, _) {
                    #expect(path == "as_of.revision")
                }
            }
        }
    }

    @Test(arguments: [
        // What is hidden is hidden whole; or in part, so that each write is read.
        MaskConfiguration(excludeTags: ["secret"], hiddenFields: ["summary", "skills"]),
        MaskConfiguration(includeTags: ["open"], hiddenFields: ["skills.level", "attributes.hidden"]),
        MaskConfiguration(filter: "skills.name:triage OR headline:none", hiddenFields: ["skills.level"]),
    ])
    func `hidden writes cost a page no round trip, and do not change it`(_ configuration: MaskConfiguration)
        async throws
    {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Past.keeping(fixture)
            let ada = Past.key("ada")
            var person = Samples.named("Ada", slug: "ada")
            (person.tags, person.skills) = (["open"], [.init(name: "Triage")])
            let skill = try await profiles.create(person).value.skills[0]
            let view = try Self.view(configuration)
            for number in 0..<30 {
                _ = try await profiles.update(ada, with: .init(headline: "\(number)"), updateMask: ["headline"])
            }
            var hidden = 0
            func hide(_ count: Int) async throws {
                while hidden < count {
                    var values = Profile(skills: [skill])
                    values.skills[0].level = "\(hidden)"
                    let isWhole = configuration.hiddenFields.contains("summary")
                    if isWhole { values = Profile(summary: "Secret \(hidden)") }
                    _ = try await profiles.update(ada, with: values, updateMask: [isWhole ? "summary" : "skills"])
                    hidden += 1
                }
            }
            var lists: [[ProfileRevision]] = []
            var trips: [[UInt64]] = []
            for count in [0, 5, 60] {
                try await hide(count)
                var (found, counts): ([ProfileRevision], [UInt64]) = ([], [])
                var token = ""
                repeat {
                    let before = fixture.pool.statistics.acquired
                    let page = try await profiles.revisions(of: ada, through: view, pageToken: token)
                    counts.append(fixture.pool.statistics.acquired - before)
                    found += page.revisions
                    token = page.nextPageToken
                } while !token.isEmpty
                lists.append(found)
                trips.append(counts)
            }
            #expect(lists[0].count == 31 && lists[1] == lists[0] && lists[2] == lists[0])
            #expect(trips[0].count == 2 && trips[1] == trips[0] && trips[2] == trips[0], "\(trips)")
            #expect(try await profiles.revisions(of: ada, pageSize: 100).revisions.count == 91)
            // A mask that has changed shows another list.
            let token = try await profiles.revisions(of: ada, through: view).nextPageToken
            let changed = try Self.view(configuration)
            await #expect(throws: RepositoryError.invalidPageToken) {
                try await profiles.revisions(of: ada, through: changed, pageToken: token)
            }
        }
    }

    @Test(arguments: [
        (MaskConfiguration(excludeTags: ["secret"], hiddenFields: ["tags"]), Profile(tags: ["secret"]), "tags"),
        (
            MaskConfiguration(filter: #"attributes.level = 3"#, hiddenFields: ["attributes"]), Profile(),
            "attributes_json"
        ),
        (MaskConfiguration(filter: "skills.name:triage", hiddenFields: ["skills"]), Profile(), "skills"),
    ])
    func `a hidden field that a rule asks about is looked at`(
        _ configuration: MaskConfiguration,
        _ values: Profile,
        _ path: String
    ) async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Past.keeping(fixture)
            var person = Samples.named("Ada", slug: "ada")
            (person.attributesJson, person.skills) = (#"{"level": 3}"#, [.init(name: "Triage")])
            _ = try await profiles.create(person)
            _ = try await profiles.update(Past.key("ada"), with: values, updateMask: [path])
            _ = try await profiles.update(Past.key("ada"), with: person, updateMask: [path])
            // It appeared twice.
            let listed = try await Self.shown(profiles, try Self.view(configuration))
            #expect(listed == [ProfileRevision(), ProfileRevision()])
        }
    }

    @Test func `writes beyond what one look at the history reads are listed too`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Past.keeping(fixture)
            let ada = Past.key("ada")
            let view = try Self.view(MaskConfiguration(excludeTags: ["secret"], hiddenFields: ["experiences.location"]))
            // Of a large profile a few, of a small one a hundred.
            var person = Samples.named("Ada", slug: "ada")
            person.attributesJson = "{\"a\": \"\(String(repeating: "x", count: 250_000))\"}"
            person.experiences = [.init(title: "Nurse")]
            _ = try await profiles.create(person)
            func place(_ number: Int) async throws {
                person.experiences[0].location = "\(number)"
                _ = try await profiles.update(ada, with: person, updateMask: ["experiences"])
            }
            for number in 0..<40 { try await place(number) }
            _ = try await profiles.update(ada, with: .init(attributesJson: "{}"), updateMask: ["attributes_json"])
            for number in 40..<150 { try await place(number) }
            let listed = try await profiles.revisions(of: ada, through: view).revisions
            #expect(listed.map(\.changedPaths) == [["attributes_json"], []])
        }
    }

    /// Each of them with what makes `person` below one that it does not show.
    private static let scopes: [(configuration: MaskConfiguration, hide: Profile, paths: [String])] = [
        (.init(excludeTags: ["secret"]), Profile(tags: ["secret"]), ["tags"]),
        (.init(includeTags: ["public"]), Profile(tags: ["other"]), ["tags"]),
        (.init(filter: "summary:words"), Profile(summary: "none of them"), ["summary"]),
        (.init(filter: #"headline = "The Headline""#), Profile(headline: "Another"), ["headline"]),
        (.init(filter: #"experiences(title = "Nurse" AND start_date < 1900)"#), Profile(), ["experiences"]),
        (
            .init(filter: "experiences.end_date > 1855 AND experiences.description:fever"),
            Profile(experiences: [.init(title: "Nurse", startDate: .init(year: 1854))]), ["experiences"]
        ),
        (.init(filter: "skills.name:triage"), Profile(skills: [.init(name: "Cooking")]), ["skills"]),
        (.init(filter: #"attributes.level = 3"#), Profile(attributesJson: #"{"level": 4}"#), ["attributes_json"]),
        (
            .init(filter: #"external_ids(system = crm AND id = "1")"#),
            Profile(externalIds: [.init(system: "crm", id: "2")]), ["external_ids"]
        ),
        (.init(filter: #"slug = "ada" AND create_time > 2020 AND update_time > 2020"#), Profile(slug: "eve"), ["slug"]),
        (
            .init(filter: #"identity_id = "11111111-2222-4333-8444-555555555555""#), Profile(), ["identity_id"]
        ),
    ]

    @Test(arguments: scopes.indices)
    func `what a view did not show then it does not show now`(_ index: Int) async throws {
        let (configuration, hidden, paths) = Self.scopes[index]
        try await RepositoryFixture.run { fixture in
            let profiles = try await Past.keeping(fixture)
            let person = Profile(
                identityId: "11111111-2222-4333-8444-555555555555",
                slug: "ada",
                displayName: "Ada",
                headline: "The Headline",
                summary: "Words of it",
                tags: ["public"],
                attributesJson: #"{"level": 3}"#,
                experiences: [
                    .init(
                        category: .work,
                        title: "Nurse",
                        startDate: .init(year: 1854, month: 10),
                        endDate: .init(year: 1856, month: 7, day: 1),
                        description: "Fever wards"
                    )
                ],
                skills: [.init(name: "Triage")],
                externalIds: [.init(system: "crm", id: "1")]
            )
            let id = try await profiles.create(person).value.id
            let key = ProfileKey(key: .id(id))
            let view = try Self.view(configuration)
            #expect(try await profiles.get(key, through: view).id == id)
            _ = try await profiles.update(key, with: hidden, updateMask: paths)
            await #expect(throws: RepositoryError.notFound(.profile, key: id)) {
                try await profiles.get(key, through: view)
            }
            // It is not there, and neither is its past.
            await #expect(throws: RepositoryError.notFound(.profile, key: id)) {
                try await profiles.revisions(of: key, through: view)
            }
            _ = try await profiles.update(key, with: person, updateMask: paths)
            let writes = try await profiles.revisions(of: key).revisions.reversed().map { try #require($0.createTime) }
            #expect(writes.count == 3)
            for (number, time) in writes.enumerated() {
                let point = Past.time(time)
                if number == 1 {
                    await #expect(throws: RepositoryError.notFound(.profile, key: id)) {
                        try await profiles.get(key, asOf: point, through: view)
                    }
                    await #expect(throws: RepositoryError.notFound(.profile, key: id)) {
                        try await profiles.difference(of: key, from: point, to: nil, through: view)
                    }
                } else {
                    #expect(try await profiles.get(key, asOf: point, through: view).profile.displayName == "Ada")
                }
            }
            // It appeared twice, and nothing says what it was between.
            let listed = try await profiles.revisions(of: key, through: view, showOldValues: true).revisions
            #expect(listed.count == 2 && listed.allSatisfy { $0.changedPaths.isEmpty && $0.oldValues == nil })
        }
    }

    @Test func `through a view nothing is known of a time before the history, whether anything was changed or not`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("Ada", slug: "ada"))
            _ = try await fixture.profiles.create(Samples.named("Eve", slug: "eve"))
            let before = try #require(try await fixture.profiles.get(Past.key("eve")).updateTime)
            let profiles = try await Past.keeping(fixture)
            _ = try await profiles.update(Past.key("ada"), with: .init(summary: "hidden"), updateMask: ["summary"])
            let view = try Self.view(MaskConfiguration(hiddenFields: ["summary"]))
            for slug in ["ada", "eve"] {
                do {
                    _ = try await profiles.get(Past.key(slug), asOf: Past.time(before), through: view)
                    Issue.record("\(slug)")
                } catch RepositoryError.failedPrecondition(let type, _, _) {
                    #expect(type == "HISTORY_NOT_KEPT")
                }
                // Without one it is, where it is.
                #expect(try await profiles.get(Past.key(slug), asOf: Past.time(before)).profile.slug == slug)
            }
        }
    }
}
