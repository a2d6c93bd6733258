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
        /// Judged profiles that the service does not have.
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
        var refused = modes.map { _ in 0 }
        var count = 0
        for query in queries {
            let grades = try Self.grades(query, ids)
            // Modes take turns, so that what else the machine does is shared by all.
            for (index, mode) in modes.enumerated() {
                let start = ContinuousClock.now
                let response = try await self.response(query, mode)
                let embedding = response?.cost?.embed?.duration ?? .zero
                let taken = max(.zero, ContinuousClock.now - start - embedding) / .milliseconds(1)
                if response == nil { refused[index] += 1 }
                if response?.completeness?.level == .truncated { truncated[index] += 1 }
                let found = response?.hits ?? []
                let measures = RankingMeasures(
                    found: found.map { grades[$0.profile?.id ?? ""] ?? 0 },
                    judged: Array(grades.values),
                    cutoff: self.cutoff
                )
                let hits = found.map { $0.profile.map { $0.slug.isEmpty ? $0.id : $0.slug } ?? "" }
                results[index].append(
                    .init(
                        id: query.id,
                        text: query.text,
                        kind: query.kind,
                        relevant: query.grades.filter { $0.value > 0 },
                        measures: measures,
                        milliseconds: taken,
                        hits: hits
                    )
                )
                count += 1
                asked(count)
            }
        }
        return Outcome(
            modes: modes.indices.map {
                .init(
                    mode: modes[$0].rawValue,
                    queries: results[$0],
                    truncatedCount: truncated[$0],
                    refusedCount: refused[$0]
                )
            },
            missing: keys.filter { ids[$0] == nil }
        )
    }

    /// The grades of a query by the ids of profiles; by the key for one that is not there.
    private static func grades(_ query: JudgedQuery, _ ids: [String: String]) throws -> [String: Int] {
        var grades: [String: (grade: Int, key: String)] = [:]
        for (key, grade) in query.grades.sorted(by: { $0.key < $1.key }) {
            let id = ids[key] ?? key
            if let other = grades.updateValue((grade, key), forKey: id), other.grade != grade {
                throw CommandFailure(
                    "query \"\(query.id)\": \"\(other.key)\" and \"\(key)\" are one profile, with grade \(other.grade) and grade \(grade)",
                    exitCode: 1
                )
            }
        }
        return grades.mapValues(\.grade)
    }

    /// - Returns: `nil` for a text that is not taken in this mode, such as one of which the model knows too little.
    private func response(_ query: JudgedQuery, _ mode: SearchModeArgument) async throws -> QueryResponse? {
        var request = self.settings
        request.query = Query(ask: .text(TextQuery(text: query.text, mode: mode.mode)))
        request.limit = Int32(self.cutoff)
        request.skipHighlights = true
        do {
            return try await self.client.search.query(request, options: self.options)
        } catch let error as LikenessError
            where error.code == .invalidArgument && !error.violations.isEmpty
            && error.violations.allSatisfy({ $0.field.hasPrefix("query.") })
        {
            return nil
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

    /// The ids of profiles by the keys that they were judged by, whatever the mask shows of them. A slug that has changed leads on to the
    /// profile that had it.
    private func ids(of keys: [String]) async throws -> [String: String] {
        var ids: [String: String] = [:]
        // What no profile can be called is that of none.
        let keys = keys.filter { ProfileKey(argument: $0).violations().isEmpty }
        for start in stride(from: 0, to: keys.count, by: Self.keysMax) {
            let some = keys[start..<min(start + Self.keysMax, keys.count)]
            let request = BatchGetProfilesRequest(
                keys: some.map(ProfileKey.init(argument:)),
                readMask: ProtobufFieldMask(paths: ["id"])
            )
            let response = try await self.client.profiles.batchGetProfiles(request, options: self.options)
            for (key, result) in zip(some, response.results) {
                if case .profile(let profile)? = result.result { ids[key] = profile.id }
            }
        }
        return ids
    }
}
