import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Synchronization
import Testing

@testable import LikenessRepository

/// Streams that are to show the same changes read the profiles once.
@Suite(.freshDatabase) struct FeedProfilesTests {
    /// Counts readings, which wait until they may go on.
    private final class Reader: Sendable {
        private let count = Mutex(0)
        private let gate = AsyncStream.makeStream(of: Void.self)
        var readings: Int { self.count.withLock { $0 } }
        func open() { self.gate.continuation.finish() }

        func read() async throws(RepositoryError) -> FeedProfiles.Stored {
            self.count.withLock { $0 += 1 }
            for await _ in self.gate.stream {}
            return FeedProfiles.Stored(profiles: [:], left: [])
        }
    }

    private static func changes(_ fixture: RepositoryFixture) async throws -> [ProfileFeed.Change] {
        let feed = ProfileFeed(database: fixture.database, tokens: PageTokens(key: Array(repeating: 7, count: 16)))
        let begin = try await feed.begin()
        try await fixture.execute(
            "INSERT INTO profiles (slug, display_name) SELECT 'p' || i, 'P' FROM generate_series(1, 200) i"
        )
        return try await feed.page(after: begin).changes
    }

    @Test func `several that wait have one reading, until it is let go of`() async throws {
        try await RepositoryFixture.run { fixture in
            let changes = try await Array(Self.changes(fixture).prefix(3))
            let (profiles, reader) = (FeedProfiles(), Reader())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        _ = try await profiles.stored(for: changes) { () throws(RepositoryError) in
                            try await reader.read()
                        }
                    }
                }
                _ = try await Patience.until { reader.readings > 0 }
                reader.open()
                try await group.waitForAll()
            }
            #expect(reader.readings == 1)
            func read(_ changes: [ProfileFeed.Change]) async throws {
                _ = try await profiles.stored(for: changes) { () throws(RepositoryError) in try await reader.read() }
            }
            try await read(Array(changes.prefix(2)))
            #expect(reader.readings == 2)
            profiles.forget()
            try await read(changes)
            #expect(reader.readings == 3)
            // The next ones take its place.
            for count in 0..<10 { try await read(Array(repeating: changes[0], count: count)) }
            try await read(changes)
            #expect(reader.readings == 14)
        }
    }

    @Test func `a reading that fails is none`() async throws {
        try await RepositoryFixture.run { fixture in
            let changes = try await Array(Self.changes(fixture).prefix(3))
            let profiles = FeedProfiles()
            await #expect(throws: RepositoryError.self) {
                try await profiles.stored(for: changes) { () throws(RepositoryError) in
                    throw .unavailable(.starting)
                }
            }
            _ = try await profiles.stored(for: changes) { () throws(RepositoryError) in
                FeedProfiles.Stored(profiles: [:], left: [])
            }
        }
    }

    @Test func `streams that have come differently far read the same blocks`() async throws {
        try await RepositoryFixture.run { fixture in
            let changes = try await Self.changes(fixture)
            var blocks: [[Int64]] = []
            var rest = changes[...]
            while !rest.isEmpty {
                let block = FeedProfiles.block(of: rest)
                #expect(!block.isEmpty && block.count <= 20)
                blocks.append(block.map(\.number))
                rest = rest.dropFirst(block.count)
            }
            #expect(blocks.flatMap(\.self) == changes.map(\.number))
            // From any place on at most the first block is another one.
            for place in changes.indices {
                let first = FeedProfiles.block(of: changes[place...])
                let next = FeedProfiles.block(of: changes[place...].dropFirst(first.count))
                #expect(next.isEmpty || blocks.contains(next.map(\.number)))
            }
        }
    }
}
