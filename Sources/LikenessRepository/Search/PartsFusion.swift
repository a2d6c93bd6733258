internal import LikenessMessages

extension SearchQuery {
    /// The same search for each part of the text alone.
    var parts: [SearchQuery] {
        let vectors: [Ask] = self.furtherVectors.map { vector in
            switch self.ask {
            case .vector, .text: .vector(vector)
            case .hybrid(let text, _): .hybrid(text: text, vector: vector)
            case .fusion: preconditionFailure("a fusion's queries have their own")
            }
        }
        let parts = 1 + vectors.count
        return ([self.ask] + vectors).enumerated().map { place, ask in
            var part = self
            part.ask = ask
            part.recorder = self.recorder?.of(part: place + 1)
            (part.furtherVectors, part.isPart) = ([], parts > 1)
            return part
        }
    }
}

/// Makes one answer of those to the parts of a text: each profile has its best score.
///
/// The first k of it are exactly the first k that one search would find: a profile among them is among the first k of the part it
/// is most similar to. That holds by both as well, where the words are the same for each part and the score grows with the
/// similarity. `docs/decisions/long-texts.md` compares other ways.
struct PartsFusion {
    private var best: [String: Hit] = [:]
    private var answers: [SearchAnswer<[Hit]>] = []

    mutating func add(_ answer: SearchAnswer<[Hit]>) {
        for hit in answer.hits {
            guard let id = hit.profile?.id else { continue }
            if let known = self.best[id], known.score >= hit.score { continue }
            self.best[id] = hit
        }
        self.answers.append(answer)
    }

    /// Parts that are searched for at once: those of a page of text take hardly longer together than one does, and a text of many parts
    /// takes no more connections than one of two.
    private static let atOnce = 2

    /// The answers to the parts of a query's text, in their order. Where it is noted what was done, one part is searched for after the other.
    static func answers(
        to query: SearchQuery,
        _ find: @escaping @Sendable (SearchQuery) async -> Result<SearchAnswer<[Hit]>, RepositoryError>
    ) async throws(RepositoryError) -> [SearchAnswer<[Hit]>] {
        let parts = query.parts
        let atOnce = query.recorder == nil ? Self.atOnce : 1
        let found = await withTaskGroup(of: Found.self, returning: [Found].self) { group in
            for place in parts.indices.prefix(atOnce) {
                group.addTask { Found(place: place, answer: await find(parts[place])) }
            }
            var found: [Found] = []
            var next = atOnce
            for await one in group {
                found.append(one)
                guard case .success = one.answer else {
                    // The others would be in vain, and their errors come of that.
                    group.cancelAll()
                    return [one]
                }
                if next < parts.count {
                    let place = next
                    group.addTask { Found(place: place, answer: await find(parts[place])) }
                    next += 1
                }
            }
            return found
        }
        var answers: [SearchAnswer<[Hit]>] = []
        for one in found.sorted(by: { $0.place < $1.place }) { answers.append(try one.answer.get()) }
        return answers
    }

    private struct Found: Sendable {
        let place: Int
        let answer: Result<SearchAnswer<[Hit]>, RepositoryError>
    }

    /// - Precondition: There is an answer to some part.
    func answer(limit: Int) -> SearchAnswer<[Hit]> {
        var hits = self.best.values.sorted { left, right in
            left.score != right.score
                ? left.score > right.score : (left.profile?.id ?? "") < (right.profile?.id ?? "")
        }
        hits.removeLast(max(0, hits.count - limit))
        for place in hits.indices where hits[place].evidence.count == 1 && hits[place].evidence[0].branch == .vector {
            hits[place].evidence[0].rank = Int32(place + 1)
        }
        var answer = self.answers[0].with(hits)
        answer.completeness = Completeness.least(of: self.answers.map(\.completeness))
        answer.rankingCompleteness =
            self.answers.contains { $0.rankingCompleteness != nil }
            ? Completeness.least(of: self.answers.map(\.completenessOfRanking)) : nil
        return answer
    }
}
