import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessScheduling
import LikenessServer
import LikenessTesting
import Synchronization
import Testing

/// The changes of profiles as clients follow them.
@Suite(.freshDatabase) struct WatchProfilesTests {
    private static let reader = "URI:spiffe://test/reader"
    private static let other = "URI:spiffe://test/other"
    private static let roles = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        reader: [Self.reader, Self.other]
    )

    private static func run(
        historyTime: Duration? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        roles: ServerConfiguration.Roles = Self.roles,
        limits: ProfileFeedLimits = ProfileFeedLimits(),
        _ body: (ServiceFixture) async throws -> Void
    ) async throws {
        try await ServiceFixture.run(
            embeds: false,
            roles: roles,
            workers: [.profileFeed],
            pollClock: clock,
            change: { configuration, _ in
                configuration.historyTime = historyTime
                configuration.profileFeedLimits = limits
            },
            body
        )
    }

    @discardableResult
    private static func create(_ client: LikenessClient, _ profile: Profile) async throws -> Profile {
        try #require(try await client.profiles.createProfile(.init(profile: profile), options: .init()).profile)
    }

    private static func person(_ slug: String, summary: String = "", tags: [String] = []) -> Profile {
        Profile(slug: slug, displayName: slug, summary: summary, tags: tags)
    }

    private static func key(_ id: String) -> ProfileKey { ProfileKey(key: .id(id)) }

    private static func update(_ client: LikenessClient, _ id: String, _ values: Profile, _ paths: String...)
        async throws
    {
        let request = UpdateProfileRequest(key: Self.key(id), profile: values, updateMask: .init(paths: paths))
        _ = try await client.profiles.updateProfile(request, options: .init())
    }

    /// Opens a stream that ends behind an event, and has answered before anything is written.
    private static func open(_ watched: WatchedProfiles) async throws -> Task<Void, any Error> {
        let before = await watched.answers
        let task = Task { try await watched.watch { watched, _ in await !watched.events.isEmpty } }
        let isOpen = try await Patience.until { await watched.answers > before }
        #expect(isOpen)
        return task
    }

    private static func keepHistory() async throws {
        let keeper = HistoryKeeper(
            database: Database(pool: TestDatabase.current.pool),
            keptTime: .seconds(86_400)
        )
        _ = try await keeper.maintain()
    }

    // MARK: Events

    @Test func `each kind of change is an event, with its revision, its fields and the profile`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            let watched = WatchedProfiles(client, .init(showProfiles: true))
            try await watched.catchUp()
            #expect(await watched.answers == 1)
            let person = try await Self.create(client, Self.person("ada"))
            try await watched.watch(until: .created, of: person.id)
            try await Self.update(
                client,
                person.id,
                Profile(headline: "Nurse", skills: [Skill(name: "Triage")]),
                "headline",
                "skills"
            )
            // Nothing differs.
            try await Self.update(client, person.id, Profile(headline: "Nurse"), "headline")
            try await watched.watch(until: .updated, of: person.id)
            _ = try await client.profiles.deleteProfile(.init(key: Self.key(person.id)), options: .init())
            _ = try await client.profiles.restoreProfile(.init(key: Self.key(person.id)), options: .init())
            try await watched.watch(until: .restored, of: person.id)
            _ = try await client.profiles.batchDeleteProfiles(.init(keys: [Self.key(person.id)]), options: .init())
            _ = try await client.admin.eraseProfile(.init(key: Self.key(person.id)), options: .init())
            try await watched.watch(until: .erased, of: person.id)

            let events = await watched.events
            #expect(events.map(\.kind) == [.created, .updated, .deleted, .restored, .deleted, .erased])
            #expect(events.map(\.revision) == [1, 2, 3, 4, 5, 5])
            #expect(events[1].changedPaths == ["headline", "skills"])
            #expect(events[2].changedPaths == ["delete_time"])
            #expect(events[0].slug == "ada" && events[0].profile?.displayName == "ada")
            #expect(events[1].profile?.headline == "Nurse" && events[1].profile?.skills.count == 1)
            #expect(events[5].profile == nil && events[5].slug.isEmpty)
            #expect(events.allSatisfy { $0.changeTime != nil && $0.id == person.id })
        }
    }

    @Test func `fields are picked, and what is wrong with a request is named`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            let person = try await Self.create(client, Self.person("ada", summary: "Long"))
            let request = WatchProfilesRequest(
                start: .snapshot,
                showProfiles: true,
                readMask: .init(paths: ["summary"])
            )
            let watched = WatchedProfiles(client, request)
            try await watched.catchUp()
            #expect(await watched.profiles == [person.id: Profile(summary: "Long")])
            for (wrong, field) in [
                (WatchProfilesRequest(readMask: .init(paths: ["no"])), "read_mask.paths[0]"),
                (WatchProfilesRequest(resumeToken: "00"), "resume_token"),
                (WatchProfilesRequest(filter: "no = 1"), "filter"),
                (WatchProfilesRequest(mask: "none"), "mask"),
            ] {
                let failure = await ServiceFixture.failure { try await WatchedProfiles(client, wrong).catchUp() }
                #expect(failure?.code == .invalidArgument, "\(failure.debugDescription)")
                #expect(failure?.violations.first?.field == field, "\(failure.debugDescription)")
            }
            // A token is of its filter and its masks.
            let token = await watched.token
            let stolen = await ServiceFixture.failure {
                try await WatchedProfiles(client, .init(resumeToken: token, filter: "tags:x")).catchUp()
            }
            #expect(stolen?.code == .invalidArgument)
        }
    }

    @Test func `what another server writes is heard, and not looked for`() async throws {
        // Neither server looks by itself: time passes in pauses between looks, and no poll is due.
        let clock = ManualClock()
        var limits = ProfileFeedLimits()
        limits.pollInterval = .seconds(1_000_000)
        try await Self.run(clock: clock, limits: limits) { writer in
            try await Self.run(clock: clock, limits: limits) { reader in
                let watched = WatchedProfiles(reader.client)
                try await watched.catchUp()
                // It comes to listen.
                let listens = try await Patience.until {
                    try await Self.count("pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
                        > 0
                }
                #expect(listens)
                let watching = try await Self.open(watched)
                let person = try await Self.create(writer.client, Self.person("ada"))
                let isHeard = try await Patience.until {
                    clock.advance(by: limits.pause)
                    return await !watched.events.isEmpty
                }
                #expect(isHeard)
                try await watching.value
                #expect(await watched.events.map(\.id) == [person.id])
            }
        }
    }

    @Test func `what nobody says is found by looking, and lost connections are made up for`() async throws {
        let clock = ManualClock()
        try await Self.run(clock: clock) { fixture in
            let watched = WatchedProfiles(fixture.client)
            try await watched.catchUp()
            let watching = try await Self.open(watched)
            // By hand: no server knows of it.
            try await Self.script("INSERT INTO profiles (slug, display_name) VALUES ('hand', 'Hand')")
            let id = try await Self.text("SELECT id::text FROM profiles WHERE slug = 'hand'")
            let isSeen = try await Patience.until {
                clock.advance(by: .seconds(1))
                return await !watched.events.isEmpty
            }
            #expect(isSeen)
            try await watching.value
            #expect(await watched.events.map(\.id) == [id])
            try await Self.script(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            )
            var person: Profile?
            _ = try await Patience.until {
                person = try? await Self.create(fixture.client, Self.person("ada"))
                return person != nil
            }
            // The stream may have ended with the connections, and goes on.
            let isThere = try await Patience.until {
                _ = await ServiceFixture.failure { try await watched.catchUp() }
                clock.advance(by: .seconds(1))
                return await watched.events.contains { $0.id == person?.id }
            }
            #expect(isThere)
            #expect(await watched.kinds == [.created, .created])
        }
    }

    /// Notes for whom they work who sleep by it.
    private final class FlowClock: Clock {
        private let flows = Mutex<Set<Flow.Class>>([])
        var classes: Set<Flow.Class> { self.flows.withLock { $0 } }
        var now: ContinuousClock.Instant { .now }
        var minimumResolution: Duration { .zero }

        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
            self.flows.withLock { _ = $0.insert(Flow.current.class) }
            try await ContinuousClock().sleep(until: deadline, tolerance: tolerance)
        }
    }

    @Test func `looks and notifications go after what callers wait for`() async throws {
        let clock = FlowClock()
        try await Self.run(clock: clock) { fixture in
            let watched = WatchedProfiles(fixture.client)
            try await watched.catchUp()
            let works = try await Patience.until { !clock.classes.isEmpty }
            #expect(works && clock.classes == [.background])
        }
    }

    @Test func `a stream goes on from its token on another server, which was not there when things were written`()
        async throws
    {
        var token = ""
        var ids: [String] = []
        try await Self.run { fixture in
            let watched = WatchedProfiles(fixture.client)
            try await watched.catchUp()
            ids.append(try await Self.create(fixture.client, Self.person("ada")).id)
            try await watched.watch(until: .created, of: ids[0])
            token = await watched.token
            ids.append(try await Self.create(fixture.client, Self.person("bob")).id)
        }
        try await Self.script("UPDATE profiles SET revision = revision + 1 WHERE slug = 'ada'")
        try await Self.run { fixture in
            let watched = WatchedProfiles(fixture.client)
            await watched.set(token: token)
            try await watched.catchUp()
            let events = await watched.events
            #expect(events.map(\.id) == [ids[1], ids[0]] && events.map(\.kind) == [.created, .updated])
        }
    }

    // MARK: Bounds

    @Test func `a caller has so many streams, and all callers together`() async throws {
        var limits = ProfileFeedLimits()
        (limits.streamsPerCaller, limits.streams) = (2, 3)
        try await Self.run(limits: limits) { fixture in
            let first = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let second = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.other)
            func open(_ client: LikenessClient) async throws -> Task<Void, any Error> {
                let watched = WatchedProfiles(client)
                let task = Task { try await watched.watch { _, _ in false } }
                let isOpen = try await Patience.until { await watched.answers > 0 }
                #expect(isOpen)
                return task
            }
            func isFull(_ client: LikenessClient) async -> Bool {
                let failure = await ServiceFixture.failure { try await WatchedProfiles(client).catchUp() }
                return failure?.code == .resourceExhausted && failure?.reason == "WATCHERS_FULL"
            }
            var tasks = [try await open(first), try await open(first)]
            #expect(await isFull(first))
            tasks.append(try await open(second))
            #expect(await isFull(second))
            tasks[0].cancel()
            _ = await tasks[0].result
            // Soon after it has ended.
            #expect(try await Patience.until { await !isFull(second) })
            for task in tasks { task.cancel() }
            for task in tasks { _ = await task.result }
            await first.close()
            await second.close()
        }
    }

    @Test func `a client that takes nothing keeps nobody waiting, and has all in the end`() async throws {
        var limits = ProfileFeedLimits()
        limits.changes = 50
        try await Self.run(limits: limits) { fixture in
            let client = fixture.client
            let slow = try ServiceFixture.client(fixture.authority, port: fixture.port)
            let count = 1_200
            let begun = WatchedProfiles(slow)
            try await begun.catchUp()
            try await slow.profiles.watchProfiles(
                .init(resumeToken: await begun.token, showProfiles: true),
                options: .init()
            ) { responses in
                _ = try await responses.next()
                // Meanwhile nothing is taken.
                let summary = String(repeating: "long ", count: 200)
                for batch in 0..<count / 200 {
                    let people = (0..<200).map { Self.person("p\(batch)-\($0)", summary: summary) }
                    let answer = try await client.profiles.batchUpsertProfiles(
                        .init(profiles: people),
                        options: .init()
                    )
                    #expect(answer.results.count == 200)
                }
                let quick = WatchedProfiles(client)
                await quick.set(token: await begun.token)
                try await quick.watch { watched, _ in await watched.live.count == count }
                var ids: [String] = []
                while ids.count < count, let response = try await responses.next() {
                    #expect(response.events.count <= 100)
                    #expect(response.events.allSatisfy { $0.profile?.summary == summary })
                    ids += response.events.map(\.id)
                }
                #expect(ids.count == count && Set(ids).count == count)
            }
            await slow.close()
        }
    }

    @Test func `who has caught up has all, also behind a page that was cut`() async throws {
        try await Self.run { fixture in
            let watched = WatchedProfiles(fixture.client)
            try await watched.catchUp()
            try await Self.insert("a", 1_200)
            // Within a page that other changes follow by the time it ends.
            try await watched.watch { _, _ in true }
            #expect(await watched.live.count == 100)
            try await Self.insert("b", 700)
            try await watched.catchUp()
            #expect(await watched.live.count == 1_900)
        }
    }

    @Test func `a server that stops ends streams whose clients take nothing`() async throws {
        let (isHeld, held) = AsyncStream.makeStream(of: Void.self)
        let (isOver, over) = AsyncStream.makeStream(of: Void.self)
        let people = (0..<600).map { Self.person("p\($0)", summary: String(repeating: "long ", count: 2_000)) }
        var watching: Task<LikenessError?, Never>?
        try await Self.run { fixture in
            for batch in 0..<12 {
                let some = people[(batch * 50)..<(batch * 50 + 50)]
                _ = try await fixture.client.profiles.batchUpsertProfiles(
                    .init(profiles: Array(some)),
                    options: .init()
                )
            }
            let slow = try ServiceFixture.client(fixture.authority, port: fixture.port)
            watching = Task {
                let failure = await ServiceFixture.failure {
                    try await slow.profiles.watchProfiles(
                        .init(start: .snapshot, showProfiles: true),
                        options: .init()
                    ) { responses in
                        var count = 0
                        while count == 0, let response = try await responses.next() { count += response.events.count }
                        held.finish()
                        for await _ in isOver {}
                        while try await responses.next() != nil {}
                    }
                }
                held.finish()
                await slow.close()
                return failure
            }
            for await _ in isHeld {}
        }
        over.finish()
        let failure = await watching?.value
        #expect(failure?.code == .unavailable && failure?.reason == "DRAINING", "\(failure.debugDescription)")
    }

    // MARK: Snapshots and retention

    @Test func `a snapshot and the changes after it make what is stored, while others write`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            for batch in 0..<3 {
                let people = (0..<120).map { Self.person("p\(batch)-\($0)") }
                _ = try await client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
            }
            let writer = Task {
                var random = SeededNumbers(seed: 7)
                for round in 0..<150 {
                    let slug = "p\(random.number(0...2))-\(random.number(0...119))"
                    let key = ProfileKey(key: .slug(slug))
                    switch random.number(0...4) {
                    case 0: _ = try? await client.profiles.deleteProfile(.init(key: key), options: .init())
                    case 1: _ = try? await client.profiles.restoreProfile(.init(key: key), options: .init())
                    case 2:
                        _ = try? await client.profiles.createProfile(
                            .init(profile: Self.person("new-\(round)")),
                            options: .init()
                        )
                    case 3: _ = try? await client.admin.eraseProfile(.init(key: key), options: .init())
                    default:
                        let request = UpdateProfileRequest(
                            key: key,
                            profile: Profile(headline: "\(round)"),
                            updateMask: .init(paths: ["headline"])
                        )
                        _ = try? await client.profiles.updateProfile(request, options: .init())
                    }
                }
            }
            let watched = WatchedProfiles(client, .init(start: .snapshot, showProfiles: true))
            // Interrupted behind every answer, among the existing profiles too.
            for _ in 0..<8 { try await watched.watch { _, _ in true } }
            await writer.value
            try await watched.catchUp()
            var stored: [String: Int64] = [:]
            var page = ListProfilesResponse()
            repeat {
                page = try await client.profiles.listProfiles(
                    .init(pageSize: 1_000, pageToken: page.nextPageToken),
                    options: .init()
                )
                for profile in page.profiles { stored[profile.id] = profile.revision }
            } while !page.nextPageToken.isEmpty
            #expect(await watched.live == stored)
            for (id, profile) in await watched.profiles {
                let got = try await client.profiles.getProfile(.init(key: Self.key(id)), options: .init())
                #expect(got.profile == profile)
            }
            // Of each profile in the order of its writes.
            var last: [String: Int64] = [:]
            for event in await watched.events where event.kind != .existing {
                #expect(event.revision > last[event.id] ?? 0 || event.kind == .erased)
                last[event.id] = event.revision
            }
        }
    }

    @Test func `who comes back too late is told so, and begins with a snapshot`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            let watched = WatchedProfiles(client)
            try await watched.catchUp()
            let early = await watched.token
            let ada = try await Self.create(client, Self.person("ada"))
            try await watched.watch(until: .created, of: ada.id)
            let feed = ProfileFeed(
                database: Database(pool: TestDatabase.current.pool),
                tokens: PageTokens(key: Array(repeating: 1, count: 16))
            )
            #expect(try await feed.purge(olderThan: .seconds(3_600)) == 0)
            try await watched.catchUp()
            #expect(try await feed.purge(olderThan: .zero) == 1)
            let late = WatchedProfiles(client)
            await late.set(token: early)
            let failure = await ServiceFixture.failure { try await late.catchUp() }
            #expect(
                failure?.code == .outOfRange && failure?.reason == "RESUME_TOKEN_EXPIRED",
                "\(failure.debugDescription)"
            )
            #expect(failure?.violations.first?.field == "resume_token")

            let anew = WatchedProfiles(client, .init(start: .snapshot))
            try await anew.catchUp()
            #expect(await anew.live == [ada.id: 1])
            let bob = try await Self.create(client, Self.person("bob"))
            try await anew.watch(until: .created, of: bob.id)
            #expect(await anew.live == [ada.id: 1, bob.id: 1])
        }
    }

    // MARK: Filters and masks

    @Test func `a stream ends when the database is set back behind what it has sent`() async throws {
        try await Self.run { fixture in
            let watched = WatchedProfiles(fixture.client)
            let isOver = Atomic(false)
            let task = Task {
                let failure = await ServiceFixture.failure { try await watched.watch { _, _ in false } }
                isOver.store(true, ordering: .relaxed)
                return failure
            }
            #expect(try await Patience.until { await watched.answers > 0 })
            try await Self.create(fixture.client, Self.person("ada"))
            #expect(try await Patience.until { await !watched.events.isEmpty })
            // As if another change had the number of the last one, and no more had been written since.
            try await TestDatabase.current.pool.withConnection { connection in
                try await connection.executeScript("UPDATE profile_feed SET created_at = created_at - interval '1 day'")
            }
            if try await !Patience.until({ isOver.load(ordering: .relaxed) }) { task.cancel() }
            let failure = await task.value
            #expect(failure?.code == .outOfRange, "\(failure.debugDescription)")
        }
    }

    @Test func `a filter has those who begin and cease to pass, and no others`() async throws {
        try await Self.run(historyTime: .seconds(86_400)) { fixture in
            try await Self.keepHistory()
            let client = fixture.client
            let nurse = try await Self.create(client, Self.person("ada", tags: ["nurse"]))
            let baker = try await Self.create(client, Self.person("bob", tags: ["baker"]))
            let watched = WatchedProfiles(client, .init(start: .snapshot, filter: "tags:nurse", showProfiles: true))
            try await watched.catchUp()
            #expect(await watched.live.keys.map(\.self) == [nurse.id])
            await watched.forget()
            try await Self.update(client, baker.id, Profile(headline: "Bread"), "headline")
            try await Self.update(client, nurse.id, Profile(headline: "Wards"), "headline")
            try await Self.update(client, baker.id, Profile(tags: ["nurse"]), "tags")
            try await Self.update(client, nurse.id, Profile(tags: ["baker"]), "tags")
            try await Self.update(client, nurse.id, Profile(headline: "Bread"), "headline")
            _ = try await client.profiles.deleteProfile(.init(key: Self.key(baker.id)), options: .init())
            _ = try await client.profiles.restoreProfile(.init(key: Self.key(baker.id)), options: .init())
            try await watched.watch { watched, _ in await watched.events.count >= 5 }
            let events = await watched.events
            #expect(events.map(\.kind) == [.updated, .created, .deleted, .deleted, .created])
            #expect(events.map(\.id) == [nurse.id, baker.id, nurse.id, baker.id, baker.id])
            #expect(events[0].changedPaths == ["headline"] && events[0].revision == 2)
        }
    }

    @Test func `the first answer of a snapshot waits for no profile that passes`() async throws {
        try await Self.run(historyTime: .seconds(86_400)) { fixture in
            try await Self.keepHistory()
            let watched = WatchedProfiles(fixture.client, .init(start: .snapshot, filter: "tags:none"))
            // No profile can be read.
            let holder = try await Connection.open(TestDatabase.current.configuration)
            try await holder.executeScript("BEGIN; LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE")
            let failure = await ServiceFixture.failure { try await watched.watch { _, _ in true } }
            #expect(failure == nil)
            #expect(await watched.answers == 1)
            try await holder.executeScript("COMMIT")
            holder.close()
            try await watched.catchUp()
            #expect(await watched.answers > 1)
        }
    }

    @Test func `a stream says how far it is in what it does not show`() async throws {
        var limits = ProfileFeedLimits()
        (limits.pollInterval, limits.quietPolls) = (.milliseconds(1), 1)
        try await Self.run(historyTime: .seconds(86_400), limits: limits) { fixture in
            try await Self.keepHistory()
            let client = fixture.client
            let request = WatchProfilesRequest(filter: "tags:none")
            let watched = WatchedProfiles(client, request)
            try await watched.catchUp()
            try await Self.insert("p", 3_000)
            // As one whose connection ends all the time.
            var next = request
            next.resumeToken = await watched.token
            var (answers, hasCaughtUp) = (0, false)
            while !hasCaughtUp {
                let response = try await client.profiles.watchProfiles(next, options: .init()) { responses in
                    try await responses.next()
                }
                let answer = try #require(response)
                #expect(answer.events.isEmpty)
                (next.resumeToken, hasCaughtUp) = (answer.resumeToken, answer.caughtUp)
                answers += 1
            }
            #expect(answers > 1)
        }
    }

    @Test func `through a mask or a filter there has to be a history`() async throws {
        try await Self.run { fixture in
            let client = fixture.client
            let mask = Mask(name: "m", configuration: .init(hiddenFields: ["summary"]))
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            for request in [WatchProfilesRequest(filter: "tags:x"), WatchProfilesRequest(mask: "m")] {
                let failure = await ServiceFixture.failure { try await WatchedProfiles(client, request).catchUp() }
                #expect(failure?.code == .failedPrecondition && failure?.reason == "HISTORY_NOT_KEPT")
            }
        }
    }

    @Test func `what a mask hides is no event, and what it hides from then on is gone`() async throws {
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.reader],
            masks: ["\(Self.reader)=public"]
        )
        try await Self.run(historyTime: .seconds(86_400), roles: roles) { fixture in
            try await Self.keepHistory()
            let client = fixture.client
            let mask = Mask(
                name: "public",
                configuration: .init(
                    excludeTags: ["private"],
                    hiddenFields: ["summary", "tags"],
                    coarsening: .init(location: .lastPart)
                )
            )
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let watched = WatchedProfiles(bound, .init(showProfiles: true))
            try await watched.catchUp()
            var ada = Self.person("ada", summary: "Secret")
            ada.location = "Ulm, Germany"
            let id = try await Self.create(client, ada).id
            let hidden = try await Self.create(client, Self.person("bob", tags: ["private"])).id
            try await Self.update(client, id, Profile(summary: "Another"), "summary")
            try await Self.update(client, id, Profile(location: "Bonn, Germany"), "location")
            try await Self.update(client, id, Profile(tags: ["x"]), "tags")
            try await Self.update(client, hidden, Profile(headline: "Hidden"), "headline")
            try await Self.update(client, id, Profile(headline: "Nurse", summary: "Third"), "headline", "summary")
            try await Self.update(client, id, Profile(location: "Lima, Peru"), "location")
            try await Self.update(client, id, Profile(tags: ["private"]), "tags")
            try await Self.update(client, id, Profile(headline: "Unseen"), "headline")
            try await Self.update(client, id, Profile(tags: []), "tags")
            try await watched.catchUp()
            let seen = await watched.events
            #expect(seen.map(\.kind) == [.created, .updated, .updated, .deleted, .created])
            #expect(seen.map(\.changedPaths) == [[], ["headline"], ["location"], [], []])
            #expect(seen.allSatisfy { $0.id == id })
            try await Self.update(client, hidden, Profile(tags: []), "tags")
            _ = try await client.admin.eraseProfile(.init(key: Self.key(hidden)), options: .init())
            _ = try await client.profiles.deleteProfile(.init(key: Self.key(id)), options: .init())
            _ = try await client.admin.eraseProfile(.init(key: Self.key(id)), options: .init())
            let last = try await Self.create(client, Self.person("last")).id
            try await watched.watch(until: .created, of: last)
            let events = await watched.events.filter { $0.id != last }
            // Of those that were erased before it was read only that they are gone.
            #expect(events.allSatisfy { $0.revision == 0 && ($0.profile?.summary ?? "").isEmpty })
            #expect(events.allSatisfy { ["created", "updated", "deleted"].contains("\($0.kind)") })
            #expect(await watched.live.keys.map(\.self) == [last])
            for event in events where event.kind == .updated {
                #expect(Set(event.changedPaths).isSubset(of: ["headline", "location"]) && !event.changedPaths.isEmpty)
            }
            // One who has seen nothing of it before.
            #expect(events.last?.kind == .deleted)
            await bound.close()
        }
    }

    @Test func `another mask ends the stream, which begins anew`() async throws {
        try await Self.run(historyTime: .seconds(86_400)) { fixture in
            try await Self.keepHistory()
            let client = fixture.client
            var mask = Mask(name: "m", configuration: .init(hiddenFields: ["summary"]))
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            let watched = WatchedProfiles(client, .init(mask: "m"))
            try await watched.catchUp()
            mask.configuration = .init(hiddenFields: ["headline"])
            let request = UpdateMaskRequest(mask: mask, updateMask: .init(paths: ["configuration"]))
            _ = try await client.admin.updateMask(request, options: .init())
            let failure = await ServiceFixture.failure { try await watched.catchUp() }
            #expect(failure?.code == .outOfRange && failure?.reason == "RESUME_TOKEN_EXPIRED")
            await watched.begin()
            try await watched.catchUp()
        }
    }

    // MARK: The database

    private static func count(_ rows: String) async throws -> Int64 {
        try await TestDatabase.current.pool.execute(Statement("", SQL(verbatim: "SELECT count(*) FROM \(rows)"))).value(
            0,
            0
        )
    }

    /// By hand, in one transaction.
    private static func insert(_ name: String, _ count: Int) async throws {
        try await Self.script(
            "INSERT INTO profiles (slug, display_name) SELECT '\(name)' || i, 'P' FROM generate_series(1, \(count)) i"
        )
    }

    private static func text(_ sql: String) async throws -> String {
        try await TestDatabase.current.pool.execute(Statement("", SQL(verbatim: sql))).value(0, 0)
    }

    private static func script(_ sql: String) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(SQL(verbatim: sql)) }
    }
}
