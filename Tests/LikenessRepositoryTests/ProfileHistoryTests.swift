import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// What profiles were, and who changed them.
@Suite(.freshDatabase) struct ProfileHistoryTests {
    static func key(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }

    static func revision(_ number: Int64) -> PointInTime { PointInTime(point: .revision(number)) }

    static func time(_ time: ProtobufTimestamp, microseconds: Int32 = 0) -> PointInTime {
        var time = time
        time.nanos += microseconds * 1_000
        if time.nanos < 0 { (time.seconds, time.nanos) = (time.seconds - 1, time.nanos + 1_000_000_000) }
        return PointInTime(point: .time(time))
    }

    static func by(_ caller: String) -> RequestID { RequestID("", caller: caller) }

    /// A repository that keeps a history, in a database that knows of it.
    static func keeping(_ fixture: RepositoryFixture) async throws -> ProfileRepository {
        _ = try await HistoryKeeper(database: fixture.database, keptTime: .seconds(86_400)).maintain()
        return ProfileRepository(
            database: fixture.database,
            pageTokens: try await PageTokens.load(from: fixture.database),
            historyTime: .seconds(86_400)
        )
    }

    @Test func `every way to write leaves who, how and what, and each revision can be read again`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Self.keeping(fixture)
            let curie = Self.key("marie-curie")
            var states: [Profile] = []
            func keep() async throws { states.append(try await profiles.get(ProfileKey(key: .id(states[0].id)))) }
            states.append(try await profiles.create(Samples.curie(), requestID: Self.by("a")).value)
            let values = Profile(headline: "Twice a laureate", tags: ["polonium"])
            _ = try await profiles.update(
                curie,
                with: values,
                updateMask: ["headline", "tags"],
                requestID: Self.by("b")
            )
            try await keep()
            let addition = ProfileEdit(edit: .addSkill(.init(skill: .init(name: "Driving"))))
            _ = try await profiles.edit(curie, edits: [addition], requestID: Self.by("c"))
            try await keep()
            var item = states[2]
            item.location = "Paris"
            item.attributesJson = #"{"b": 1, "a": 2}"#
            _ = try await profiles.batchUpsert([item], caller: "d")
            try await keep()
            _ = try await profiles.softDelete(curie, requestID: Self.by("e"))
            try await keep()
            _ = try await profiles.restore(curie, requestID: Self.by("f"))
            try await keep()
            _ = await profiles.batchDelete([curie], caller: "g")
            try await keep()
            _ = try await profiles.restore(curie, requestID: Self.by("h"))
            try await keep()
            _ = try await profiles.restore(curie, to: Self.revision(2), requestID: Self.by("i"))
            try await keep()
            // What changes nothing, what fails, and what is only checked leaves nothing.
            _ = try await profiles.update(curie, with: values, updateMask: ["headline"], requestID: Self.by("x"))
            _ = try await profiles.batchUpsert([states[8]], caller: "x")
            _ = try? await profiles.update(
                curie,
                with: .init(slug: "A B"),
                updateMask: ["slug"],
                requestID: Self.by("x")
            )
            _ = try await profiles.update(
                curie,
                with: .init(headline: "x"),
                updateMask: ["headline"],
                requestID: Self.by("x"),
                validateOnly: true
            )

