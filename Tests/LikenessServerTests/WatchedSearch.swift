import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessTesting
import Synchronization

/// What a client of a saved search has: the set that its events make.
actor WatchedSearch {
    private let client: LikenessClient
    let name: String
    private(set) var matching: Set<String> = []
    /// All of them, EXISTING too, by slug or id, in the order in which they came.
    private(set) var events: [(kind: SearchEventKind, profile: String)] = []
    private(set) var token = ""
    /// What came.
    private(set) var answers: [WatchSearchResponse] = []

    init(_ client: LikenessClient, _ name: String) { (self.client, self.name) = (client, name) }

    /// Goes on from the last token until a condition holds behind an answer.
    func watch(skipExisting: Bool = false, until condition: @Sendable (WatchedSearch, Bool) async -> Bool) async throws
    {
        let request = WatchSearchRequest(name: self.name, resumeToken: self.token, skipExisting: skipExisting)
        try await self.client.savedSearches.watchSearch(request, options: .init()) { responses in
            while let response = try await responses.next() {
                await self.take(response)
                if await condition(self, response.caughtUp) { return }
            }
        }
    }

    /// Until all is known.
    func catchUp(skipExisting: Bool = false) async throws {
        try await self.watch(skipExisting: skipExisting) { _, caughtUp in caughtUp }
    }

    /// Until a profile starts to match.
    func watch(untilMatched slug: String) async throws {
        try await self.watch { watched, _ in await watched.events.contains { $0.kind == .matched && $0.profile == slug }
        }
    }

    func take(_ response: WatchSearchResponse) {
        self.token = response.resumeToken
        self.answers.append(response)
        for event in response.events {
            let profile = event.profile ?? ProfileSummary()
            let name = profile.slug.isEmpty ? profile.id : profile.slug
            self.events.append((event.kind, name))
            switch event.kind {
            case .existing, .matched: self.matching.insert(profile.id)
            case .ceased: self.matching.remove(profile.id)
            case .unspecified, .unrecognized: break
            }
        }
    }

    func forget() { self.events = [] }
    func begin() { (self.token, self.matching, self.events) = ("", [], []) }
    func set(token: String) { self.token = token }
}

/// Stands in for a model: a text is the sum of its words, each a direction of its own, so that texts that share words are similar.
struct WordEmbedder: Embedder {
    let modelID = "all-MiniLM-L6-v2-int8@1.0.0"
    let dimension = 384
    var statistics: EmbeddingStatistics { EmbeddingStatistics() }

    func embed(
        _ texts: [String],
        priority: EmbeddingPriority,
        deadline: ContinuousClock.Instant?
    ) async throws(EmbeddingError) -> [[Float]] {
        texts.map { text in
            var sum = [Float](repeating: 0, count: self.dimension)
            for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
                var state = word.utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
                    ($0 ^ UInt64($1)) &* 1_099_511_628_211
                }
                for place in sum.indices {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    sum[place] += Float(state >> 40) / Float(1 << 24) - 0.5
                }
            }
            let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return length == 0 ? [1] + sum.dropFirst() : sum.map { $0 / length }
        }
    }

    func parts(of text: String, countMax: Int) -> TextParts { TextParts(texts: [text], isCut: false) }
    func shutdown() async {}
}
