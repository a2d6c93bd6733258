package import LikenessClient
package import LikenessMessages

/// Asks the service itself to compare with every embedding, before a run.
package enum ExactAnswers {
    /// Makes the verifier of some searches by vector. Each costs a scan of all embeddings: 50 ms for 100,000.
    ///
    /// - Parameters:
    ///   - requests: Searches by vector of one limit; as many as will be sent over and over.
    ///   - concurrency: Scans at once.
    /// - Throws: `LikenessError`; `ExactAnswerError` when the service did not compare with every embedding.
    package static func verifier(
        for requests: [QueryRequest],
        client: LikenessClient,
        concurrency: Int = 2
    ) async throws -> VectorAnswerVerifier {
        let limit = requests.map { Int($0.limit == 0 ? 10 : $0.limit) }.max() ?? 10
        var answers = [VectorAnswerVerifier.ExactAnswer?](repeating: nil, count: requests.count)
        try await withThrowingTaskGroup(of: (Int, VectorAnswerVerifier.ExactAnswer).self) { group in
            var next = 0
            func addTask() {
                guard next < requests.count else { return }
                let index = next
                var request = requests[index]
                next += 1
                request.precision = .exact
                request.limit = Int32(min(max(limit * 2, 200), 1_000))
                request.skipHighlights = true
                group.addTask { [request] in (index, try await self.answer(request, client)) }
            }
            for _ in 0..<max(concurrency, 1) { addTask() }
            while let (index, answer) = try await group.next() {
                answers[index] = answer
                addTask()
            }
        }
        return VectorAnswerVerifier(answers: answers.compactMap { $0 }, limit: limit)
    }

    private static func answer(
        _ request: QueryRequest,
        _ client: LikenessClient
    ) async throws -> VectorAnswerVerifier.ExactAnswer {
        let response = try await client.search.query(request, options: CallOptions(timeout: .seconds(60)))
        guard response.strategy == "vector_exact", response.completeness?.level != .approximate else {
            throw ExactAnswerError(strategy: response.strategy)
        }
        return .init(response.hits)
    }
}

/// The service answered with another strategy than an exact scan.
package struct ExactAnswerError: Error, Sendable, CustomStringConvertible {
    package let strategy: String
    package var description: String { "the service ran \"\(self.strategy)\" when asked for an exact answer" }
}
