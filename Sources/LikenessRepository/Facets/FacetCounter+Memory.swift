internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Counting by `FacetMemory`: of each profile its version is read, and its values only when they are not remembered in this version.
extension FacetCounter {
    /// Profiles whose values are read at once.
    private static let readMax = 200
    /// Looks at the memory, for profiles that others change meanwhile or that it has no room for.
    private static let looksMax = 4

    /// Counts of the fields that are remembered, with an entry for each of these.
    ///
    /// - Returns: `nil` when they are to be counted by the statement: none of the fields is remembered, or not all that the profiles have.
    func remembered(_ fields: [Int], of set: FacetSet) async throws(RepositoryError) -> FacetCounts? {
        var numbers: [Int: UInt8] = [:]
        for field in fields { numbers[field] = self.request.fields[field].rememberedNumber }
        guard !numbers.isEmpty else { return nil }
        for _ in 0..<Self.looksMax {
            let profiles = try await self.versions(of: set)
            let today = Int(Date.now.timeIntervalSince1970 / 86_400)
            switch await self.tally(profiles, Set(numbers.values), today: today) {
            case .counted(let tally): return try await self.counts(profiles: profiles.count, tally, numbers)
            case .tooLarge: return nil
            case .missing(let places):
                var left = places[...]
                while !left.isEmpty {
                    guard try await self.read(left.prefix(Self.readMax).map { profiles[$0] }) else { return nil }
                    left = left.dropFirst(Self.readMax)
                }
            }
        }
        return nil
    }

    /// Off the event loop that the caller may be on.
    private func tally(_ profiles: [FacetProfile], _ fields: Set<UInt8>, today: Int) async -> FacetMemory.Answer {
        let memory = self.memory
        // One more says whether there are more.
        let most = self.request.prefix.isEmpty ? self.request.limit + 1 : nil
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            memory.tally(profiles, fields, most: most, today: today)
        }
    }

    private func counts(
        profiles: Int,
        _ tally: FacetTally,
        _ numbers: [Int: UInt8]
    ) async throws(RepositoryError) -> FacetCounts {
        var wanted: Set<String>?
        if !self.request.prefix.isEmpty { wanted = try await self.beginning(tally.foldings) }
        var counts: [Int: [(text: String, profiles: Int64)]] = [:]
        for (field, number) in numbers {
            let first = tally.first(self.request.limit + 1, of: Int(number)) { wanted?.contains($0) ?? true }
            counts[field] = first.map { count in
                let shown = count.text.unicodeScalars.prefix(FacetValues.shownMax)
                return (String(String.UnicodeScalarView(shown)), count.profiles)
            }
        }
        return FacetCounts(profiles: profiles, counts)
    }

    /// Those of folded values that have the request's prefix.
    private func beginning(_ foldings: Set<String>) async throws(RepositoryError) -> Set<String> {
        let result = try await self.reads.query(
            FacetStatements.beginning,
            Parameters(Array(foldings), self.request.prefix)
        )
        return try readRows { () throws(DatabaseError) in
            var wanted: Set<String> = []
            for row in 0..<result.rowCount { wanted.insert(try result.value(row, 0)) }
            return wanted
        }
    }

    /// Those that are still there, or were a moment ago where the set itself is as old.
    private func versions(of set: FacetSet) async throws(RepositoryError) -> [FacetProfile] {
        let now = Moment.now
        guard set.lags else { return try await self.versions(of: set.profiles, now) }
        let (seen, others) = self.memory.seen(set.profiles, since: now + (.zero - FacetSet.lag))
        return others.isEmpty ? seen : seen + (try await self.versions(of: others, now))
    }

    private func versions(
        of profiles: [UUID],
        _ now: Moment
    ) async throws(RepositoryError) -> [FacetProfile] {
        let result = try await self.versionRows(profiles)
        return try readRows { () throws(DatabaseError) in
            var found: [FacetProfile] = []
            for row in 0..<result.rowCount {
                let version = FacetShelf.Version(
                    revision: try result.value(row, 1),
                    updatedAt: try result.value(row, 2)
                )
                found.append(
                    FacetProfile(
                        id: profiles[Int(try result.value(row, 0, as: Int32.self)) - 1],
                        version: version,
                        seenAt: now
                    )
                )
            }
            return found
        }
    }

    private func versionRows(_ profiles: [UUID]) async throws(RepositoryError) -> QueryResult {
        var parameters = Parameters(profiles)
        guard let view = self.view else {
            return try await self.reads.query(
                FacetStatements.versions,
                parameters,
                settings: FacetStatements.settings
            )
        }
        let condition = try view.sql(and: nil, &parameters)
        var batch = Batch()
        let statement = FacetStatements.versions(condition: condition)
        batch.addFiltered("facets_versions", statement, parameters, deadline: self.reads.deadline)
        var results = try await self.reads.run(batch, settings: FacetStatements.settings)
        _ = results.next()
        return results.next()
    }

    /// Reads values to be remembered; of many that have very many, in parts.
    ///
    /// - Returns: As `FacetMemory.remember`; what is left is not read then.
    private func read(_ profiles: [FacetProfile]) async throws(RepositoryError) -> Bool {
        if let view = self.view { return try await self.read(profiles.map(\.id), through: view) }
        let result = try await self.reads.query(
            FacetStatements.values,
            Parameters(
                profiles.map(\.id),
                profiles.map(\.version.revision),
                profiles.map(\.version.updatedAt.microseconds),
                ExperienceCategory.named.map(\.word)
            ),
            settings: FacetStatements.settings
        )
        if result.rowCount > FacetStatements.valuesMax + 1 {
            guard profiles.count > 1 else {
                return self.memory.remember(profiles.map { .init(profile: $0, isLarge: true) })
            }
            let half = profiles.count / 2
            guard try await self.read(Array(profiles[..<half])) else { return false }
            return try await self.read(Array(profiles[half...]))
        }
        return self.memory.remember(try readRows { () throws(DatabaseError) in try Self.readings(profiles, result) })
    }

    /// Only of those that are in the version asked for.
    private static func readings(
        _ profiles: [FacetProfile],
        _ result: borrowing QueryResult
    ) throws(DatabaseError) -> [FacetMemory.Reading] {
        var readings: [Int32: FacetMemory.Reading] = [:]
        // The row of those that are there stands first; nothing in SQL says so.
        for row in 0..<result.rowCount where try result.value(row, 0, as: Int16?.self) == nil {
            for place in try result.value(row, 3, as: [Int32]?.self) ?? [] {
                readings[place] = .init(profile: profiles[Int(place) - 1])
            }
        }
        for row in 0..<result.rowCount {
            guard let field = try result.value(row, 0, as: Int16?.self) else { continue }
            let places = try result.value(row, 3, as: [Int32].self)
            let text: String = try result.value(row, 1)
            if Int(field) == FacetField.workYearsNumber {
                guard let span = WorkYears.Span(days: text) else { continue }
                for place in places { readings[place]?.work.append(span) }
            } else {
                let value = FacetShelf.Value(
                    spelling: .init(field: UInt8(field), text: text),
                    folded: try result.value(row, 2)
                )
                for place in places { readings[place]?.values.append(value) }
            }
        }
        return Array(readings.values)
    }
}

extension WorkYears.Span {
    /// - Parameter days: As `FacetStatements.values` gives them: "10957/11323", "10957/".
    fileprivate init?(days: String) {
        let parts = days.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = Int32(parts[0]) else { return nil }
        self.init(start: start, end: Int32(parts[1]))
    }
}
