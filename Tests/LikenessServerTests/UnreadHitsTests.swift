import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessRepository
import LikenessTLS
import LikenessTesting
import Synchronization
import Testing

@testable import LikenessServer

/// The memory of hits that `QueryStream` has found and that no client has read yet.
@Suite struct UnreadHitsTests {
    private static let completeness = Completeness(level: .exact)

    /// Encoded hits of about one kilobyte each.
    private static func packed(_ count: Int) throws -> PackedHits {
        let headline = String(repeating: "x", count: 1_000)
        let hits = (0..<count).map { Hit(profile: .init(id: "\($0)", headline: headline)) }
        return PackedHits(bytes: try QueryResponse(hits: hits).encodedBytes())
    }

    /// A service whose `QueryStream` finds as many hits as are asked for, for the caller whose name the query's text is.
    private static func withService(
        bytesMax: Int,
        _ body: (LikenessClient, UnreadHits, _ another: () throws -> LikenessClient) async throws -> Void
    ) async throws {
        let unread = UnreadHits(bytesMax: bytesMax)
        var router = MethodRouter()
        router.serverStreaming(SearchServiceMethods.queryStream) { request, responses, context in
            guard case .text(let text)? = request.query?.query?.ask else { return }
            try await unread.write(
                try Self.packed(Int(request.query?.limit ?? 0)),
                Self.completeness,
                to: responses,
                for: .token(text.text),
                onLoss: { context.end($0) }
            )
        }
        try await LoopbackServer.run(router) { server in
            func connect() throws -> LikenessClient {
                let issued = try server.authority.issue(.init(commonName: "c", alternativeNames: [], use: .client))
                var configuration = ClientConfiguration(
                    endpoints: [.init(host: "127.0.0.1", port: server.port)],
                    authorityPEM: server.authority.certificatePEM,
                    certificatePEM: issued.certificatePEM,
                    privateKeyPEM: issued.privateKeyPEM
                )
                configuration.connectTimeout = Patience.limit
                return try LikenessClient(configuration: configuration)
            }
            let client = try connect()
            do {
                try await body(client, unread, connect)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    private static func request(_ name: String, _ count: Int) -> QueryStreamRequest {
        .init(query: .init(query: .init(ask: .text(.init(text: name))), limit: Int32(count)))
    }

    private static let timeout = Duration.seconds(600)

    /// How many hits a stream that reads everything has.
    private static func readAll(_ client: LikenessClient, _ name: String, _ count: Int) async throws -> Int {
        try await client.search.queryStream(Self.request(name, count), options: .init(timeout: Self.timeout)) { pages in
            var hits = 0
            while let page = try await pages.next() { hits += page.hits.count }
            return hits
        }
    }

    /// A stream that reads one page and then nothing until the gate opens; what its last read threw, if anything did.
    private static func stall(
        _ client: LikenessClient,
        _ name: String,
        _ count: Int,
        until gate: Gate
    ) async throws -> LikenessError? {
        do {
            try await client.search.queryStream(Self.request(name, count), options: .init(timeout: Self.timeout)) {
                pages in
                _ = try await pages.next()
                try await gate.wait()
                while try await pages.next() != nil {}
            }
            return nil
        } catch let error as LikenessError {
            return error
        }
    }

    /// Opens once.
    private final class Gate: Sendable {
        private let isOpen = Atomic(false)
        func open() { self.isOpen.store(true, ordering: .relaxed) }
        func wait() async throws {
            while !self.isOpen.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    private static let count = 1_000
    /// What such a stream holds: its hits packed, and as much for a page as values.
    private static let held = (try? 2 * Self.packed(Self.count).bytes.count) ?? 0

    @Test func `streams that are read hold nothing once they have ended`() async throws {
        try await Self.withService(bytesMax: Self.held + 1) { (client, unread, _) async throws in
            for _ in 0..<3 { #expect(try await Self.readAll(client, "a", Self.count) == Self.count) }
            #expect(try await Patience.until { unread.bytes == 0 })
            // An empty answer is one page too.
            #expect(try await Self.readAll(client, "a", 0) == 0)
            #expect(try await Patience.until { unread.bytes == 0 })
        }
    }

    @Test func `a stream that is cancelled gives its bytes back`() async throws {
        try await Self.withService(bytesMax: 3 * Self.held) { (client, unread, _) async throws in
            let gate = Gate()
            let stalled = Task { try await Self.stall(client, "a", Self.count, until: gate) }
            #expect(try await Patience.until { unread.bytes == Self.held })
            stalled.cancel()
            _ = await stalled.result
            #expect(try await Patience.until { unread.bytes == 0 })
        }
    }

    @Test func `a stream whose connection ends gives its bytes back`() async throws {
        try await Self.withService(bytesMax: 3 * Self.held) { _, unread, connect in
            let other = try connect()
            let gate = Gate()
            let stalled = Task { try await Self.stall(other, "a", Self.count, until: gate) }
            #expect(try await Patience.until { unread.bytes == Self.held })
            await other.close(within: .zero)
            #expect(try await Patience.until { unread.bytes == 0 })
            gate.open()
            #expect(try await stalled.value != nil)
        }
    }

    @Test func `when all of it is held, the oldest stream of the client with the most ends, and no other`() async throws
    {
        try await Self.withService(bytesMax: 2 * Self.held) { (client, unread, _) async throws in
            let gate = Gate()
            let first = Task { try await Self.stall(client, "greedy", Self.count, until: gate) }
            #expect(try await Patience.until { unread.bytes == Self.held })
            let second = Task { try await Self.stall(client, "greedy", Self.count, until: gate) }
            #expect(try await Patience.until { unread.bytes == 2 * Self.held })
            // A newcomer waits for nothing and is not refused.
            #expect(try await Self.readAll(client, "modest", Self.count) == Self.count)
            #expect(try await Patience.until { unread.bytes == Self.held })
            gate.open()
            let lost = try #require(try await first.value)
            #expect(lost.code == .resourceExhausted && lost.reason == "HITS_UNREAD", "\(lost)")
            #expect(try await second.value == nil)
            #expect(try await Patience.until { unread.bytes == 0 })
        }
    }

    @Test func `a stream larger than everything ends alone`() async throws {
        try await Self.withService(bytesMax: Self.held - 1) { (client, unread, _) async throws in
            await #expect(throws: LikenessError.self) { try await Self.readAll(client, "a", Self.count) }
            #expect(try await Patience.until { unread.bytes == 0 })
            #expect(try await Self.readAll(client, "a", Self.count / 2) == Self.count / 2)
        }
    }

    @Test func `each place is given back once, and a lost one is notified once`() {
        let unread = UnreadHits(bytesMax: 100)
        let losses = Mutex<[String]>([])
        func hold(_ name: String, _ bytes: Int) -> Int {
            unread.hold(bytes, for: .token(name)) { losses.withLock { $0.append(name) } }
        }
        let (first, second) = (hold("a", 20), hold("b", 25))
        #expect(unread.bytes == 90 && losses.withLock(\.self).isEmpty)
        let third = hold("c", 20)
        #expect(unread.bytes == 80 && losses.withLock(\.self) == ["b"])
        for place in [second, first, first, third, third] { unread.release(place) }
        #expect(unread.bytes == 0 && losses.withLock(\.self) == ["b"])
    }
}
