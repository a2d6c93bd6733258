import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessTesting
import Synchronization
import Testing

/// Several queries in one call, and one query in several messages, as clients and shells see them.
@Suite(.freshDatabase) struct QueryBatchTests {
    private static func load(_ client: LikenessClient) async throws {
        let people = (0..<60).map {
            Profile(slug: "sailor-\($0)", displayName: "Sailor \($0)", summary: "Sailed to port number\($0).")
        }
        _ = try await client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
    }

    private static func words(_ text: String, limit: Int32 = 10) -> QueryRequest {
        QueryRequest(query: .init(ask: .text(.init(text: text, mode: .text))), limit: limit)
    }

    private static func slugs(_ result: QueryBatchResult) -> [String]? {
        guard case .response(let response)? = result.result else { return nil }
        return response.hits.map { $0.profile?.slug ?? "" }
    }

    private static func error(_ result: QueryBatchResult) -> RPCStatus? {
        if case .error(let status)? = result.result { status } else { nil }
    }

    @Test func `a batch is answered item by item, in order, and one bad item spoils no other`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await Self.load(fixture.client)
            var filtered = Self.words("port")
            filtered.filter = "a = 1"
            let queries = [
                Self.words("number7"), QueryRequest(), Self.words("nobody"), filtered, Self.words("number7"),
                Self.words("port", limit: 1_001), QueryRequest(query: .init(ask: .vector(.init(values: [1, 2])))),
                Self.words("number12"), Self.words("port", limit: 50),
            ]
            let response = try await fixture.client.search.queryBatch(.init(queries: queries), options: .init())
            let results = response.results
            try #require(results.count == queries.count)
            #expect(Self.slugs(results[0]) == ["sailor-7"])
            #expect(Self.error(results[1])?.code == 3)
            #expect(Self.slugs(results[2]) == [])
            #expect(Self.error(results[3])?.code == 3)
            #expect(Self.slugs(results[4]) == ["sailor-7"])
            #expect(Self.error(results[5])?.code == 3)
            #expect(Self.error(results[6])?.code == 3)
            #expect(Self.slugs(results[7]) == ["sailor-12"])
            #expect(Self.slugs(results[8])?.count == 50)
            // An item is answered as the same query alone is.
            let alone = try await fixture.client.search.query(queries[8], options: .init())
            guard case .response(let item)? = results[8].result else { return }
            #expect(item.hits == alone.hits && item.completeness == alone.completeness)
            // An item's error says as much as a call's.
            let detail = try #require(Self.error(results[5])?.details.first { $0.type == RPCBadRequest.fullName })
            let violation = try RPCBadRequest(decoding: detail.value).fieldViolations.first
            #expect(violation?.field == "limit", "\(String(describing: violation))")
        }
    }

    @Test func `items are searched for side by side, and answered in their order`() async throws {
        let waiting = Mutex<Set<String>>([])
        // The first of each two waits until the second has come.
        let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0") {
            texts,
            priority async throws(EmbeddingError) in
            guard priority == .interactive, let text = texts.first else { return }
            let number = Int(text.filter(\.isNumber)) ?? 0
            waiting.withLock { _ = $0.insert(text) }
            if number % 2 == 0 {
                let isJoined = try? await Patience.until(every: .milliseconds(2)) {
                    waiting.withLock { $0.contains("port number\(number + 1)") }
                }
                if isJoined != true { throw .cancelled }
            }
        }
        try await ServiceFixture.run(embedders: EmbedderRegistry([embedder])) { fixture in
            try await Self.load(fixture.client)
            let queries = (0..<20).map { number in
                QueryRequest(query: .init(ask: .text(.init(text: "port number\(number)", mode: .hybrid))), limit: 3)
            }
            let response = try await fixture.client.search.queryBatch(
                .init(queries: queries),
                options: .init(timeout: Patience.limit)
            )
            #expect(response.results.count == 20)
            for (number, result) in response.results.enumerated() {
                #expect(Self.slugs(result)?.first == "sailor-\(number)", "\(number): \(result)")
            }
            #expect(waiting.withLock { $0.count } == 20)
        }
    }

    @Test func `a batch has 1 to 50 queries, and a time limit for all`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let search = fixture.client.search
            let most = try await search.queryBatch(
                .init(queries: Array(repeating: Self.words("x"), count: 50)),
                options: .init()
            )
            #expect(most.results.count == 50)
            for count in [0, 51] {
                let error = await ServiceFixture.failure {
                    try await search.queryBatch(
                        .init(queries: Array(repeating: Self.words("x"), count: count)),
                        options: .init()
                    )
                }
                #expect(error?.code == .invalidArgument && error?.violations.first?.field == "queries", "\(count)")
            }
            let late = await ServiceFixture.failure {
                try await search.queryBatch(
                    .init(queries: Array(repeating: Self.words("x"), count: 50)),
                    options: .init(timeout: .microseconds(1))
                )
            }
            #expect(late?.code == .deadlineExceeded)
            let stranger = try ServiceFixture.client(fixture.authority, port: fixture.port, name: "URI:spiffe://test/x")
            let refused = await ServiceFixture.failure {
                try await stranger.search.queryBatch(.init(queries: [Self.words("x")]), options: .init())
            }
            await stranger.close()
            #expect(refused?.code == .permissionDenied)
        }
    }

    @Test func `from a shell: a batch as one document, a stream as one line a page`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await Self.load(fixture.client)
            try await TestFolders.withPath { folder in
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ method: String, _ json: String) async throws -> BuiltProgram.Run {
                    try await likeness.run(
                        ["call", method, json, "--output", "json", "--timeout", "120"],
                        environment: environment
                    )
                }
                func query(_ text: String) -> String {
                    #"{"query":{"text":{"text":"\#(text)","mode":"SEARCH_MODE_TEXT"}},"limit":55}"#
                }
                let batch = try await run("SearchService/QueryBatch", #"{"queries": [\#(query("number7")), {}]}"#)
                #expect(batch.status == 0, "\(batch)")
                #expect(batch.output.contains(#""slug":"sailor-7""#))
                #expect(batch.output.contains(#"{"error":{"code":3,"message":"query is required""#), "\(batch)")
                let stream = try await run("SearchService/QueryStream", #"{"query": \#(query("port"))}"#)
                let pages = stream.output.split(separator: "\n")
                #expect(pages.count == 2, "\(stream)")
                #expect(pages.map { $0.matches(of: /"rank":/).count } == [50, 5])
                #expect(pages.last?.contains(#""completeness":{"level":"COMPLETENESS_LEVEL_"#) == true)
                let failed = try await run("SearchService/QueryStream", "{}")
                #expect(failed.status == 67 && failed.output.isEmpty, "\(failed)")
            }
        }
    }
}
