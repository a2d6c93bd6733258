internal import Foundation
internal import LikenessClient
internal import LikenessMessages
internal import LikenessStatistics

/// Asks judged queries of a service, one at a time.
struct QueryEvaluator {
    let client: LikenessClient
    let options: CallOptions
    let cutoff: Int
    /// Filter, mask, precision: what all queries share.
    let settings: QueryRequest

    /// Most keys of a `BatchGetProfiles`.
    private static let keysMax = 200

    struct Outcome {
        let modes: [EvaluationReport.Mode]
        /// Judged profiles that the service does not have, or does not show.
        let missing: [String]
    }

    /// - Parameters:
    ///   - queries: Each with a relevant profile.
    ///   - asked: Is told after each search how many there were.
    func run(
        _ queries: [JudgedQuery],
        modes: [SearchModeArgument],
        asked: (Int) -> Void
    ) async throws -> Outcome {
        let keys = Set(queries.flatMap(\.grades.keys)).sorted()
        let ids = try await self.ids(of: keys)
        var results: [[EvaluationReport.Query]] = modes.map { _ in [] }
        var truncated = modes.map { _ in 0 }
        var count = 0
        for query in queries {
            let grades = Dictionary(
                query.grades.compactMap { key, grade in ids[key].map { ($0, grade) } },
                uniquingKeysWith: max
            )
            // Modes take turns, so that what else the machine does is shared by all.
            for (index, mode) in modes.enumerated() {
                let start = ContinuousClock.now
                let response = try await self.response(query, mode)
                let taken = (ContinuousClock.now - start) / .milliseconds(1)
                if response.completeness?.level == .truncated { truncated[index] += 1 }
                let measures = RankingMeasures(
                    found: response.hits.map { grades[$0.profile?.id ?? ""] ?? 0 },
                    judged: Array(query.grades.values),
                    cutoff: self.cutoff
                )
                let hits = response.hits.map { $0.profile.map { $0.slug.isEmpty ? $0.id : $0.slug } ?? "" }
                results[index].append(
                    .init(id: query.id, kind: query.kind, measures: measures, milliseconds: taken, hits: hits)
                )
                count += 1
                asked(count)
            }
        }
        return Outcome(
            modes: modes.indices.map {
                .init(mode: modes[$0].rawValue, queries: results[$0], truncatedCount: truncated[$0])
            },
            missing: keys.filter { ids[$0] == nil }
        )
    }

    private func response(_ query: JudgedQuery, _ mode: SearchModeArgument) async throws -> QueryResponse {
        var request = self.settings
        request.query = Query(ask: .text(TextQuery(text: query.text, mode: mode.mode)))
        request.limit = Int32(self.cutoff)
        request.skipHighlights = true
        do {
            return try await self.client.search.query(request, options: self.options)
        } catch {
            // The service cannot say which of the queries it was.
            let failure = CommandFailure.describing(error)
            throw CommandFailure(
                "query \"\(query.id)\", mode \(mode.rawValue): \(failure.description)",
                exitCode: failure.exitCode,
                notes: failure.notes
            )
        }
    }

    /// The ids of profiles by the keys that they were judged by. A slug that has changed leads on to the profile that had it.
    private func ids(of keys: [String]) async throws -> [String: String] {
        var ids: [String: String] = [:]
        for start in stride(from: 0, to: keys.count, by: Self.keysMax) {
            let some = keys[start..<min(start + Self.keysMax, keys.count)]
            let request = BatchGetProfilesRequest(
                keys: some.map(ProfileKey.init(argument:)),
                readMask: ProtobufFieldMask(paths: ["id"]),
                mask: self.settings.mask
            )
            let response = try await self.client.profiles.batchGetProfiles(request, options: self.options)
            for (key, result) in zip(some, response.results) {
                if case .profile(let profile)? = result.result { ids[key] = profile.id }
            }
        }
        return ids
    }
}
