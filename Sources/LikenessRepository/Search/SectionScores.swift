internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// How well each section of some profiles matches a query, by the formula that ranks profiles. Only for profiles that were found.
struct SectionScores: Sendable {
    let repository: SearchRepository
    let view: View?
    var reads: Reads

    /// A section; ordered by profile, kind and id, as ties of scores break.
    struct Key: Hashable, Comparable, Sendable {
        let profile: UUID
        let kind: Int16
        let id: UUID

        static func < (left: Key, right: Key) -> Bool {
            (left.profile, left.kind, left.id) < (right.profile, right.kind, right.id)
        }

        /// Without a title.
        var match: SectionMatch { SectionMatch(kind: SectionKind(rawValue: Int32(self.kind)), id: self.id.text) }
    }

    /// What a query that is no fusion says of one section.
    struct Score: Sendable, Hashable {
        var value: Double
        /// `nil` where the section has nothing to compare, or the query no vector.
        var similarity: Double?
        /// `nil` where it has none of the words, or the query none.
        var coverage: Double?
    }

    /// What a query that is no fusion says of many sections: numbers by their places, not a number where it says nothing. Of sections beyond
    /// the last it says nothing either.
    struct Leaf: Sendable {
        var values: [Double] = []
        var similarities: [Double] = []
        var coverages: [Double] = []

        static func number(_ numbers: [Double], at place: Int) -> Double? {
            guard place < numbers.count, !numbers[place].isNaN else { return nil }
            return numbers[place]
        }

        func score(at place: Int) -> Score? {
            Self.number(self.values, at: place).map { value in
                Score(
                    value: value,
                    similarity: Self.number(self.similarities, at: place),
                    coverage: Self.number(self.coverages, at: place)
                )
            }
        }

        fileprivate static func set(_ value: Double, _ numbers: inout [Double], at place: Int) {
            while numbers.count <= place { numbers.append(.nan) }
            numbers[place] = value
        }
    }

    /// What the queries say of the sections: of a fusion each of its own, of others the only one. Some 140 bytes a section, and up to 24
    /// more for each query.
    struct Leaves: Sendable {
        /// Sections that some query says anything of, each once; their indices are the places.
        private(set) var keys: [Key] = []
        private(set) var leaves: [Leaf] = []
        /// What each counts.
        let shares: [SearchFusion.Share]?
        private var places: [Key: Int32] = [:]
        /// The words of each text with what stands for them: the same for all sections, whatever is written meanwhile.
        fileprivate var words: [String: SearchWords] = [:]

        init(shares: [SearchFusion.Share]?) { self.shares = shares }

        /// Of no sections yet.
        init(by query: SearchQuery) {
            if case .fusion(let fusion) = query.ask { self.init(shares: fusion.shares) } else { self.init(shares: nil) }
        }

        /// - Parameter scores: By query.
        init(_ scores: [[Key: Score]], shares: [SearchFusion.Share]?) {
            self.init(shares: shares)
            for scores in scores {
                var leaf = Leaf()
                for (key, score) in scores {
                    let place = self.place(of: key)
                    Leaf.set(score.value, &leaf.values, at: place)
                    if let similarity = score.similarity { Leaf.set(similarity, &leaf.similarities, at: place) }
                    if let coverage = score.coverage { Leaf.set(coverage, &leaf.coverages, at: place) }
                }
                self.leaves.append(leaf)
            }
        }

        /// What a query has said of sections before.
        fileprivate func leaf(_ number: Int) -> Leaf { number < self.leaves.count ? self.leaves[number] : Leaf() }

        fileprivate mutating func set(_ leaf: Leaf, _ number: Int) {
            if number < self.leaves.count { self.leaves[number] = leaf } else { self.leaves.append(leaf) }
        }

        fileprivate mutating func place(of key: Key) -> Int {
            if let place = self.places[key] { return Int(place) }
            self.places[key] = Int32(self.keys.count)
            self.keys.append(key)
            return self.keys.count - 1
        }

        /// The score of each section, by its place: of a fusion the weighted mean, where a similarity below 0 counts as 0. Not a number
        /// where there is none.
        var fused: [Double] {
            var fused = [Double](repeating: .nan, count: self.keys.count)
            guard let shares = self.shares else {
                for (place, value) in self.leaves[0].values.enumerated() { fused[place] = value }
                return fused
            }
            for (leaf, share) in zip(self.leaves, shares) {
                for (place, value) in leaf.values.enumerated() where !value.isNaN {
                    let sum = fused[place].isNaN ? 0 : fused[place]
                    fused[place] = sum + share.most * max(0, value)
                }
            }
            return fused
        }

        /// The places of those that have a number, greatest first, ties by key.
        func order(by numbers: [Double]) -> [Int32] {
            (0..<Int32(numbers.count)).filter { !numbers[Int($0)].isNaN }.sorted { left, right in
                let (one, other) = (numbers[Int(left)], numbers[Int(right)])
                return one != other ? one > other : self.keys[Int(left)] < self.keys[Int(right)]
            }
        }
    }

