internal import FoundationEssentials
package import LikenessMessages

/// One search, with its text embedded already.
package struct SearchQuery: Sendable {
    package enum Ask: Sendable {
        /// By meaning.
        case vector([Float])
        /// By words.
        case text(String)
        /// By both.
        case hybrid(text: String, vector: [Float])
        /// By several of the others.
        case fusion(SearchFusion)
    }

    package var ask: Ask
    /// Of further parts of the text: each profile has the score of the part that it is most similar to.
    package var furtherVectors: [[Float]] = []
    /// It is for one part of a text that has several.
    var isPart = false
    /// What it has in common with the other parts.
    var sharedWords: SharedWords?
    /// 1...1000.
    package var limit = 10
    /// On the scale of `Hit.score`; 0 means none.
    package var minScore = 0.0
    /// Of its hits.
    package var relevance = QueryRelevance.unknown("only those of one text have a relevance")
    /// Name of the embedding space; empty means the active one.
    package var embeddingSpace = ""
    package var precision = Precision.unspecified
    /// 0 means the space's own.
    package var efSearch = 0
    package var probes = 0
    package var withHighlights = true
    /// Hits of a search by words say which section has the most of them.
    var withSections = true
    /// What hits are. Sections are those of `packedSearch` and `explain`, without refinement and facets.
    package var groupBy = GroupBy.profile
    /// What each hit carries beside, in answers that are packed.
    package var extras = HitExtras()
    /// What the similarities of a hybrid search are of.
    var kinds = HybridScore.Kinds.two
    /// Ranked for pages: the limit may be up to 10,000.
    var isForPages = false
    /// What decides on the first hits beside their scores; `nil` for nothing.
    package var refinement: Refinement?
    /// Of a ranking with more hits than are shown how many are.
    var shownLimit: Int?
    /// Of a ranking that is counted how many hits are described; the others are in `SearchAnswer.profiles` alone.
    var describedLimit: Int?
    /// The first hits that an answer has to have to be a full one: those that are shown, where they are not chosen among all of a ranking.
    var fullCount: Int {
        guard self.refinement == nil else { return self.limit }
        return min(self.limit, self.describedLimit ?? self.shownLimit ?? self.limit)
    }
    /// Only these profiles; `nil` lets all through.
    package var filter: Filter?
    /// Only these profiles; `nil` lets all through.
    var among: [UUID]?
    /// Ids of profiles that a fusion does not show.
    package var left: Set<String> = []
    package var consistencyToken: ConsistencyToken?
    /// What the search sees of profiles; `nil` for everything.
    package var view: View?
    /// What was asked for and is not in `ask`: the answer is TRUNCATED for this reason.
    package var unread: String?
    /// Notes what the search does; `nil` unless it is to be explained.
    var recorder: SearchRecorder?

    package init(_ ask: Ask) { self.ask = ask }

    /// What a query by examples came to.
    init(derived fusion: FusionQuery) {
        let parts = fusion.queries.compactMap { part -> SearchFusion.Part? in
            guard case .vector(let vector)? = part.query?.ask else { return nil }
            return .init(.leaf(.init(.vector(vector.values))), weight: part.weight == 0 ? 1 : Double(part.weight))
        }
        self.init(.fusion(SearchFusion(.linear, parts)))
    }
}

/// What a search found.
package struct SearchAnswer<Hits: Sendable>: Sendable {
    package var hits: Hits
    package var completeness: Completeness
    /// That of all of a ranking, where it is another one than that of the hits that are shown.
    var rankingCompleteness: Completeness?
    /// One of the stable words of `QueryResponse.strategy`.
    package var strategy: String
    /// Empty when none was searched.
    package var embeddingSpace: String
    /// Of a fusion, for each hit: which of the texts whose words are searched for its passages are of, counted from 1; 0 for none.
    var texts: [Int16]?
    /// Of a ranking with a `describedLimit` all that were found, best first.
    var profiles: [UUID]?
    /// Words that no profile has, and what was looked for in their place.
    package var replaced: [ReplacedWord] = []

    /// Of all that was ranked.
    var completenessOfRanking: Completeness { self.rankingCompleteness ?? self.completeness }

    /// The same, TRUNCATED for what the query leaves unread.
    func lacking(_ unread: String?) -> SearchAnswer {
        guard let unread else { return self }
        func lacking(_ completeness: Completeness) -> Completeness {
            let others = completeness.level == .truncated ? [completeness.reason] : []
            return Completeness(level: .truncated, reason: ([unread] + others).joined(separator: "; "))
        }
        var answer = self
        answer.completeness = lacking(self.completeness)
        answer.rankingCompleteness = self.rankingCompleteness.map(lacking)
        return answer
    }

    func with<Others: Sendable>(_ hits: Others) -> SearchAnswer<Others> {
        .init(
            hits: hits,
            completeness: self.completeness,
            rankingCompleteness: self.rankingCompleteness,
            strategy: self.strategy,
            embeddingSpace: self.embeddingSpace,
            texts: self.texts,
            profiles: self.profiles,
            replaced: self.replaced
        )
    }
}

extension Completeness {
    /// What is made of several answers is as complete as the one that is least so; the first of them says why.
    static func least(of all: [Completeness]) -> Completeness {
        for level in [CompletenessLevel.truncated, .approximate] {
            if let one = all.first(where: { $0.level == level }) { return one }
        }
        return Completeness(level: .exact)
    }
}

/// Hits as the field `hits` of a `QueryResponse`, encoded: what a caller is sent before the other fields.
package struct PackedHits: Sendable {
    package var bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ hits: [Hit]) throws(RepositoryError) {
        do {
            self.bytes = try QueryResponse(hits: hits).encodedBytes()
        } catch {
            throw .internal(detail: "hits cannot be encoded: \(error)")
        }
    }

    /// The hits as values.
    func values() throws(RepositoryError) -> [Hit] {
        do {
            return try QueryResponse(decoding: self.bytes).hits
        } catch {
            throw .internal(detail: "packed hits cannot be read: \(error)")
        }
    }

    /// Takes the first hits off the front.
    ///
    /// - Returns: At most `count` of them as values, and at most so many that they have `bytesMax` bytes, but one at least.
    package mutating func takeFirst(_ count: Int, bytesMax: Int = .max) throws(RepositoryError) -> [Hit] {
        var end = self.bytes.startIndex
        for place in 0..<count {
            guard let next = Self.end(ofHitAt: end, in: self.bytes) else { break }
            guard place == 0 || next - self.bytes.startIndex <= bytesMax else { break }
            end = next
        }
        let page = PackedHits(bytes: Array(self.bytes[..<end]))
        self.bytes = Array(self.bytes[end...])
        return try page.values()
    }

    /// Where the field that begins at an index ends: a tag of one byte, a length, and as many bytes.
    private static func end(ofHitAt start: Int, in bytes: [UInt8]) -> Int? {
        guard start < bytes.endIndex else { return nil }
        var length = 0
        for (place, index) in (start + 1..<min(start + 6, bytes.endIndex)).enumerated() {
            length |= Int(bytes[index] & 0x7F) << (7 * place)
            if bytes[index] & 0x80 == 0 { return index + 1 + length <= bytes.endIndex ? index + 1 + length : nil }
        }
        return nil
    }
}
