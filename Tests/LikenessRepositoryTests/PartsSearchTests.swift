import LikenessMessages
import Synchronization
import Testing

@testable import LikenessRepository

/// How the parts of a long text are searched for.
@Suite(.timeLimit(.minutes(1))) struct PartsSearchTests {
    @Test func `two parts are searched for at once, never more, and answers keep their order`() async throws {
        let started = AsyncStream<Void>.makeStream()
        let running = Mutex((now: 0, most: 0))
        let answers = try await PartsFusion.answers(to: Self.query(of: 5)) { part in
            running.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            defer { running.withLock { $0.now -= 1 } }
            // The first ends after the last has begun.
            switch Self.number(of: part) {
            case 0: for await _ in started.stream { break }
            case 4: started.continuation.finish()
            default: break
            }
            return .success(Self.answer("\(Self.number(of: part))"))
        }
        #expect(answers.map(\.strategy) == ["0", "1", "2", "3", "4"])
        #expect(running.withLock { $0.most } == 2)
    }

    @Test func `a part that fails ends the others, and its error is reported`() async {
        let asked = Mutex<[Int]>([])
        await #expect(throws: RepositoryError.invalidField(path: "limit", reason: "is too much")) {
            _ = try await PartsFusion.answers(to: Self.query(of: 4)) { part in
                asked.withLock { $0.append(Self.number(of: part)) }
                guard Self.number(of: part) == 0 else {
                    return .failure(.invalidField(path: "limit", reason: "is too much"))
                }
                while !Task.isCancelled { await Task.yield() }
                return .failure(.cancelled)
            }
        }
        #expect(asked.withLock { $0.sorted() } == [0, 1])
    }

    private static func query(of parts: Int) -> SearchQuery {
        var query = SearchQuery(.vector([0]))
        query.furtherVectors = (1..<parts).map { [Float($0)] }
        return query
    }

    private static func number(of part: SearchQuery) -> Int {
        guard case .vector(let values) = part.ask else { return -1 }
        return Int(values[0])
    }

    private static func answer(_ name: String) -> SearchAnswer<[Hit]> {
        SearchAnswer(hits: [], completeness: Completeness(level: .exact), strategy: name, embeddingSpace: "")
    }
}