            let listed = try await profiles.revisions(of: curie, showOldValues: true).revisions
            try #require(listed.map(\.revision) == Array((1...9).reversed()))
            #expect(listed.reversed().map(\.caller) == ["a", "b", "c", "d", "e", "f", "g", "h", "i"])
            #expect(
                listed.reversed().map(\.method) == [
                    "CreateProfile", "UpdateProfile", "EditProfile", "BatchUpsertProfiles", "DeleteProfile",
                    "RestoreProfile", "BatchDeleteProfiles", "RestoreProfile", "RestoreRevision",
                ]
            )
            #expect(
                listed.reversed().map(\.changedPaths) == [
                    [], ["headline", "tags"], ["skills"], ["location", "attributes_json"], ["delete_time"],
                    ["delete_time"], ["delete_time"], ["delete_time"], ["location", "attributes_json", "skills"],
                ]
            )
            #expect(listed[8].oldValues == nil)
            #expect(listed[7].oldValues == Profile(headline: states[0].headline, tags: states[0].tags))
            #expect(
                listed[5].oldValues == Profile(location: states[2].location, attributesJson: states[2].attributesJson)
            )
            let times = listed.compactMap(\.createTime).map { ($0.seconds, $0.nanos) }
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 }, "in the order of the revisions")

            for (index, state) in states.enumerated() {
                let number = Int64(index + 1)
                #expect(state.revision == number)
                #expect(try await profiles.get(curie, asOf: Self.revision(number)).profile == state, "\(number)")
                let written = try #require(listed[8 - index].createTime)
                #expect(try await profiles.get(curie, asOf: Self.time(written)).profile == state, "\(number)")
                guard index > 0 else {
                    await #expect(throws: RepositoryError.notFound(.profile, key: state.id)) {
                        try await profiles.get(curie, asOf: Self.time(written, microseconds: -1))
                    }
                    continue
                }
                let before = try await profiles.get(curie, asOf: Self.time(written, microseconds: -1)).profile
                #expect(before == states[index - 1], "before \(number)")
            }
            await #expect(throws: RepositoryError.notFound(.revision, key: "10")) {
                try await profiles.get(curie, asOf: Self.revision(10))
            }
            let same = try await profiles.difference(of: curie, from: Self.revision(2), to: Self.revision(9))
            #expect(same.changedPaths == [] && same.from == Profile() && same.to == Profile())
            let all = try await profiles.difference(of: curie, from: Self.revision(1), to: nil)
            #expect(all.changedPaths == ["headline", "tags"] && all.to == values && all.from.tags == states[0].tags)
            #expect(states[8].experiences == states[1].experiences && states[8].skills == states[1].skills)
        }
    }

    @Test func `profiles that are loaded in bulk have their row where a history is kept`() async throws {
        try await RepositoryFixture.run { fixture in
            let space = try await fixture.embeddings.space(named: "")
            let loader = BulkLoader(database: fixture.database)
            try await loader.load([BulkProfile(profile: Samples.named("One", slug: "one"))], into: space)
            #expect(try await fixture.value("SELECT count(*) FROM profile_revisions", as: Int64.self) == 0)
            let profiles = try await Self.keeping(fixture)
            let many = (0..<60).map { BulkProfile(profile: Samples.named("P \($0)", slug: "p-\($0)")) }
            try await loader.load(many, into: space)
            #expect(try await fixture.value("SELECT count(*) FROM profile_revisions", as: Int64.self) == 60)
            let row = try await profiles.revisions(of: Self.key("p-7")).revisions
            #expect(row.map(\.method) == ["BulkLoad"] && row.map(\.caller) == [""] && row.map(\.revision) == [1])
            // Nothing is recorded, and of what was before it began nothing is known.
            _ = try await fixture.profiles.update(Self.key("one"), with: .init(headline: "x"), updateMask: ["headline"])
            #expect(try await profiles.revisions(of: Self.key("one")).revisions.isEmpty)
            do {
                _ = try await profiles.get(Self.key("one"), asOf: Self.revision(1))
                Issue.record("revision 1 is known")
            } catch RepositoryError.failedPrecondition(let type, _, _) {
                #expect(type == "HISTORY_NOT_KEPT")
            }
            #expect(try await profiles.get(Self.key("one"), asOf: Self.revision(2)).profile.headline == "x")
        }
    }

    @Test func `writers at once leave one row for each revision`() async throws {
        try await RepositoryFixture.run(connectionsMax: 8) { fixture in
            let profiles = try await Self.keeping(fixture)
            _ = try await profiles.create(Samples.named("Busy", slug: "busy"))
            let (callers, calls) = (6, 6)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        var done = 0
                        while done < calls {
                            do {
                                let edit = ProfileEdit(edit: .addSkill(.init(skill: .init(name: "\(caller) \(done)"))))
                                _ = try await profiles.edit(
                                    Self.key("busy"),
                                    edits: [edit],
                                    requestID: Self.by("\(caller)")
                                )
                                done += 1
                            } catch RepositoryError.conflict {}
                        }
                    }
                }
                try await group.waitForAll()
            }
            let listed = try await profiles.revisions(of: Self.key("busy"), pageSize: 100).revisions
            #expect(listed.map(\.revision) == Array((1...37).reversed()))
            for caller in 0..<callers { #expect(listed.filter { $0.caller == "\(caller)" }.count == calls) }
            for number in [1, 2, 20, 36, 37] as [Int64] {
                let past = try await profiles.get(Self.key("busy"), asOf: Self.revision(number)).profile
                #expect(past.skills.count == Int(number) - 1 && past.revision == number)
            }
            let times = listed.compactMap(\.createTime).map { ($0.seconds, $0.nanos) }
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 })
        }
    }

    @Test func `what is older is forgotten, and all of it where none is kept`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Self.keeping(fixture)
            let ada = Self.key("ada")
            _ = try await profiles.create(Samples.named("Ada", slug: "ada"))
            for headline in ["a", "b", "c"] {
                _ = try await profiles.update(ada, with: .init(headline: headline), updateMask: ["headline"])
            }
            let keeper = HistoryKeeper(database: fixture.database, keptTime: .seconds(86_400))
            #expect(try await keeper.maintain() == .init())
            try await fixture.execute(
                "UPDATE profile_revisions SET created_at = created_at - interval '2 days' WHERE revision <= 3"
            )
            #expect(try await keeper.maintain() == .init(forgotten: 3))
            #expect(try await profiles.revisions(of: ada).revisions.map(\.revision) == [4])
            #expect(try await profiles.get(ada, asOf: Self.revision(3)).profile.headline == "b")
            for point in [Self.revision(2), Self.time(.init(seconds: 1))] {
                do {
                    _ = try await profiles.get(ada, asOf: point)
                    Issue.record("\(point)")
                } catch RepositoryError.failedPrecondition(let type, _, _) {
                    #expect(type == "HISTORY_NOT_KEPT")
                }
            }
            // One server that keeps none, by mistake perhaps: nothing is lost for a day, and not while another keeps one.
            let off = HistoryKeeper(database: fixture.database, keptTime: nil)
            let aDayLater = "UPDATE profile_history SET updated_at = updated_at - interval '25 hours'"
            #expect(try await off.maintain() == .init(hasChanged: true))
            #expect(try await off.maintain() == .init())
            #expect(try await keeper.maintain() == .init(hasChanged: true))
            try await fixture.execute("\(aDayLater)")
            #expect(try await off.maintain() == .init(hasChanged: true))
            try await fixture.execute("\(aDayLater)")
            #expect(try await off.maintain() == .init(forgotten: 1))
            let known: Bool = try await fixture.value("SELECT kept_since IS NOT NULL FROM profile_history")
            #expect(!known)
        }
    }

    @Test func `a revision is restored as a write is made`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Self.keeping(fixture)
            let pair = ExternalId(system: "crm", id: "1")
            let first = try await profiles.create(
                Profile(
                    slug: "ada",
                    displayName: "Ada",
                    experiences: [.init(title: "a"), .init(title: "b")],
                    externalIds: [pair]
                )
            ).value
            let second = try await profiles.update(
                Self.key("ada"),
                with: Profile(slug: "ada-b", displayName: "Ada B", summary: "New"),
                updateMask: ["*"]
            ).value
            #expect(second.experiences.isEmpty)
            let key = ProfileKey(key: .slug("ada"))
            await #expect(throws: RepositoryError.revisionMismatch(current: 2)) {
                try await profiles.restore(key, to: Self.revision(1), ifRevision: 1)
            }
            let checked = try await profiles.restore(key, to: Self.revision(1), validateOnly: true)
            #expect(checked.value.slug == "ada" && checked.redirectedFrom == "ada")
            #expect(try await profiles.get(key) == second)
            let id = RequestID(UUID().uuidString, caller: "a")
            let restored = try await profiles.restore(key, to: Self.revision(1), requestID: id)
            var expected = first
            (expected.revision, expected.updateTime) = (3, restored.value.updateTime)
            #expect(restored.value == expected)
            #expect(restored.redirectedFrom == "ada")
            let again = try await profiles.restore(key, to: Self.revision(1), requestID: id)
            #expect(again.value == expected && again.redirectedFrom == "ada")
            #expect(try await profiles.revisions(of: key).revisions.count == 3)

            // Its keys may be others' now.
            _ = try await profiles.restore(key, to: Self.revision(2))
            _ = try await profiles.create(Profile(displayName: "Other", externalIds: [pair]))
            await #expect(throws: RepositoryError.alreadyExists(field: "external_ids[0]")) {
                try await profiles.restore(Self.key("ada-b"), to: Self.revision(1))
            }
            _ = try await profiles.create(Profile(slug: "ada", displayName: "Other"))
            await #expect(throws: RepositoryError.alreadyExists(field: "slug")) {
                try await profiles.restore(Self.key("ada-b"), to: Self.revision(1))
            }
            #expect(try await profiles.get(Self.key("ada-b")).revision == 4)
            _ = try await profiles.softDelete(Self.key("ada-b"))
            do {
                _ = try await profiles.restore(Self.key("ada-b"), to: Self.revision(1))
                Issue.record("deleted")
            } catch RepositoryError.failedPrecondition(let type, _, _) {
                #expect(type == "DELETED")
            }
        }
    }

    @Test func `a restoration waits for who writes, and reads the history after that`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Self.keeping(fixture)
            let ada = Self.key("ada")
            let first = try await profiles.create(Samples.named("Ada", slug: "ada")).value
            let restored = try await fixture.pool.withConnection { connection in
                try await connection.executeScript(
                    "BEGIN; UPDATE profiles SET headline = 'second', revision = revision + 1 WHERE slug = 'ada'"
                )
                async let restored = profiles.restore(ada, to: Self.revision(2))
                let isWaiting = try await Patience.until {
                    let count: Int64 = try await fixture.value(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """
                    )
                    return count == 1
                }
                #expect(isWaiting)
                try await connection.executeScript("COMMIT")
                return try await restored.value
            }
            // Before the other's end there was no second revision.
            #expect(restored.headline == "second" && restored.revision == first.revision + 1)
        }
    }

    @Test func `of what was before the first write that is kept nothing is known`() async throws {
        try await RepositoryFixture.run { fixture in
            let ada = Self.key("ada")
            let first = try await fixture.profiles.create(Samples.named("Ada", slug: "ada")).value
            let second = try await fixture.profiles.update(
                ada,
                with: .init(headline: "2"),
                updateMask: ["headline"]
            ).value
            let profiles = try await Self.keeping(fixture)
            let (start, change) = (try #require(first.updateTime), try #require(second.updateTime))
            func expectNotKept(_ time: ProtobufTimestamp) async {
                do {
                    _ = try await profiles.get(ada, asOf: Self.time(time))
                    Issue.record("\(time)")
                } catch RepositoryError.failedPrecondition(let type, _, _) {
                    #expect(type == "HISTORY_NOT_KEPT")
                } catch {
                    Issue.record(error)
                }
            }
            // Before there is a row, and with one.
            for isWritten in [false, true] {
                if isWritten {
                    _ = try await profiles.update(ada, with: .init(headline: "3"), updateMask: ["headline"])
                }
                await expectNotKept(start)
                #expect(try await profiles.get(ada, asOf: Self.time(change)).profile == second, "\(isWritten)")
            }
        }
    }

    @Test func `the longest time that a server keeps a history counts for all`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Self.keeping(fixture)
            let ada = Self.key("ada")
            _ = try await profiles.create(Samples.named("Ada", slug: "ada"))
            _ = try await profiles.update(ada, with: .init(headline: "2"), updateMask: ["headline"])
            try await fixture.execute(
                """
                UPDATE profile_revisions SET created_at = created_at - interval '2 hours' WHERE revision = 1;
                UPDATE profile_history SET kept_since = kept_since - interval '20 hours'
                """
            )
            let long = HistoryKeeper(database: fixture.database, keptTime: .seconds(86_400))
            let short = HistoryKeeper(database: fixture.database, keptTime: .seconds(3_600))
            #expect(try await short.maintain() == .init(isKeptLonger: true))
            let aDayLater = "UPDATE profile_history_times SET said_at = said_at - interval '25 hours'"
            // The other one has said it again within a day.
            try await fixture.execute(aDayLater)
            #expect(try await long.maintain() == .init())
            #expect(try await short.maintain() == .init(isKeptLonger: true))
            #expect(try await profiles.revisions(of: ada).revisions.count == 2)
            // It has not.
            try await fixture.execute(aDayLater)
            #expect(try await short.maintain() == .init(forgotten: 1))
            // What is forgotten stays so where it is kept for longer from then on: through a view the time is refused.
            #expect(try await long.maintain() == .init())
            let age: Double = try await fixture.value(
                "SELECT extract(epoch FROM now() - kept_since)::float8 FROM profile_history"
            )
            #expect(age < 7_200, "complete since \(age) s ago, which is less than before the row that is gone")
        }
    }

    @Test func `when the longest time counts no more, the next longest does`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Self.keeping(fixture)
            let ada = Self.key("ada")
            _ = try await profiles.create(Samples.named("Ada", slug: "ada"))
            _ = try await profiles.update(ada, with: .init(headline: "2"), updateMask: ["headline"])
            try await fixture.execute(
                "UPDATE profile_revisions SET created_at = created_at - interval '2 hours' WHERE revision = 1"
            )
            let keepers = [864_000, 86_400, 3_600].map { seconds in
                HistoryKeeper(database: fixture.database, keptTime: .seconds(seconds))
            }
            for keeper in keepers { _ = try await keeper.maintain() }
            // Those with longer times have ended; the other two go on, the shortest before the middle one.
            try await fixture.execute(
                "UPDATE profile_history_times SET said_at = said_at - interval '25 hours' WHERE seconds > 86400"
            )
            #expect(try await keepers[2].maintain() == .init(isKeptLonger: true))
            #expect(try await keepers[1].maintain() == .init())
            #expect(try await profiles.revisions(of: ada).revisions.count == 2)
            let times: Int64 = try await fixture.value("SELECT count(*) FROM profile_history_times")
            #expect(times == 2)
        }
    }

    @Test func `pages of a history are all of it`() async throws {
        try await RepositoryFixture.run { fixture in
            let profiles = try await Self.keeping(fixture)
            let ada = Self.key("ada")
            _ = try await profiles.create(Samples.named("Ada", slug: "ada"))
            for number in 2...30 {
                _ = try await profiles.update(ada, with: .init(headline: "\(number)"), updateMask: ["headline"])
            }
            for (size, showOldValues, bytes) in [
                (7, false, Int.max), (100, true, .max), (100, false, 300), (0, false, .max),
            ] {
                var found: [ProfileRevision] = []
                var (token, pages) = ("", 0)
                repeat {
                    let page = try await profiles.revisions(
                        of: ada,
                        pageSize: size,
                        pageToken: token,
                        showOldValues: showOldValues,
                        answerBytesMax: bytes
                    )
                    found += page.revisions
                    (token, pages) = (page.nextPageToken, pages + 1)
                } while !token.isEmpty
                #expect(found.map(\.revision) == Array((1...30).reversed()))
                #expect(pages == (size == 7 ? 5 : bytes == 300 ? pages : 2) && pages > 1)
                #expect(!showOldValues || found[0].oldValues == Profile(headline: "29"))
            }
            let token = try await profiles.revisions(of: ada, pageSize: 3).nextPageToken
            await #expect(throws: RepositoryError.invalidPageToken) {
                try await profiles.revisions(of: ada, pageSize: 4, pageToken: token)
            }
        }
    }
}
