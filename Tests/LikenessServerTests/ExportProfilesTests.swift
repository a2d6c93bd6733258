import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Synchronization
import Testing

/// Exports as clients read them.
@Suite(.freshDatabase) struct ExportProfilesTests {
    private static let reader = "URI:spiffe://test/reader"
    private static let other = "URI:spiffe://test/other"
    private static let bound = "URI:spiffe://test/bound"
    private static let roles = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        reader: [Self.reader, Self.other, Self.bound],
        masks: ["\(Self.bound)=bound"]
    )

    private static func store(_ client: LikenessClient, _ people: [Profile]) async throws -> [String] {
        var ids: [String] = []
        var rest = people[...]
        while !rest.isEmpty {
            let answer = try await client.profiles.batchUpsertProfiles(
                .init(profiles: Array(rest.prefix(10))),
                options: .init()
            )
            for result in answer.results {
                guard case .upserted(let upserted)? = result.result else {
                    Issue.record("\(result)")
                    continue
                }
                ids.append(upserted.id)
            }
            rest = rest.dropFirst(10)
        }
        return ids
    }

    private static func people(_ count: Int, _ prefix: String = "p", summary: String = "") -> [Profile] {
        (0..<count).map { Profile(slug: "\(prefix)-\($0)", displayName: "\(prefix) \($0)", summary: summary) }
    }

    private static func delete(_ client: LikenessClient, _ id: String) async throws {
        _ = try await client.profiles.deleteProfile(.init(key: ProfileKey(key: .id(id))), options: .init())
    }

    private static func script(_ sql: SQL) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(sql) }
    }

    // MARK: What there is

    @Test func `all live profiles are there, as they are, by their ids`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            let none = try await ExportedProfiles.read(client)
            #expect(none.profiles.isEmpty && none.totals == ExportTotals() && none.messages == [0])

            var people = Self.people(450)
            // The first and the last id that there can be.
            people[0].id = "00000000-0000-0000-0000-000000000000"
            people[1].id = "ffffffff-ffff-ffff-ffff-ffffffffffff"
            people[2].experiences = [Experience(category: .work, title: "Nurse", startDate: PartialDate(year: 1854))]
            people[2].skills = [Skill(name: "statistics", keywords: ["charts"])]
            people[2].externalIds = [ExternalId(system: "crm", id: "42")]
            people[2].attributesJson = #"{"deep": {"list": [1, 2.50]}}"#
            let ids = try await Self.store(client, people)
            try await Self.delete(client, ids[3])
            let found = try await ExportedProfiles.read(client)
            #expect(found.ids == ids.filter { $0 != ids[3] }.sorted())
            #expect(found.totals == ExportTotals(profiles: 449) && found.messages.allSatisfy { $0 <= 100 })
            let key = ProfileKey(key: .id(ids[2]))
            let stored = try await client.profiles.getProfile(.init(key: key), options: .init()).profile
            #expect(stored != nil && found.profiles.first { $0.id == ids[2] } == stored)
            // More of them than a page has.
            #expect(Set(found.profiles.map(\.displayName)).count == 449)

            let short = try await ExportedProfiles.read(client, .init(readMask: .init(paths: ["slug"])))
            #expect(short.profiles.map(\.slug) == found.profiles.map(\.slug))
            #expect(short.profiles.allSatisfy { $0 == Profile(slug: $0.slug) } && short.totals == found.totals)
        }
    }

    @Test func `messages are of some size, and a page is not more than memory holds`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            // 6 MB, three times what a page has, in profiles of 200 kB.
            let ids = try await Self.store(
                fixture.client,
                Self.people(30).map { person in
                    var person = person
                    let text = String(repeating: "x", count: 20_000)
                    person.experiences = (0..<10).map { Experience(title: "\($0)", description: text) }
                    return person
                }
            )
            let found = try await ExportedProfiles.read(fixture.client)
            #expect(found.ids == ids.sorted())
            #expect(found.messages.allSatisfy { $0 <= 2 }, "\(found.messages)")
        }
    }

    @Test func `a filter finds the few among many`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            // More than are looked at for a page, twice.
            try await Self.script(
                """
                INSERT INTO profiles (id, slug, display_name, tags, attributes)
                SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'p' || i, 'P ' || i,
                    CASE WHEN i IN (1, 2000, 2001, 4500) THEN ARRAY['few'] ELSE ARRAY['many'] END, '{}'
                FROM generate_series(1, 4500) i
                """
            )
            let client = fixture.client
            let few = try await ExportedProfiles.read(client, .init(filter: "tags:few"))
            #expect(few.profiles.map(\.slug) == ["p1", "p2000", "p2001", "p4500"] && few.totals?.profiles == 4)
            let many = try await ExportedProfiles.read(client, .init(filter: "tags:many"))
            #expect(many.profiles.count == 4_496 && Set(many.ids).count == 4_496 && many.ids == many.ids.sorted())
            let none = try await ExportedProfiles.read(client, .init(filter: "experiences.title = Nurse"))
            #expect(none.profiles.isEmpty && none.totals == ExportTotals())
        }
    }

    @Test func `a request that makes no sense is refused before anything is sent`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            for (request, field) in [
                (ExportProfilesRequest(filter: "tags:"), "filter"), (.init(filter: "salary = 3"), "filter"),
                (.init(mask: "none"), "mask"), (.init(readMask: .init(paths: ["nothing"])), "read_mask"),
                (.init(consistencyToken: "1-x"), "consistency_token"),
            ] {
                let error = await ServiceFixture.failure { try await ExportedProfiles.read(fixture.client, request) }
                #expect(error?.code == .invalidArgument, "\(request): \(String(describing: error))")
                #expect(error?.violations.first?.field.hasPrefix(field) == true, "\(String(describing: error))")
            }
            let written = try await fixture.client.profiles.batchUpsertProfiles(
                .init(profiles: Self.people(1)),
                options: .init()
            )
            let found = try await ExportedProfiles.read(
                fixture.client,
                .init(consistencyToken: written.consistencyToken)
            )
            #expect(found.profiles.count == 1)
        }
    }

    // MARK: While others write

    @Test func `while others write, each profile that they leave alone is there once`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            let text = String(repeating: "long ", count: 400)
            let untouched = try await Self.store(client, Self.people(900, "still", summary: text))
            let moving = try await Self.store(client, Self.people(300, "moving", summary: text))
            let numbers = Mutex(SeededNumbers(seed: 11))
            let found = try await ExportedProfiles.read(client) { message in
                let chosen = numbers.withLock { random in (0..<6).map { _ in random.pick(moving) } }
                _ = try await Self.store(client, Self.people(20, "new\(message)"))
                for (number, id) in chosen.enumerated() {
                    let key = ProfileKey(key: .id(id))
                    // Some are deleted already, or are not.
                    switch number % 3 {
                    case 0: try? await Self.delete(client, id)
                    case 1: _ = try? await client.profiles.restoreProfile(.init(key: key), options: .init())
                    default:
                        let values = Profile(slug: "moved-\(message)-\(number)", summary: "\(message)")
                        _ = try? await client.profiles.updateProfile(
                            .init(key: key, profile: values, updateMask: .init(paths: ["slug", "summary"])),
                            options: .init()
                        )
                    }
                }
            }
            #expect(found.messages.count > 5)
            #expect(Set(found.ids).count == found.ids.count && found.ids == found.ids.sorted())
            #expect(Set(untouched).isSubset(of: found.ids))
            #expect(found.totals?.profiles == Int64(found.ids.count))
        }
    }

    // MARK: Masks

    @Test func `a caller who is bound to a mask has what it shows, and no more by another one`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            let client = fixture.client
            for (name, rules) in [
                ("bound", MaskConfiguration(excludeTags: ["secret"], hiddenFields: ["summary", "skills"])),
                ("narrow", MaskConfiguration(hiddenFields: ["headline", "slug"])),
            ] {
                _ = try await client.admin.createMask(
                    .init(mask: .init(name: name, configuration: rules)),
                    options: .init()
                )
            }
            var people = Self.people(250, summary: "HIDDENsummary").map { person in
                var person = person
                (person.headline, person.skills) = ("shown", [Skill(name: "HIDDENskill")])
                return person
            }
            for number in 0..<50 { people[number].tags = ["secret"] }
            let ids = try await Self.store(client, people)
            let caller = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.bound)
            let found = try await ExportedProfiles.read(caller)
            #expect(found.ids == ids[50...].sorted() && found.totals?.profiles == 200)
            #expect(!"\(found.profiles)".contains("HIDDEN") && found.profiles.allSatisfy { $0.headline == "shown" })
            #expect(found.profiles.allSatisfy { $0.revision == 0 && $0.updateTime == nil && $0.createTime != nil })
            let narrow = try await ExportedProfiles.read(caller, .init(mask: "narrow"))
            #expect(narrow.ids == found.ids && narrow.profiles.allSatisfy { $0.headline.isEmpty && $0.slug.isEmpty })
            #expect(!"\(narrow.profiles)".contains("HIDDEN"))
            let asked = try await ExportedProfiles.read(
                caller,
                .init(readMask: .init(paths: ["summary", "skills", "revision"]))
            )
            #expect(asked.profiles.allSatisfy { $0 == Profile() } && asked.profiles.count == 200)
            for filter in [#"summary:"HIDDENsummary""#, "revision > 0", "skills.name = HIDDENskill"] {
                let error = await ServiceFixture.failure {
                    try await ExportedProfiles.read(caller, .init(filter: filter))
                }
                #expect(error?.code == .invalidArgument, "\(filter)")
            }
            await caller.close()
        }
    }

    /// Two stores that differ only in what a mask hides give the same bytes through it, but for the times of creation.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `what a mask hides changes no byte`(seed: UInt64) async throws {
        let plain = try await Self.export(seed: seed, hidesOthers: false)
        let other = try await Self.export(seed: seed, hidesOthers: true)
        #expect(try plain.map { try $0.encodedBytes() } == other.map { try $0.encodedBytes() })
        print("seed \(seed): \(plain.count) profiles")
    }

    private static func export(seed: UInt64, hidesOthers: Bool) async throws -> [Profile] {
        try await Self.script("DELETE FROM profiles; DELETE FROM masks")
        var random = SeededNumbers(seed: seed)
        var others = SeededNumbers(seed: seed &+ 1_000)
        let view = RandomView(&random)
        let people = (0..<30).map { number in
            let person = RandomView.person(number, &random)
            return hidesOthers ? view.changed(person, number: number, &others) : person
        }
        var found: [Profile] = []
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            let mask = Mask(name: "bound", configuration: view.configuration)
            _ = try await fixture.client.admin.createMask(.init(mask: mask), options: .init())
            for person in people {
                _ = try await fixture.client.profiles.createProfile(.init(profile: person), options: .init())
            }
            let caller = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.bound)
            found = try await ExportedProfiles.read(caller).profiles
            await caller.close()
        }
        return found.map { profile in
            var profile = profile
            profile.createTime = nil
            return profile
        }
    }

    @Test func `a mask that is changed meanwhile ends the export`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            let client = fixture.client
            let mask = Mask(name: "bound", configuration: MaskConfiguration(hiddenFields: ["headline"]))
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            _ = try await Self.store(client, Self.people(1_500, summary: String(repeating: "x", count: 2_000)))
            let caller = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.bound)
            let error = await ServiceFixture.failure {
                try await ExportedProfiles.read(caller) { messages in
                    guard messages == 1 else { return }
                    var changed = mask
                    changed.configuration?.hiddenFields = ["headline", "summary"]
                    _ = try await client.admin.updateMask(
                        .init(mask: changed, updateMask: .init(paths: ["configuration.hidden_fields"])),
                        options: .init()
                    )
                }
            }
            #expect(error?.code == .aborted && error?.reason == "MASK_CHANGED", "\(String(describing: error))")
            let again = try await ExportedProfiles.read(caller)
            #expect(again.profiles.count == 1_500 && again.profiles.allSatisfy(\.summary.isEmpty))
            await caller.close()
        }
    }

    // MARK: Bounds

    @Test func `a profile that the client cannot take is named, and the others come`() async throws {
        let text = String(repeating: "x", count: 19_000)
        func person(_ slug: String, _ count: Int) -> Profile {
            Profile(
                slug: slug,
                displayName: slug,
                experiences: (0..<count).map { .init(title: "\($0)", description: text) }
            )
        }
        var ids: [String] = []
        try await ServiceFixture.run(embeds: false) { fixture in
            ids = try await Self.store(
                fixture.client,
                [person("small", 1), person("large", 5), person("fits", 3), person("larger", 20)]
            )
        }
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, _ in configuration.rpc.frameBytesMax = 64 << 10 }
        ) { fixture in
            let found = try await ExportedProfiles.read(fixture.client)
            #expect(found.ids == [ids[0], ids[2]].sorted() && found.tooLarge == [ids[1], ids[3]].sorted())
            #expect(found.totals == ExportTotals(profiles: 2, tooLarge: 2))
            // What is asked for counts.
            let short = try await ExportedProfiles.read(fixture.client, .init(readMask: .init(paths: ["id"])))
            #expect(short.ids == ids.sorted() && short.tooLarge.isEmpty)
        }
    }

    @Test func `a caller has so many exports at once, and all callers together`() async throws {
        var limits = ExportLimits()
        (limits.exportsPerCaller, limits.exports) = (2, 3)
        try await ServiceFixture.run(
            embeds: false,
            roles: Self.roles,
            change: { configuration, _ in configuration.exportLimits = limits }
        ) { fixture in
            _ = try await Self.store(fixture.client, Self.people(300, summary: String(repeating: "x", count: 4_000)))
            let first = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let second = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.other)
            func open(_ client: LikenessClient) async throws -> Task<Void, any Error> {
                let flag = Flag()
                let task = Task {
                    _ = try await ExportedProfiles.read(client) { _ in
                        flag.raise()
                        try await Task.sleep(for: .seconds(3_600))
                    }
                }
                #expect(try await Patience.until { flag.isUp })
                return task
            }
            func isFull(_ client: LikenessClient) async -> Bool {
                let failure = await ServiceFixture.failure { try await ExportedProfiles.read(client) }
                return failure?.code == .resourceExhausted && failure?.reason == "EXPORTS_FULL"
            }
            var tasks = [try await open(first), try await open(first)]
            #expect(await isFull(first))
            #expect(await !isFull(second))
            tasks.append(try await open(second))
            #expect(await isFull(second))
            tasks[0].cancel()
            _ = await tasks[0].result
            // Soon after it has ended.
            #expect(try await Patience.until { await !isFull(second) })
            for task in tasks { task.cancel() }
            for task in tasks { _ = await task.result }
            #expect(try await Patience.until { await !isFull(first) })
            await first.close()
            await second.close()
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        func raise() { self.value.store(true, ordering: .relaxed) }
        var isUp: Bool { self.value.load(ordering: .relaxed) }
    }

    @Test func `an export takes as long as it takes, whatever the longest deadline of readers`() async throws {
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, _ in configuration.rpc.readerDeadlineMax = .seconds(1) }
        ) { fixture in
            _ = try await Self.store(fixture.client, Self.people(300, summary: String(repeating: "x", count: 4_000)))
            let start = ContinuousClock.now
            let found = try await ExportedProfiles.read(fixture.client) { messages in
                if messages == 1 { try await Task.sleep(until: start + .seconds(2), clock: .continuous) }
            }
            #expect(found.totals?.profiles == 300 && found.messages.count > 3)
        }
    }

    @Test func `a client that takes nothing for long loses its place`() async throws {
        var limits = ExportLimits()
        (limits.exportsPerCaller, limits.unreadTime) = (1, .milliseconds(300))
        try await ServiceFixture.run(embeds: false, change: { configuration, _ in configuration.exportLimits = limits })
        {
            fixture in
            let client = fixture.client
            _ = try await Self.store(client, Self.people(300, summary: String(repeating: "x", count: 4_000)))
            let slow = try ServiceFixture.client(fixture.authority, port: fixture.port)
            let error = await ServiceFixture.failure {
                try await ExportedProfiles.read(slow) { messages in
                    guard messages == 1 else { return }
                    // Its place can be had again.
                    let isFree = try await Patience.until {
                        await ServiceFixture.failure {
                            try await ExportedProfiles.read(client, .init(filter: "tags:none"))
                        } == nil
                    }
                    #expect(isFree)
                }
            }
            #expect(
                error?.code == .resourceExhausted && error?.reason == "EXPORT_UNREAD",
                "\(String(describing: error))"
            )
            await slow.close()
        }
    }

    @Test func `a client that takes nothing holds no connection, and its deadline ends it`() async throws {
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, _ in configuration.database.connectionsMax = 2 }
        ) { fixture in
            let client = fixture.client
            _ = try await Self.store(client, Self.people(600, summary: String(repeating: "x", count: 4_000)))
            let slow = try ServiceFixture.client(fixture.authority, port: fixture.port)
            let start = ContinuousClock.now
            let error = await ServiceFixture.failure {
                try await ExportedProfiles.read(slow, options: .init(timeout: .seconds(2))) { messages in
                    guard messages == 1 else { return }
                    for _ in 0..<20 {
                        _ = try await client.profiles.listProfiles(.init(pageSize: 1), options: .init())
                    }
                    // Past its deadline, which ends the stream however much of it waits.
                    try await Task.sleep(until: start + .seconds(3), clock: .continuous)
                }
            }
            #expect(error?.code == .deadlineExceeded)
            // It is gone from the server too: nothing keeps a place.
            let all = try await ExportedProfiles.read(client)
            #expect(all.profiles.count == 600)
            await slow.close()
        }
    }
}
