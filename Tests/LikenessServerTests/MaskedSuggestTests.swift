import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Suggestions through masks are those of a store that holds only what the mask shows.
@Suite(.freshDatabase) struct MaskedSuggestTests {
    private static let website = "URI:spiffe://test/website"

    private static func make(_ client: LikenessClient, _ name: String, _ rules: MaskConfiguration) async throws {
        let mask = Mask(name: name, configuration: rules)
        _ = try await client.admin.createMask(CreateMaskRequest(mask: mask), options: .init())
    }

    private static func create(_ client: LikenessClient, _ profile: Profile) async throws -> Profile {
        let answer = try await client.profiles.createProfile(CreateProfileRequest(profile: profile), options: .init())
        return try #require(answer.profile)
    }

    private static func suggest(
        _ client: LikenessClient,
        _ prefix: String,
        _ kinds: [SuggestionKind] = [],
        mask: String = "m"
    ) async throws -> [Suggestion] {
        let request = SuggestRequest(prefix: prefix, kinds: kinds, limit: 50, mask: mask)
        return try await client.search.suggest(request, options: .init()).suggestions
    }

    private static func script(_ sql: String) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(SQL(verbatim: sql)) }
    }

    private static let prefixes = [
        "a", "al", "alp", "alpha", "be", "bet", "beta g", "gam", "delt", "g", "ger", "germ", "peru", "mos", "lam",
        "adaa",
        "aplha", "A. L", "p1", "東", "東京", "una", "naiv", "ulm", "x",
    ]

    @Test func `the same texts, counts and order as where only that is stored`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            var compared = 0
            for round in 0..<10 {
                var random = SeededNumbers(seed: 31 &+ UInt64(round))
                let rules = RandomView(&random)
                let name = "m\(round)"
                let mask = Mask(name: name, configuration: rules.configuration)
                let view = try View([mask])
                try await Self.make(client, name, rules.configuration)
                try await Self.script("DELETE FROM profiles")
                let people = (0..<15).map { RandomView.person($0, &random) }
                for person in people { _ = try await Self.create(client, person) }
                var masked: [[Suggestion]] = []
                for prefix in Self.prefixes { masked.append(try await Self.suggest(client, prefix, mask: name)) }

                try await Self.script("DELETE FROM profiles; DELETE FROM completion_terms")
                for (number, person) in people.enumerated() where rules.shows(person) {
                    var shown = view.shown(person)
                    shown.slug = "s\(number)"
                    shown.identityId = ""
                    shown.externalIds = []
                    _ = try await Self.create(client, shown)
                }
                try await Self.script("SELECT count_completion_terms()")
                for (prefix, through) in zip(Self.prefixes, masked) {
                    let whole = try await Self.suggest(client, prefix, mask: "")
                    #expect(through == whole, "round \(round): \(prefix)")
                    compared += whole.count
                }
            }
            #expect(compared > 500, "\(compared)")
        }
    }

    /// Counts that are kept write by write are those of a projection that is made anew.
    @Test func `every write counts at once`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            try await Self.make(
                client,
                "m",
                MaskConfiguration(excludeTags: ["private"], experiences: ExperienceScope(excludeTags: ["secret"]))
            )
            #expect(try await Self.suggest(client, "wea").isEmpty)
            let work = Experience(title: "Weaver", organization: "Mill")
            var ada = try await Self.create(client, Profile(displayName: "Ada Moss", experiences: [work]))
            let first = try #require(try await Self.suggest(client, "ada").first)
            #expect(first.profileId == ada.id && first.profileCount == 1 && first.kind == .name)
            let bea = try await Self.create(
                client,
                Profile(
                    displayName: "ada moss",
                    experiences: [Experience(title: "WEAVER"), work],
                    skills: [Skill(name: "Weaving")]
                )
            )
            let both = try #require(try await Self.suggest(client, "ada").first)
            #expect(both.profileCount == 2 && both.profileId.isEmpty && both.text == "Ada Moss")
            #expect(try await Self.suggest(client, "weav").map(\.profileCount) == [2, 1])
            // No word changes by that, but what is shown does.
            ada.experiences[0].tags = ["secret"]
            func update(_ profile: Profile, _ path: String) async throws {
                let key = ProfileKey(key: .id(profile.id))
                let request = UpdateProfileRequest(key: key, profile: profile, updateMask: .init(paths: [path]))
                _ = try await client.profiles.updateProfile(request, options: .init())
            }
            try await update(ada, "experiences")
            #expect(try await Self.suggest(client, "weav", [.title]).map(\.text) == ["WEAVER"])
            _ = try await client.profiles.deleteProfile(.init(key: .init(key: .id(bea.id))), options: .init())
            #expect(try await Self.suggest(client, "wea").isEmpty)
            #expect(try await Self.suggest(client, "ada").map(\.profileId) == [ada.id])
            _ = try await client.profiles.restoreProfile(.init(key: .init(key: .id(bea.id))), options: .init())
            ada.tags = ["private"]
            try await update(ada, "tags")
            #expect(try await Self.suggest(client, "ada").map(\.text) == ["ada moss"])

            var random = SeededNumbers(seed: 8)
            var people: [Profile] = []
            for number in 0..<20 { people.append(try await Self.create(client, RandomView.person(number, &random))) }
            for round in 0..<40 {
                let number = random.number(0...19)
                var other = RandomView.person(number, &random)
                if random.chance(20) { other.tags = ["private"] }
                other.id = people[number].id
                other.identityId = people[number].identityId
                people[number] = other
                try await update(other, "*")
                if round % 10 == 0 { _ = try await Self.suggest(client, "alpha") }
            }
            var kept: [[Suggestion]] = []
            for prefix in Self.prefixes { kept.append(try await Self.suggest(client, prefix)) }
            try await Self.script("UPDATE view_projections SET dropped_at = now()")
            for (prefix, suggestions) in zip(Self.prefixes, kept) {
                #expect(try await Self.suggest(client, prefix) == suggestions, "\(prefix)")
            }
            // What is no longer used goes.
            try await ViewIndexes(database: Database(pool: TestDatabase.current.pool)).tidy(
                deadline: .now + Patience.limit
            )
            for table in ["view_texts", "view_terms", "view_spellings"] {
                let count = "SELECT count(DISTINCT view_id) FROM \(table)"
                let result = try await TestDatabase.current.pool.execute(Statement("", SQL(verbatim: count)))
                #expect(try result.value(0, 0, as: Int64.self) == 1, "\(table)")
            }
        }
    }

    @Test func `what is hidden is refused by name, and what is coarsened is suggested so`() async throws {
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.website],
            masks: ["\(Self.website)=m"]
        )
        try await ServiceFixture.run(embeds: false, roles: roles) { fixture in
            let rules = MaskConfiguration(
                hiddenFields: ["experiences.organization", "skills"],
                coarsening: Coarsening(location: .lastPart, displayName: .initials)
            )
            try await Self.make(fixture.client, "m", rules)
            let ada = try await Self.create(
                fixture.client,
                Profile(
                    displayName: "Ada Lovelace",
                    location: "London, England",
                    experiences: [Experience(title: "Analyst", organization: "Analytical Engines")],
                    skills: [Skill(name: "Analysis")]
                )
            )
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            for (client, mask) in [(fixture.client, "m"), (bound, ""), (bound, "m")] {
                #expect(try await Self.suggest(client, "anal", mask: mask).map(\.text) == ["Analyst"])
                #expect(try await Self.suggest(client, "love", mask: mask).isEmpty)
                #expect(try await Self.suggest(client, "lond", mask: mask).isEmpty)
                #expect(try await Self.suggest(client, "eng", [.location], mask: mask).map(\.text) == ["England"])
                #expect(try await Self.suggest(client, "a", [.name], mask: mask).map(\.profileId) == [ada.id])
                for (kinds, field) in [([SuggestionKind.title, .organization], "kinds[1]"), ([.skill], "kinds[0]")] {
                    let error = await ServiceFixture.failure {
                        try await Self.suggest(client, "anal", kinds, mask: mask)
                    }
                    #expect(error?.code == .invalidArgument && error?.violations.first?.field == field)
                    #expect(error?.message.contains("the mask \"m\" hides") == true, "\(String(describing: error))")
                }
            }
            #expect(try await Self.suggest(fixture.client, "love", mask: "").map(\.text) == ["Ada Lovelace"])
            await bound.close()
        }
    }

    /// No moment in which a text is missing, counted otherwise or spelt otherwise.
    @Test func `writes of hidden things cannot be seen while they happen`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            let rules = MaskConfiguration(
                hiddenFields: ["location"],
                experiences: ExperienceScope(excludeTags: ["private"]),
                coarsening: Coarsening(displayName: .initials)
            )
            try await Self.make(client, "m", rules)
            var people: [Profile] = []
            for number in 0..<20 {
                let shown = Experience(title: number % 3 == 0 ? "WEAVER" : "Weaver", organization: "Mill \(number % 4)")
                let hidden = Experience(title: "Spy", tags: ["private"])
                let person = Profile(displayName: "Ada Moss", location: "Ulm", experiences: [shown, hidden])
                people.append(try await Self.create(client, person))
            }
            @Sendable func asked() async throws -> [[Suggestion]] {
                var found: [[Suggestion]] = []
                for prefix in ["w", "mill", "a.", "spy", "ulm"] { found.append(try await Self.suggest(client, prefix)) }
                return found
            }
            let before = try await asked()
            #expect(before[0].map(\.profileCount) == [20] && before[0].first?.text == "Weaver" && before[3].isEmpty)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<2 {
                    let people = people
                    group.addTask {
                        for round in 0..<30 {
                            var person = people[(round * 2 + writer) % people.count]
                            person.displayName = "A\(round) M\(round)"
                            person.location = "Weaver's Mill"
                            person.experiences[1].title = "WEAVER"
                            let update = UpdateProfileRequest(
                                key: ProfileKey(key: .id(person.id)),
                                profile: person,
                                updateMask: .init(paths: ["display_name", "location", "experiences"])
                            )
                            _ = try await client.profiles.updateProfile(update, options: .init())
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<20 {
                            let now = try await asked()
                            #expect(now == before)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
