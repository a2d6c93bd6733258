import LikenessLoad
import LikenessMessages
import Testing

@Suite struct VectorAnswerVerifierTests {
    /// Twelve profiles, of which ten are asked for.
    private static let exact = VectorAnswerVerifier.ExactAnswer(
        hits: (0..<12).map { .init(profileID: Self.name($0), score: 0.9 - Double($0) * 0.01) }
    )
    private let verifier = VectorAnswerVerifier(answers: [Self.exact], limit: 10)

    private static func name(_ index: Int) -> String { "p" + String(index + 10) }

    private static func hit(_ index: Int, score: Double? = nil, section: SectionMatch? = nil) -> Hit {
        Hit(profile: .init(id: Self.name(index)), score: score ?? 0.9 - Double(index) * 0.01, section: section)
    }

    private func verdict(_ hits: [Hit], completeness: CompletenessLevel = .approximate) throws -> Verdict {
        let response = QueryResponse(hits: hits, completeness: .init(level: completeness))
        return self.verifier.verdict(request: 0, answer: try response.encodedBytes())
    }

    @Test func `the exact answer is right and complete`() throws {
        #expect(try self.verdict((0..<10).map { Self.hit($0) }) == .right(found: 10, expected: 10))
    }

    @Test func `what the index passed over costs recall`() throws {
        let hits = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10].map { Self.hit($0) }
        #expect(try self.verdict(hits) == .right(found: 9, expected: 10))
    }

    @Test func `a profile that was found by a lesser section costs recall and is not checked`() throws {
        let other = SectionMatch(kind: .experience, id: "e7")
        let hits = (1..<10).map { Self.hit($0) } + [Self.hit(0, score: 0.5, section: other)]
        #expect(try self.verdict(hits) == .right(found: 9, expected: 10, unchecked: 1))
        #expect(try self.verdict(hits, completeness: .exact).fault == .scoreMismatch)
        // Nor may a lesser section be nearer than the nearest.
        let better = [Self.hit(0, score: 0.95, section: other)] + (1..<10).map { Self.hit($0) }
        #expect(try self.verdict(better).fault == .scoreMismatch)
    }

    @Test(arguments: [-0.2, -0.001, -0.000_02, 0.000_02, 0.001, 0.05])
    func `a score that is not the similarity of its section is wrong`(error: Double) throws {
        // Of the last, so that the order stays right.
        for index in 0..<10 {
            let hits = (0..<10).map { Self.hit($0, score: 0.9 - Double($0) * 0.01 + ($0 == index ? error : 0)) }
                .sorted { $0.score > $1.score }
            let verdict = try self.verdict(hits)
            #expect(verdict.fault == .scoreMismatch)
            if case .wrong(_, let text) = verdict { #expect(text.contains(Self.name(index))) }
        }
    }

    @Test(arguments: [-0.000_009, 0.000_009]) func `32-bit sums may differ in the last digits`(error: Double) throws {
        let hits = (0..<10).map { Self.hit($0, score: 0.9 - Double($0) * 0.01 + error) }
        #expect(try self.verdict(hits) == .right(found: 10, expected: 10))
    }

    @Test func `a profile beyond the exact ones is not checked, but must not be among the best`() throws {
        let hits = (0..<9).map { Self.hit($0) }
        #expect(try self.verdict(hits + [Self.hit(30, score: 0.7)]) == .right(found: 9, expected: 10, unchecked: 1))
        #expect(try self.verdict(hits + [Self.hit(30, score: 0.7)], completeness: .exact).fault == .scoreMismatch)
        let few = VectorAnswerVerifier(answers: [.init(hits: [.init(profileID: "a", score: 0.5)])], limit: 10)
        let invented = QueryResponse(hits: [Hit(profile: .init(id: "z"), score: 0.1)])
        #expect(few.verdict(request: 0, response: invented).fault == .scoreMismatch)
    }

    @Test func `an equal embedding replaces another`() throws {
        let hits = (0..<9).map { Self.hit($0) } + [Self.hit(30, score: 0.81)]
        // Not among the exact twelve, so it must not beat their last: 0.79.
        #expect(try self.verdict(hits).fault == .scoreMismatch)
        let tied = VectorAnswerVerifier(
            answers: [.init(hits: [.init(profileID: "a", score: 0.5), .init(profileID: "b", score: 0.5)])],
            limit: 1
        )
        let response = QueryResponse(hits: [Hit(profile: .init(id: "b"), score: 0.5)])
        #expect(tied.verdict(request: 0, response: response) == .right(found: 1, expected: 1))
    }

    @Test func `missing hits are wrong unless the answer says so`() throws {
        let hits = (0..<7).map { Self.hit($0) }
        #expect(try self.verdict(hits).fault == .missing)
        #expect(try self.verdict(hits, completeness: .truncated) == .right(found: 7, expected: 10))
    }

    @Test func `order, scores and repetitions are judged`() throws {
        #expect(try self.verdict([1, 0, 2, 3, 4, 5, 6, 7, 8, 9].map { Self.hit($0) }).fault == .outOfOrder)
        #expect(try self.verdict([Self.hit(0, score: 1.05)]).fault == .scoreMismatch)
        #expect(try self.verdict([Self.hit(0), Self.hit(0)]).fault == .surplus)
        #expect(try self.verdict((0..<11).map { Self.hit($0) }).fault == .surplus)
        #expect(try self.verdict([Hit(score: 0.9)]).fault == .malformed)
        #expect(self.verifier.verdict(request: 0, answer: [0xFF, 0x01]).fault == .malformed)
    }

    @Test func `ties come in the order of the ids`() throws {
        let verifier = VectorAnswerVerifier(
            answers: [.init(hits: ["a", "b"].map { .init(profileID: $0, score: 0.5) })],
            limit: 2
        )
        func verdict(_ ids: [String]) -> Verdict {
            let hits = ids.map { Hit(profile: .init(id: $0), score: 0.5) }
            return verifier.verdict(request: 0, response: QueryResponse(hits: hits))
        }
        #expect(verdict(["a", "b"]) == .right(found: 2, expected: 2))
        #expect(verdict(["b", "a"]).fault == .outOfOrder)
    }

    @Test func `a summary adds up and wrong answers bring no recall`() {
        var summary = VerificationSummary()
        #expect(summary.recall == nil)
        summary.record(.right(found: 9, expected: 10, unchecked: 2), request: 0)
        summary.record(.wrong(.missing, "none"), request: 3)
        var other = VerificationSummary()
        other.record(.right(found: 10, expected: 10, unchecked: 1), request: 0)
        other.record(.wrong(.missing, "none"), request: 4)
        summary.merge(other)
        #expect(summary.checked == 4 && summary.wrong == 2 && summary.faults == [.missing: 2])
        #expect(summary.recall == 0.95 && summary.unchecked == 3)
        #expect(summary.examples == ["request 3: none", "request 4: none"])
    }

    @Test func `an echo is the same bytes`() {
        let verifier = EqualAnswerVerifier(expected: [[1, 2], [3]])
        #expect(verifier.verdict(request: 1, answer: [3]) == .right(found: 1, expected: 1))
        #expect(verifier.verdict(request: 0, answer: [3]).fault == .different)
    }
}

extension Verdict {
    /// `nil` of a right answer.
    fileprivate var fault: AnswerFault? { if case .wrong(let fault, _) = self { fault } else { nil } }
}
