import Foundation
import LikenessClient
import LikenessCommands
import LikenessLoad
import LikenessMessages
import LikenessPostgres
import LikenessReflection
import LikenessTesting
import Testing

/// What `likeness profile export` writes, and `likeness profile import` reads back.
@Suite(.freshDatabase) struct ExportCommandTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL
    private static let laureates = Self.root.appending(path: "../shared/data/laureates.jsonl").standardizedFileURL.path
    /// Generated people; 60 unless LIKENESS_EXPORT_PEOPLE says how many.
    private static let generatedCount =
        ProcessInfo.processInfo.environment["LIKENESS_EXPORT_PEOPLE"].flatMap { Int($0) } ?? 60

    /// A service, a folder, and the client.json there.
    private static func run(
        _ body: (_ fixture: ServiceFixture, _ folder: String, _ connect: String) async throws -> Void
    ) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                try await body(fixture, folder, try fixture.writeClientFile(in: folder))
            }
        }
    }

    private static func export(_ connect: String, _ arguments: String...) async throws -> BuiltProgram.Run {
        let run = try await BuiltProgram("likeness").run(
            ["profile", "export", "--timeout", "3600"] + arguments,
            environment: ["LIKENESS_CONNECT": connect]
        )
        #expect(run.status == 0, "\(run.errors)")
        return run
    }

    private static func empty() async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript("DELETE FROM profiles") }
    }

    /// A profile but for what every write makes anew.
    private static func content(_ profile: Profile) -> Profile {
        var profile = profile
        (profile.revision, profile.createTime, profile.updateTime) = (0, nil, nil)
        return profile
    }

    private static func stored(_ client: LikenessClient) async throws -> [Profile] {
        try await ExportedProfiles.read(client, options: .init(timeout: .seconds(3_600))).profiles
    }

    /// Exports all to a file, empties the store and imports the file.
    private static func roundTrip(_ fixture: ServiceFixture, _ folder: String, _ connect: String) async throws {
        let before = try await Self.stored(fixture.client)
        let file = "\(folder)/people.jsonl.gz"
        let clock = ContinuousClock()
        let exported = try await clock.measure {
            let run = try await Self.export(connect, "--output-file", file)
            #expect(run.output == "exported \(before.count) profiles to \(file)\n", "\(run)")
        }
        try await Self.empty()
        let imported = try await clock.measure {
            let report = try await ImportCommand.run(file, client: connect).report
            #expect(report.created == before.count && report.refused == 0 && report.warnings == 0)
        }
        let after = try await Self.stored(fixture.client)
        #expect(after.map(\.id) == before.map(\.id))
        for (one, other) in zip(before, after) {
            #expect(Self.content(one) == Self.content(other), "\(one.slug)")
        }
        if before.count > 1_000 {
            print("\(before.count) people: exported in \(exported), imported in \(imported)")
        }
    }

    private static func create(_ client: LikenessClient, _ profile: Profile) async throws -> Profile {
        try #require(try await client.profiles.createProfile(.init(profile: profile), options: .init()).profile)
    }

    // MARK: The service's own messages

    @Test func `what was exported is imported as it was: the examples and a profile with everything`() async throws {
        try await Self.run { fixture, folder, connect in
            for file in ["profiles.jsonl", "one-profile.json", "resume.json", "people.csv", "linkedin", "europass.xml"]
            {
                _ = try await ImportCommand.run(Self.root.appending(path: "examples/\(file)").path, client: connect)
            }
            let text = "<b>ünal</b> &amp; \"\\\" \u{1F469}\u{200D}\u{1F692} \u{202E}\u{7F}\u{2028} line\nline\ttab"
            _ = try await Self.create(
                fixture.client,
                Profile(
                    identityId: "6b1f0c5e-6c5e-4b3a-9d2a-0f4c7e6d1a2b",
                    slug: "6b1f0c5e-6c5e-4b3a-9d2a-0f4c7e6d1a2c",
                    displayName: text,
                    headline: text,
                    summary: text,
                    location: text,
                    tags: ["no-recruiters", "é"],
                    keywords: ["k"],
                    attributesJson:
                        #"{"n": 12345678901234567890.5000, "deep": [{"x": null}], "json_resume": {"a": "<i>b</i>"}}"#,
                    experiences: [
                        .init(title: text), .init(category: .award, startDate: .init(year: 1)),
                        .init(
                            category: .work,
                            title: "t",
                            organization: "o",
                            location: "l",
                            startDate: .init(year: 9_999, month: 12, day: 31),
                            endDate: .init(year: 1900, month: 2),
                            description: text,
                            highlights: ["", text],
                            tags: ["a", "b"]
                        ),
                    ],
                    skills: [
                        .init(name: text, category: "language", level: "C1", keywords: ["x", "y"]),
                        .init(category: "c"),
                    ],
                    externalIds: [
                        .init(system: "crm", id: text), .init(system: "crm", id: "2"), .init(system: "hr", id: "2"),
                    ]
                )
            )
            try await Self.roundTrip(fixture, folder, connect)
            // Once more it changes nothing.
            let again = try await ImportCommand.run("\(folder)/people.jsonl.gz", client: connect).report
            #expect(again.unchanged == again.people.count && again.warnings == 0 && again.people.count > 160)
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: Self.laureates), "the laureates are not there"))
    func `what was exported is imported as it was: the laureates`() async throws {
        try await Self.run { fixture, folder, connect in
            let report = try await ImportCommand.run(Self.laureates, client: connect).report
            #expect(report.created == 981)
            try await Self.roundTrip(fixture, folder, connect)
        }
    }

    @Test(.timeLimit(.minutes(60)))
    func `what was exported is imported as it was: generated people`() async throws {
        try await Self.run { fixture, folder, connect in
            let generator = ProfileGenerator(seed: 7)
            for start in stride(from: 0, to: Self.generatedCount, by: 100) {
                let people = (start..<min(start + 100, Self.generatedCount)).map { generator.profile($0).profile }
                let answer = try await fixture.client.profiles.batchUpsertProfiles(
                    .init(profiles: people),
                    options: .init()
                )
                for result in answer.results {
                    if case .upserted? = result.result { continue }
                    Issue.record("\(result)")
                }
            }
            try await Self.roundTrip(fixture, folder, connect)
        }
    }

    @Test func `a filter and a mask choose what is written`() async throws {
        try await Self.run { fixture, folder, connect in
            let examples = Self.root.appending(path: "examples")
            _ = try await ImportCommand.run(examples.appending(path: "profiles.jsonl").path, client: connect)
            let masks = try await BuiltProgram("likeness").run(
                ["mask", "import", examples.appending(path: "masks.jsonl").path],
                environment: ["LIKENESS_CONNECT": connect]
            )
            #expect(masks.status == 0)
            let filter = #"location = "*GB""#
            let some = try await Self.export(connect, "--filter", filter)
            let wanted = try await ExportedProfiles.read(fixture.client, .init(filter: filter))
            #expect(some.output.split(separator: "\n").count == wanted.profiles.count && wanted.profiles.count > 3)
            #expect(some.errors == "likeness: exported \(wanted.profiles.count) profiles\n")
            let blind = try await Self.export(connect, "--mask", "blind", "--quiet")
            #expect(!blind.output.contains("Lovelace") && !blind.output.contains(#""slug""#) && blind.errors.isEmpty)
            #expect(blind.output.contains(#""displayName":"A. L.""#))
        }
    }

    // MARK: Into a store that has them

    @Test func `what was exported through a mask replaces nobody`() async throws {
        try await Self.run { fixture, folder, connect in
            let mask = Mask(name: "short", configuration: .init(hiddenFields: ["summary"]))
            _ = try await fixture.client.admin.createMask(.init(mask: mask), options: .init())
            let ada = try await Self.create(
                fixture.client,
                Profile(slug: "ada", displayName: "Ada", summary: "All of it")
            )
            let file = "\(folder)/short.jsonl"
            _ = try await Self.export(connect, "--mask", "short", "--output-file", file)
            let refused = try await ImportCommand.run(file, client: connect, status: 1).report
            #expect(refused.people[0].reason?.contains("exported through a mask") == true, "\(refused)")
            #expect(try await Self.stored(fixture.client) == [ada])
            try await Self.empty()
            #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["created"])
            let stored = try await Self.stored(fixture.client)
            #expect(stored.map(\.id) == [ada.id] && stored[0].summary.isEmpty && stored[0].slug == "ada")
        }
    }

    @Test func `what was read in part replaces no profile`() async throws {
        try await Self.run { fixture, folder, connect in
            let ada = try await Self.create(
                fixture.client,
                Profile(
                    slug: "ada",
                    displayName: "Ada",
                    tags: ["no-recruiters"],
                    experiences: [.init(title: "Analyst")]
                )
            )
            let file = "\(folder)/part.jsonl"
            // As a read_mask leaves it that asks for the revision.
            try """
            {"id":"\(ada.id)","slug":"ada","displayName":"Ada","revision":"1","createTime":"2026-01-01T00:00:00Z"}
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let refused = try await ImportCommand.run(file, client: connect, status: 1).report
            #expect(refused.people[0].reason?.contains("not replaced by it") == true, "\(refused)")
            #expect(try await Self.stored(fixture.client) == [ada])
            // What a command prints of one is whole.
            let whole = try await BuiltProgram("likeness").run(
                ["profile", "get", "ada", "--output", "json"],
                environment: ["LIKENESS_CONNECT": connect]
            )
            try whole.output.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await ImportCommand.run(file, client: connect).report.outcomes == ["unchanged"])
        }
    }

    @Test func `an export that is older than what is stored says so, and slugs stay`() async throws {
        try await Self.run { fixture, folder, connect in
            let ada = try await Self.create(fixture.client, Profile(slug: "ada", displayName: "Ada", tags: ["old"]))
            let file = "\(folder)/people.jsonl"
            _ = try await Self.export(connect, "--output-file", file)
            let values = Profile(slug: "augusta", displayName: "Augusta King", tags: ["new"])
            _ = try await fixture.client.profiles.updateProfile(
                .init(
                    key: ProfileKey(key: .id(ada.id)),
                    profile: values,
                    updateMask: .init(paths: ["slug", "display_name", "tags"])
                ),
                options: .init()
            )
            let report = try await ImportCommand.run(file, client: connect).report
            #expect(report.outcomes == ["updated"] && report.people[0].identity == "id")
            #expect(report.people[0].warnings.map(\.path).sorted() == ["revision", "slug"], "\(report)")
            let stored = try await Self.stored(fixture.client)
            // It is the same one by its id, whatever the name.
            #expect(stored.map(\.id) == [ada.id] && stored[0].slug == "augusta")
            #expect(stored[0].displayName == "Ada" && stored[0].tags == ["old"] && stored[0].revision == 3)
        }
    }

    @Test func `another store's person is found by other keys, and keeps the id there`() async throws {
        try await Self.run { fixture, folder, connect in
            let pair = ExternalId(system: "crm", id: "42")
            let person = Profile(
                slug: "ada",
                displayName: "Ada Lovelace",
                headline: "there",
                experiences: [.init(title: "Analyst")],
                externalIds: [pair]
            )
            _ = try await Self.create(fixture.client, person)
            let file = "\(folder)/people.jsonl"
            _ = try await Self.export(connect, "--output-file", file)
            try await Self.empty()
            var here = person
            (here.slug, here.headline) = ("ada-lovelace", "here")
            let ada = try await Self.create(fixture.client, here)
            let report = try await ImportCommand.run(file, client: connect).report
            #expect(report.outcomes == ["updated"], "\(report)")
            #expect(report.people[0].warnings.map(\.path).sorted() == ["id", "slug"], "\(report)")
            let stored = try await Self.stored(fixture.client)
            #expect(stored.map(\.id) == [ada.id] && stored[0].headline == "there" && stored[0].slug == "ada-lovelace")

            // A slug that is somebody else's makes them nobody.
            try await Self.empty()
            _ = try await Self.create(fixture.client, Profile(slug: "ada", displayName: "George Gordon"))
            let refused = try await ImportCommand.run(file, client: connect, status: 1).report
            #expect(refused.outcomes == ["refused"], "\(refused)")
        }
    }

    // MARK: JSON Resume

    @Test func `JSON Resume is imported as the same people, as far as it goes`() async throws {
        try await Self.run { fixture, folder, connect in
            _ = try await ImportCommand.run(Self.root.appending(path: "examples/profiles.jsonl").path, client: connect)
            let before = try await Self.stored(fixture.client)
            let file = "\(folder)/resumes.jsonl.gz"
            _ = try await Self.export(connect, "--format", "json-resume", "--output-file", file)
            let again = try await ImportCommand.run(file, client: connect).report
            #expect(again.refused == 0 && again.created == 0, "\(again.people.filter { $0.outcome != "unchanged" })")
            try await Self.empty()
            let report = try await ImportCommand.run(file, client: connect).report
            #expect(report.created == before.count && report.warnings == 0)
            var after: [String: Profile] = [:]
            for profile in try await Self.stored(fixture.client) { after[profile.slug] = profile }
            for profile in before {
                let other = try #require(after[profile.slug], "\(profile.slug)")
                #expect(Self.resume(profile) == Self.resume(other), "\(profile.slug)")
            }
        }
    }

    /// What JSON Resume holds of a profile.
    private static func resume(_ profile: Profile) -> Profile {
        var profile = Self.content(profile)
        (profile.id, profile.identityId, profile.attributesJson) = ("", "", "")
        for index in profile.experiences.indices { profile.experiences[index].id = "" }
        for index in profile.skills.indices { profile.skills[index].id = "" }
        return profile
    }

    @Test func `generated people are read from their résumés as they are`() throws {
        let generator = ProfileGenerator(seed: 3)
        for index in 0..<300 {
            var person = generator.profile(index).profile
            let document = try JSONParser.parse(Array(ResumeWriter.document(person).text().utf8))
            (person.tags, person.keywords) = ([], [])
            let read = try ResumeReader.read(document).profile
            #expect(Self.resume(read) == Self.resume(person))
        }
    }
}
