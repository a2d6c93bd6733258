import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Synchronization
import Testing

@testable import LikenessServer

/// What the worker stores, whatever happens meanwhile.
@Suite(.freshDatabase, .timeLimit(.minutes(10))) struct OutboxWorkerTests {
    private static func limits(lease: Duration = .seconds(60)) -> OutboxWorker.Limits {
        var limits = OutboxWorker.Limits()
        limits.pollInterval = .milliseconds(50)
        limits.batchCount = 4
        limits.storeCount = 2
        limits.lease = lease
        return limits
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func people(_ range: Range<Int>) -> [Profile] {
        range.map { index in
            var profile = Profile()
            profile.slug = "person-\(index)"
            profile.displayName = "Person \(index)"
            profile.summary = "Did thing \(index)."
            profile.skills = [Skill(name: "Skill \(index)")]
            return profile
        }
    }

    /// Lets a worker work until `condition` holds.
    private static func whileWorking(
        _ database: EmbeddedDatabase,
        _ embedders: [any Embedder],
        limits: OutboxWorker.Limits = limits(),
        logger: Logger = quiet,
        until condition: () async throws -> Bool
    ) async throws {
        let worker = OutboxWorker(
            repository: database.embeddings,
            embedders: EmbedderRegistry(embedders),
            limits: limits,
            logger: logger
        )
        let run = Task { await worker.run() }
        let result: Result<Bool, any Error>
        do { result = .success(try await Patience.until(condition)) } catch { result = .failure(error) }
        run.cancel()
        await run.value
        #expect(try result.get(), "it did not come")
    }

    private static func waiting(_ database: EmbeddedDatabase, _ space: EmbeddingSpaceInfo) async throws -> Int {
        try await database.embeddings.outboxStatusBySpace()[space.name]?.pending ?? 0
    }

    @Test func `two models of as many dimensions never fill each other's space`() async throws {
        try await EmbeddedDatabase.run { database in
            let models = ["one@1", "two@1"].map { FakeEmbedder(modelID: $0) }
            var spaces: [EmbeddingSpaceInfo] = []
            for model in models {
                spaces.append(try await database.makeSpace("of-\(model.modelID.prefix(3))", model: model.modelID))
            }
            _ = try await database.profiles.batchUpsert(Self.people(0..<30))
            let first = try await database.embeddings.space(named: "")
            try await Self.whileWorking(database, models) {
                for space in spaces where try await Self.waiting(database, space) > 0 { return false }
                return true
            }
            for (space, model) in zip(spaces, models) {
                #expect(try await database.faults(in: space, of: model, isDone: true) == [])
            }
            // The first space is another model's: all of it still waits.
            #expect(try await Self.waiting(database, first) == 60)
            #expect(try await database.embeddings.claim(space: first, count: 1).map(\.attempts) == [1])
        }
    }

    @Test func `a space that is described with a number of dimensions its model does not have is not served`() {
        let registry = EmbedderRegistry([FakeEmbedder(modelID: "one@1")])
        #expect(registry.embedder(ofModel: "one@1", dimension: 384) != nil)
        #expect(registry.embedder(ofModel: "one@1", dimension: 8) == nil)
        #expect(registry.embedder(ofModel: "one@2", dimension: 384) == nil)
    }

    @Test func `the first space is of the version that filled it, and of no other`() async throws {
        try await EmbeddedDatabase.run { database in
            let first = try await database.embeddings.space(named: "")
            let models = ["1.0.0", "2.0.0"].map { FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@\($0)") }
            #expect(EmbedderRegistry([models[0]]).embedder(for: first) != nil)
            #expect(EmbedderRegistry([models[1]]).embedder(for: first) == nil)
        }
    }

    @Test func `sections of many parts are embedded a few at a time, and all of their parts are stored`() async throws {
        try await EmbeddedDatabase.run { database in
            let largest = Mutex(0)
            let model = FakeEmbedder(modelID: "one@1", wordsMax: 2) { (texts, _) async throws(EmbeddingError) in
                largest.withLock { $0 = max($0, texts.count) }
            }
            let space = try await database.makeSpace("of-one", model: model.modelID)
            let people = Self.people(0..<12).map { person in
                var person = person
                // 25 parts with the name, and more than there may be.
                person.summary = (0..<(person.slug == "person-3" ? 500 : 48)).map { "word\($0)" }.joined(separator: " ")
                return person
            }
            _ = try await database.profiles.batchUpsert(people)
            let log = RecordedLog()
            try await Self.whileWorking(database, [model], logger: log.logger) {
                try await Self.waiting(database, space) == 0
            }
            #expect(largest.withLock { $0 } <= 32)
            let counted = try await database.database.pool.execute(
                Statement(
                    "test_parts",
                    """
                    SELECT count(*) FILTER (WHERE kind & 15 = 1), count(*) FILTER (WHERE kind & 15 = 3),
                        count(*) FILTER (WHERE kind >= 4096)
                    FROM embeddings_of_one
                    """
                )
            )
            #expect(try counted.value(0, 0, as: Int64.self) == 11 * 25 + 32)
            #expect(try counted.value(0, 1, as: Int64.self) == 12)
            #expect(try counted.value(0, 2, as: Int64.self) == 1)
            #expect(log.lines.contains { $0.contains("sections have more text than is embedded") })
        }
    }

    @Test func `what an earlier version has embedded the beginning of is embedded whole, beside new sections`()
        async throws
    {
        try await EmbeddedDatabase.run { database in
            let model = FakeEmbedder(modelID: "one@1", wordsMax: 100)
            let space = try await database.makeSpace("of-one", model: model.modelID)
            let people = Self.people(0..<60).map { person in
                var person = person
                if person.slug.hasSuffix("5") { person.summary = String(repeating: "some words here ", count: 50) }
                return person
            }
            _ = try await database.profiles.batchUpsert(people)
            // All sections noted, as if a daemon of that version had delivered them.
            try await database.script("DELETE FROM embedding_outbox WHERE space = 'of-one'")
            try await database.script(
                """
                INSERT INTO embeddings_of_one (profile_id, section_id, kind, is_active, embedding)
                SELECT profile_id, section_id, kind, true, array_fill(1::real, ARRAY[384])::vector FROM section_bytes
                """
            )
            var reader = LongSectionsReader(
                embeddings: database.embeddings,
                embedders: EmbedderRegistry([model]),
                logger: Self.quiet
            )
            reader.interval = .milliseconds(10)
            reader.outboxInterval = .milliseconds(10)
            let run = Task { await reader.run() }
            try await Self.whileWorking(database, [model]) {
                let result = try await database.database.pool.execute(
                    Statement("test_cut", "SELECT count(*) FROM embeddings_of_one WHERE kind > 15")
                )
                return try result.value(0, 0, as: Int64.self) == 6
            }
            run.cancel()
            await run.value
            #expect(try await Self.waiting(database, space) == 0)
        }
    }

    @Test func `vectors that were made before their space became another model's are not stored`() async throws {
        try await EmbeddedDatabase.run { database in
            let space = try await database.makeSpace("changing", model: "one@1")
            _ = try await database.profiles.batchUpsert(Self.people(0..<1))
            let jobs = try await database.embeddings.claim(space: space, count: 10)
            try await database.script("UPDATE embedding_spaces SET model = 'two@1' WHERE name = 'changing'")
            let model = FakeEmbedder(modelID: "one@1")
            #expect(
                try await database.embeddings.store(
                    jobs.map { ($0, SectionVectors([model.vector($0.text ?? "")])) },
                    in: space
                ) == 0
            )
            #expect(try await Self.waiting(database, space) == 2)
        }
    }

    @Test func `a space whose model fails, and one that nobody serves, keep no other waiting, and the log says so`()
        async throws
    {
        try await EmbeddedDatabase.run { database in
            let log = RecordedLog()
            let broken = FakeEmbedder(modelID: "broken@1") { (_, _) async throws(EmbeddingError) in
                throw .unavailable("the model is gone")
            }
            let model = FakeEmbedder(modelID: "one@1")
            let failing = try await database.makeSpace("a-failing", model: broken.modelID)
            let space = try await database.makeSpace("of-one", model: model.modelID)
            _ = try await database.profiles.batchUpsert(Self.people(0..<10))
            try await Self.whileWorking(database, [broken, model], logger: log.logger) {
                try await Self.waiting(database, space) == 0
            }
            #expect(try await database.faults(in: space, of: model, isDone: true) == [])
            #expect(try await Self.waiting(database, failing) == 20)
            #expect(
                log.lines.contains { $0.contains("wait for a service that runs its model") && $0.contains("MiniLM") }
            )
        }
    }

    @Test func `a text that cannot be embedded keeps no other waiting`() async throws {
        try await EmbeddedDatabase.run { database in
            let model = FakeEmbedder(modelID: "one@1") { (texts, _) async throws(EmbeddingError) in
                if texts.contains(where: { $0.contains("thing 3.") }) { throw .badInput("it is number 3") }
            }
            let space = try await database.makeSpace("of-one", model: model.modelID)
            _ = try await database.profiles.batchUpsert(Self.people(0..<10))
            try await Self.whileWorking(database, [model]) { try await Self.waiting(database, space) == 1 }
            #expect(try await database.faults(in: space, of: model, isDone: false) == [])
            #expect(try await database.embeddings.outboxStatusBySpace()[space.name]?.failing == 1)
        }
    }

    @Test func `while a batch is embedded others are claimed, up to a bound`() async throws {
        try await EmbeddedDatabase.run { database in
            let atOnce = Mutex((now: 0, most: 0))
            let gate = Gate()
            let model = FakeEmbedder(modelID: "one@1") { (texts, _) async throws(EmbeddingError) in
                atOnce.withLock {
                    $0.now += 1; $0.most = max($0.most, $0.now)
                }
                await gate.wait()
                atOnce.withLock { $0.now -= 1 }
            }
            let space = try await database.makeSpace("of-one", model: model.modelID)
            _ = try await database.profiles.batchUpsert(Self.people(0..<20))
            let limits = Self.limits()
            try await Self.whileWorking(database, [model], limits: limits) {
                if atOnce.withLock({ $0.most }) >= limits.batchesMax { gate.open() }
                return try await Self.waiting(database, space) == 0
            }
            #expect(atOnce.withLock { $0.most } == limits.batchesMax)
            #expect(try await database.faults(in: space, of: model, isDone: true) == [])
        }
    }

    @Test func `a worker that stops gives back what it has not stored`() async throws {
        try await EmbeddedDatabase.run { database in
            let started = Count()
            let model = FakeEmbedder(modelID: "one@1") { (_, _) async throws(EmbeddingError) in
                _ = started.add()
                do { try await Task.sleep(for: .seconds(3_600)) } catch { throw .cancelled }
            }
            let space = try await database.makeSpace("of-one", model: model.modelID)
            _ = try await database.profiles.batchUpsert(Self.people(0..<2))
            try await Self.whileWorking(database, [model]) { started.value > 0 }
            let jobs = try await database.embeddings.claim(space: space, count: 10)
            #expect(jobs.map(\.attempts) == [1, 1, 1, 1])
        }
    }

    @Test func `work that arrives while a space is filled is not forgotten`() {
        var spaces = SpacesAtWork()
        #expect(spaces.workArrived(for: "a") == .start)
        #expect(spaces.workArrived(for: "b") == .start)
        #expect(spaces.workArrived(for: "a") == .leaveToRunning)
        #expect(spaces.workArrived(for: "a") == .leaveToRunning)
        #expect(spaces.foundNothing(in: "a") == .lookAgain)
        #expect(spaces.foundNothing(in: "a") == .stop)
        #expect(spaces.foundNothing(in: "b") == .stop)
        #expect(spaces.workArrived(for: "a") == .start)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `workers that crash, fail and overtake each other while people are written leave every vector right`(
        seed: UInt64
    ) async throws {
        try await EmbeddedDatabase.run { database in
            let calls = Count()
            let model = FakeEmbedder(modelID: "one@1") { (_, _) async throws(EmbeddingError) in
                let call = calls.add()
                if call % 7 == 0 { throw .failed("call \(call)") }
                for _ in 0..<call % 5 { await Task.yield() }
            }
            let space = try await database.makeSpace("of-one", model: model.modelID)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var random = Random(seed: seed)
                    for _ in 0..<12 {
                        let start = Int.random(in: 0..<20, using: &random)
                        var people = Self.people(start..<start + 6)
                        for index in people.indices {
                            people[index].summary += " Version \(Int.random(in: 0..<3, using: &random))."
                            if Bool.random(using: &random) { people[index].skills = [] }
                        }
                        _ = try await database.profiles.batchUpsert(people)
                        if Bool.random(using: &random) {
                            let key = ProfileKey(key: .slug("person-\(start)"))
                            _ = try await database.profiles.softDelete(key)
                            if Bool.random(using: &random) { _ = try await database.profiles.restore(key) }
                        }
                    }
                }
                // One whose leases end at once, so that others claim what it is embedding, and one that crashes.
                for lease in [Duration.zero, .seconds(60)] {
                    group.addTask {
                        for _ in 0..<6 {
                            let seen = calls.value
                            try await Self.whileWorking(database, [model], limits: Self.limits(lease: lease)) {
                                let isOver = try await Self.waiting(database, space) == 0
                                return isOver || calls.value > seen + 5
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await database.script("UPDATE embedding_outbox SET available_at = now() WHERE space = 'of-one'")
            try await Self.whileWorking(database, [FakeEmbedder(modelID: "one@1")]) {
                try await Self.waiting(database, space) == 0
            }
            #expect(try await database.faults(in: space, of: model, isDone: true) == [])
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `after every step of claims, stores, crashes, writes and deletions each vector is its section's`(
        seed: UInt64
    ) async throws {
        try await EmbeddedDatabase.run { database in
            var random = Random(seed: seed)
            let model = FakeEmbedder(modelID: "one@1", wordsMax: 3)
            let space = try await database.makeSpace("of-one", model: model.modelID)
            var held: [[EmbeddingJob]] = []
            for step in 0..<60 {
                let person = Int.random(in: 0..<6, using: &random)
                let key = ProfileKey(key: .slug("person-\(person)"))
                switch Int.random(in: 0..<10, using: &random) {
                case 0...2:
                    var profile = Self.people(person..<person + 1)[0]
                    profile.summary = String(
                        repeating: "Version \(Int.random(in: 0..<3, using: &random)). ",
                        count: Int.random(in: 1...5, using: &random)
                    )
                    profile.experiences = (0..<Int.random(in: 0..<3, using: &random)).map {
                        Experience(category: .work, title: "Title \($0)", description: "Step \(step % 4)")
                    }
                    if Bool.random(using: &random) { profile.skills = [] }
                    _ = try await database.profiles.batchUpsert([profile])
                case 3: _ = try? await database.profiles.softDelete(key)
                case 4: _ = try? await database.profiles.restore(key)
                case 5, 6:
                    let lease = Bool.random(using: &random) ? Duration.zero : .seconds(600)
                    let jobs = try await database.embeddings.claim(
                        space: space,
                        count: Int.random(in: 1...6, using: &random),
                        lease: lease
                    )
                    held.append(jobs)
                case 7, 8:
                    guard let index = held.indices.randomElement(using: &random) else { continue }
                    let embedded = held[index].map { job in (job: job, vectors: job.text.map { model.vectors($0) }) }
                    try await database.embeddings.store(embedded, in: space)
                    // What is stored is stored once.
                    #expect(try await database.embeddings.store(embedded, in: space) == 0)
                case _:
                    guard let index = held.indices.randomElement(using: &random) else { continue }
                    let jobs = held.remove(at: index)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: try await database.embeddings.fail(jobs, in: space, reason: "step \(step)")
                    case 1: try await database.embeddings.release(jobs, in: space)
                    case _: break
                    }
                }
                let faults = try await database.faults(in: space, of: model, isDone: false)
                try #require(faults == [], "step \(step)")
            }
            try await database.script("UPDATE embedding_outbox SET available_at = now() WHERE space = 'of-one'")
            while case let jobs = try await database.embeddings.claim(space: space, count: 100), !jobs.isEmpty {
                try await database.embeddings.store(
                    jobs.map { ($0, $0.text.map { model.vectors($0) }) },
                    in: space
                )
            }
            #expect(try await database.faults(in: space, of: model, isDone: true) == [])
        }
    }
}

private final class Count: Sendable {
    private let count = Atomic(0)

    var value: Int { self.count.load(ordering: .relaxed) }

    func add() -> Int { self.count.add(1, ordering: .relaxed).newValue }
}

/// Opens once, for all who wait and all who come.
private final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiters = self.state.withLock { state in
            defer { state = (true, []) }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = self.state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Random numbers that are the same in every run.
private struct Random: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