    /// Profiles that are asked about at once where each has its own best: as many as may have ``SectionRanking/sectionsMax`` together.
    static let profilesMax = SectionRanking.sectionsMax / SectionRanking.sectionsOfProfileMax

    /// By the profiles' ids; best first, ties by kind and id. Sections have no titles.
    func best(
        _ count: Int,
        of profiles: [String],
        by query: SearchQuery
    ) async throws(RepositoryError) -> [String: [SectionScore]] {
        let ids = profiles.compactMap { UUID(text: $0) }
        var best: [String: [SectionScore]] = [:]
        for start in stride(from: 0, to: ids.count, by: Self.profilesMax) {
            let some = Array(ids[start..<min(start + Self.profilesMax, ids.count)])
            let scores = try await self.all(of: some, by: query)
            let fused = scores.fused
            for place in scores.order(by: fused) {
                let key = scores.keys[Int(place)]
                guard best[key.profile.text, default: []].count < count else { continue }
                best[key.profile.text, default: []].append(
                    SectionScore(section: key.match, score: fused[Int(place)])
                )
            }
        }
        return best
    }

    /// All sections of some profiles that the query says anything of.
    func all(of profiles: [UUID], by query: SearchQuery) async throws(RepositoryError) -> Leaves {
        var scores = Leaves(by: query)
        try await self.add(profiles, by: query, to: &scores)
        return scores
    }

    /// Adds the sections of further profiles.
    func add(
        _ profiles: [UUID],
        by query: SearchQuery,
        to scores: inout Leaves
    ) async throws(RepositoryError) {
        guard case .fusion(let fusion) = query.ask else {
            let leaf = SearchFusion.Leaf(query.ask, furtherVectors: query.furtherVectors)
            try await self.add(leaf, at: 0, query, of: profiles, to: &scores)
            return
        }
        for (place, leaf) in fusion.leaves.enumerated() {
            var part = self
            part.reads.recorder = self.reads.recorder?.of(query: place + 1)
            try await part.add(leaf, at: place, query, of: profiles, to: &scores)
        }
    }

    private func add(
        _ leaf: SearchFusion.Leaf,
        at number: Int,
        _ query: SearchQuery,
        of profiles: [UUID],
        to scores: inout Leaves
    ) async throws(RepositoryError) {
        var said = scores.leaf(number)
        switch leaf.ask {
        case .vector(let vector):
            let vectors = [vector] + leaf.furtherVectors
            try await self.addSimilarities(to: vectors, query, of: profiles, &said.similarities, &scores)
            said.values = said.similarities
        case .text(let text):
            try await self.addCoverages(of: text, profiles, &said.coverages, &scores)
            said.values = said.coverages
        case .hybrid(let text, let vector):
            let vectors = [vector] + leaf.furtherVectors
            try await self.addSimilarities(to: vectors, query, of: profiles, &said.similarities, &scores)
            try await self.addCoverages(of: text, profiles, &said.coverages, &scores)
            said.values = []
            for place in 0..<max(said.similarities.count, said.coverages.count) {
                let similarity = Leaf.number(said.similarities, at: place)
                let coverage = Leaf.number(said.coverages, at: place)
                let isSaid = similarity != nil || coverage != nil
                said.values.append(isSaid ? HybridScore.value(similarity: similarity, coverage: coverage) : .nan)
            }
        case .fusion: preconditionFailure("a fusion's queries are none")
        }
        scores.set(said, number)
    }

    /// Of several vectors the nearest counts.
    private func addSimilarities(
        to vectors: [[Float]],
        _ query: SearchQuery,
        of profiles: [UUID],
        _ best: inout [Double],
        _ scores: inout Leaves
    ) async throws(RepositoryError) {
        let contents = try await self.repository.catalog.contents(deadline: self.reads.deadline)
        let space = try contents.space(named: query.embeddingSpace)
        for vector in vectors {
            let unit = Vector(
                try UnitVector.values(vector, dimension: space.dimension, path: "query.vector.values")
            )
            let found =
                if let view = self.view {
                    try await self.inProjection(of: view, .sectionSimilarities) { version in
                        (
                            SearchStatements.viewSectionSimilarities(ViewEmbeddings(space, view)),
                            Parameters(profiles, unit, space.name, version.id)
                        )
                    }
                } else {
                    try await self.stored(
                        .sectionSimilarities,
                        of: space.table.name.text,
                        Parameters(profiles, unit),
                        SearchStatements.sectionSimilarities(space)
                    )
                }
            for (key, similarity) in found {
                let place = scores.place(of: key)
                let known = Leaf.number(best, at: place)
                Leaf.set(known.map { max($0, similarity) } ?? similarity, &best, at: place)
            }
        }
    }

