import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// The outcome of a write is its commit: interrupted at every point, what is reported is what is stored.
@Suite(.freshDatabase) struct WriteOutcomeTests {
    enum Write: String, CaseIterable { case create, update, delete, restore, upsertNew, upsertStored }

    /// Does one write to the profile "one", or to "two" where it is to be new.
    private static func perform(_ write: Write, _ fixture: RepositoryFixture) async throws {
        let key = ProfileKey(key: .slug("one"))
        switch write {
        case .create: _ = try await fixture.profiles.create(Samples.named("Two", slug: "two"))
        case .update:
            let values = Profile(headline: "New")
            _ = try await fixture.profiles.update(key, with: values, updateMask: ["headline"])
        case .delete: _ = try await fixture.profiles.softDelete(key)
        case .restore: _ = try await fixture.profiles.restore(key)
        case .upsertNew, .upsertStored:
            let wanted = Samples.named("Other", slug: write == .upsertNew ? "two" : "one")
            _ = try await fixture.profiles.batchUpsert([wanted]).results[0].get()
        }
    }

    private static func stored(_ fixture: RepositoryFixture) async throws -> String {
        try await fixture.value(
            "SELECT string_agg(slug || revision || headline || is_active, ',' ORDER BY slug) FROM profiles",
            as: String.self
        )
    }

    @Test(arguments: Write.allCases, WritePoint.allCases)
    func `a cancellation before the commit undoes, and after it does not matter`(
        write: Write,
        point: WritePoint
    ) async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("One", slug: "one"))
            if write == .restore { _ = try await fixture.profiles.softDelete(.init(key: .slug("one"))) }
            let before = try await Self.stored(fixture)
            let outcome = await Task {
                try await WritePoint.$observer.withValue(
                    WritePoint.Observer { reached in
                        if reached == point { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                ) {
                    try await Self.perform(write, fixture)
                }
            }.result
            let after = try await Self.stored(fixture)
            switch outcome {
            case .success: #expect(point == .committed && after != before)
            case .failure(let error):
                #expect(error as? RepositoryError == .cancelled)
                #expect(point != .committed && after == before)
            }
        }
    }

    @Test func `a cancellation while the commit is under way waits for what it answers`() async throws {
        try await RepositoryFixture.run { fixture in
            // The commit waits for a lock that the test holds.
            try await fixture.execute(
                """
                CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END'
                """
            )
            try await fixture.execute(
                """
                CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON profiles DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION hold()
                """
            )
            let result = try await fixture.pool.withConnection { holder in
                _ = try await holder.execute(Statement("hold", "SELECT pg_advisory_lock(4711)"))
                let writing = Task { try await fixture.profiles.create(Samples.named("One", slug: "one")) }
                while try await !fixture.value(
                    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)",
                    as: Bool.self
                ) { await Task.yield() }
                writing.cancel()
                _ = try await holder.execute(Statement("free", "SELECT pg_advisory_unlock(4711)"))
                return await writing.result
            }
            #expect(try result.get().value.slug == "one")
            #expect(try result.get().consistencyToken != nil)
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 1)
        }
    }

    @Test func `a deadline that passes during the commit does not end it`() async throws {
        try await RepositoryFixture.run { fixture in
            let outcome = await Task {
                try await WritePoint.$observer.withValue(
                    WritePoint.Observer { reached in
                        // The deadline is over by the time that COMMIT would be sent.
                        if reached == .done { while ContinuousClock.now < Self.passed.deadline {} }
                    }
                ) {
                    try await fixture.profiles.create(
                        Samples.named("One", slug: "one"),
                        deadline: Self.passed.deadline
                    )
                }
            }.result
            #expect(throws: RepositoryError.deadlineExceeded) { try outcome.get() }
            let count = try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self)
            #expect(count == 0)
        }
    }

    private static let passed = (deadline: ContinuousClock.now + .seconds(3), 0)

    @Test func `a request id belongs to its caller, and its answer says that the profile was deleted since`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            let text = "0f8fad5b-d9cb-469f-a165-70867728950e"
            let (mine, others) = (RequestID(text, caller: "uri:a"), RequestID(text, caller: "uri:b"))
            let one = Samples.named("One")
            let first = try await fixture.profiles.create(one, requestID: mine).value
            let other = try await fixture.profiles.create(one, requestID: others).value
            #expect(other.id != first.id)
            #expect(try await fixture.profiles.create(one, requestID: mine).value == first)
            let deleted = try await fixture.profiles.softDelete(.init(key: .id(first.id))).value
            let again = try await fixture.profiles.create(one, requestID: mine).value
            #expect(again.id == first.id && again.deleteTime == deleted.deleteTime && again.deleteTime != nil)
            _ = try await fixture.profiles.restore(.init(key: .id(first.id)))
            #expect(try await fixture.profiles.create(one, requestID: mine).value == first)
        }
    }

    @Test func `a row of a binary that kept the bare id still counts`() async throws {
        try await RepositoryFixture.run { fixture in
            let text = "0f8fad5b-d9cb-469f-a165-70867728950e"
            let one = Samples.named("One")
            let first = try await fixture.profiles.create(one, requestID: .init(text, caller: "uri:a")).value
            try await fixture.execute("UPDATE request_ids SET request_id = '\(text)'")
            #expect(try await fixture.profiles.create(one, requestID: .init(text, caller: "uri:a")).value == first)
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int64.self) == 1)
        }
    }
}