    private func addCoverages(
        of text: String,
        _ profiles: [UUID],
        _ coverages: inout [Double],
        _ scores: inout Leaves
    ) async throws(RepositoryError) {
        let words = try await self.words(of: text, &scores)
        let found: [(Key, Double)]
        if let view = self.view {
            found = try await self.inProjection(of: view, .sectionWords) { version in
                var parameters = words.parameters
                parameters.append(version.id)
                parameters.append(profiles)
                return (SearchStatements.viewSectionCoverages(view.weights), parameters)
            }
        } else {
            var parameters = words.parameters
            parameters.append(profiles)
            found = try await self.stored(
                .sectionWords,
                of: "",
                parameters,
                SearchStatements.sectionCoverages
            )
        }
        for (key, coverage) in found { Leaf.set(coverage, &coverages, at: scores.place(of: key)) }
    }

    /// Read and weighed once for all sections of a search.
    private func words(of text: String, _ scores: inout Leaves) async throws(RepositoryError) -> SearchWords {
        if let known = scores.words[text] { return known }
        let words =
            if let view = self.view {
                try await self.repository.words(of: text, through: view, self.reads)
            } else {
                try await self.repository.words(of: text, self.reads)
            }
        scores.words[text] = words
        return words
    }

    // MARK: How many

    /// How many of the first of some profiles have no more than so many sections together. Through a view those that it shows count.
    func count(of profiles: [UUID], within sectionsMax: Int) async throws(RepositoryError) -> Int {
        guard let view = self.view else {
            let (statement, parameters) = (SearchStatements.profilesWithin, Parameters(profiles, Int64(sectionsMax)))
            let watch = self.reads.recorder?.watch(.rank)
            let result = try await self.reads.query(statement, parameters, settings: PageHits.settings)
            watch?.ran(.sectionCounts, statement, parameters, settings: PageHits.settings, rows: result.rowCount)
            return try readRows { () throws(DatabaseError) in Int(try result.value(0, 0, as: Int64.self)) }
        }
        return try await self.inProjection(of: view, .sectionCounts) { version in
            (SearchStatements.viewProfilesWithin, Parameters(profiles, Int64(sectionsMax), version.id))
        } reading: { result throws(DatabaseError) in
            Int(try result.value(0, 0, as: Int64.self))
        }
    }

    // MARK: Statements

    private func stored(
        _ name: RecordedStatement.Name,
        of variant: String,
        _ parameters: Parameters,
        _ text: SQL
    ) async throws(RepositoryError) -> [(Key, Double)] {
        let shape = StatementShape.named("search_\(name.rawValue)", of: variant)
        let statement = self.reads.database.statements.statement(shape, parameters.types) { text }
        let watch = self.reads.recorder?.watch(.rank)
        let result = try await self.reads.query(statement, parameters, settings: PageHits.settings)
        watch?.ran(name, statement, parameters, settings: PageHits.settings, rows: result.rowCount)
        return try readRows { () throws(DatabaseError) in try Self.scores(result) }
    }

    private func inProjection(
        of view: View,
        _ name: RecordedStatement.Name,
        _ statement: (ViewWords.Version) -> (SQL, Parameters)
    ) async throws(RepositoryError) -> [(Key, Double)] {
        try await self.inProjection(of: view, name, statement) { result throws(DatabaseError) in
            try Self.scores(result)
        }
    }

    private func inProjection<Value: Sendable>(
        of view: View,
        _ name: RecordedStatement.Name,
        _ statement: (ViewWords.Version) -> (SQL, Parameters),
        reading: (borrowing QueryResult) throws(DatabaseError) -> Value
    ) async throws(RepositoryError) -> Value {
        let words = self.repository.views.words(of: view)
        return try await SearchRepository.renewing { () throws(RepositoryError) in
            for _ in 0..<ViewSearch.attemptsMax {
                let version = try await words.current(self.reads)
                let (text, parameters) = statement(version)
                var batch = Batch()
                let sent = batch.addFiltered("search_\(name.rawValue)", text, parameters, deadline: self.reads.deadline)
                let watch = self.reads.recorder?.watch(.rank)
                var results = try await self.reads.run(batch, settings: PageHits.settings)
                _ = results.next()
                let result = results.next()
                watch?.ran(name, sent, parameters, settings: PageHits.settings, rows: result.rowCount)
                let value = try readRows { () throws(DatabaseError) in try reading(result) }
                // What is dropped is cleared away: its rows may have been missing.
                if try await words.isThere(version, self.reads) { return value }
            }
            throw .unavailable(.viewNotReady)
        }
    }

    /// Rows of profile_id, kind, section_id, score.
    private static func scores(_ result: borrowing QueryResult) throws(DatabaseError) -> [(Key, Double)] {
        var scores: [(Key, Double)] = []
        scores.reserveCapacity(result.rowCount)
        for row in 0..<result.rowCount {
            let key = Key(
                profile: try result.value(row, 0),
                kind: try result.value(row, 1),
                id: try result.value(row, 2)
            )
            scores.append((key, try result.value(row, 3)))
        }
        return scores
    }
}
