internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Counts the values of some facets over a set of profiles.
struct FacetCounter: Sendable {
    let request: FacetRequest
    /// Through which profiles are counted; `nil` for what is stored.
    var view: View?
    /// Of that view alone; without one of what is stored.
    let memory: FacetMemory
    let reads: Reads

    /// - Parameters:
    ///   - fields: Which of the request's facets; in the same order the answer has them.
    ///   - set: Becomes a sample where not all that is in it can be read.
    func count(_ fields: [Int], of set: inout FacetSet) async throws(RepositoryError) -> [Facet] {
        guard !set.profiles.isEmpty else { return self.facets(fields, FacetCounts(), of: set) }
        let remembered = try await self.remembered(fields, of: set)
        let others = fields.filter { remembered?.values[$0] == nil }
        guard !others.isEmpty else { return self.facets(fields, remembered ?? FacetCounts(), of: set) }
        if let view = self.view {
            var sample = set
            var counts = try await self.given(others, of: &sample, through: view)
            if remembered != nil, sample.profiles.count < set.profiles.count {
                // The values of the others would be too much: all facets are of the same profiles.
                sample = set
                counts = try await self.given(fields, of: &sample, through: view)
            } else if let remembered {
                counts.add(remembered)
            }
            set = sample
            return self.facets(fields, counts, of: set)
        }
        let result = try await self.reads.query(
            FacetStatements.stored,
            self.parameters(others, set.profiles),
            settings: FacetStatements.settings
        )
        var counts = try readRows { () throws(DatabaseError) in try FacetCounts(result) }
        if let remembered { counts.add(remembered) }
        return self.facets(fields, counts, of: set)
    }

    /// Values of profiles as a view shows them: they are read whole, and counted as stored ones are.
    private func given(
        _ fields: [Int],
        of set: inout FacetSet,
        through view: View
    ) async throws(RepositoryError) -> FacetCounts {
        let shown = ShownProfiles(view: view, reads: self.reads)
        let today = Int(Date.now.timeIntervalSince1970 / 86_400)
        var values = GivenValues()
        var left = set.profiles
        while !left.isEmpty, !values.isFull {
            let (profiles, others) = try await shown.read(left)
            left = others
            let (known, request) = (values, self.request)
            // Off the event loop that the caller may be on.
            values = await withTaskExecutorPreference(globalConcurrentExecutor) {
                var values = known
                for profile in profiles where !values.isFull {
                    values.add(fields.map { ($0, FacetValues.values(request.fields[$0], of: profile, today: today)) })
                }
                return values
            }
        }
        let result = try await self.reads.query(
            FacetStatements.given,
            Parameters(
                Int64(self.request.limit),
                self.request.prefix,
                Int64(values.profiles),
                values.places,
                values.facets,
                values.texts
            )
        )
        let counts = try readRows { () throws(DatabaseError) in try FacetCounts(result) }
        if values.isFull { set = set.first(values.profiles) }
        return counts
    }

    private func parameters(_ fields: [Int], _ profiles: [UUID]) -> Parameters {
        var columns = [Int16?](repeating: nil, count: FacetColumn.all.count)
        var computed: [FacetField.Computed: Int16] = [:]
        var (numbers, paths): ([Int16], [String]) = ([], [])
        for place in fields {
            let number = Int16(place)
            switch self.request.fields[place].source {
            case .column(let column): columns[column] = number
            case .computed(let field): computed[field] = number
            case .attribute(let keys):
                numbers.append(number)
                paths.append("lax $" + keys.map { "." + JSONLiteral.quoted($0) }.joined() + "[*]")
            }
        }
        var parameters = Parameters(
            Int64(self.request.limit),
            self.request.prefix,
            profiles,
            ExperienceCategory.named.map(\.word),
            numbers,
            paths
        )
        for column in columns { parameters.append(column) }
        for field in FacetField.Computed.allCases { parameters.append(computed[field]) }
        return parameters
    }

    private func facets(_ fields: [Int], _ counts: FacetCounts, of set: FacetSet) -> [Facet] {
        fields.map { place in
            let values = counts.values[place, default: []]
            return Facet(
                field: self.request.fields[place].path,
                values: values.prefix(self.request.limit).map {
                    FacetValue(value: $0.text, count: set.scaled($0.profiles))
                },
                countKind: set.kind,
                profileCount: set.scaled(counts.profiles),
                hasMore: values.count > self.request.limit
            )
        }
    }
}

/// Facets that were counted together, and how.
struct CountedFacets: Sendable {
    let group: FacetRequest.Group
    /// As `group.fields`.
    let facets: [Facet]
    let set: FacetSet
    /// The set is the best hits, not all that match.
    let isOfHits: Bool
    /// Zero where nothing is noted.
    let time: Duration
}

/// Values of profiles as `FacetStatements.given` takes them.
private struct GivenValues: Sendable {
    /// A usual profile has less than a kilobyte: strangers' texts must not fill the memory.
    private static let bytesMax = 16 << 20

    private(set) var profiles = 0
    private(set) var places: [Int32] = []
    private(set) var facets: [Int16] = []
    private(set) var texts: [String] = []
    private var byteCount = 0

    /// No further profile is read: those that were are a sample.
    var isFull: Bool { self.byteCount >= Self.bytesMax }

    mutating func add(_ values: [(facet: Int, texts: [String])]) {
        self.profiles += 1
        for (facet, texts) in values {
            for text in texts {
                let text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(FacetValues.charactersMax)))
                self.places.append(Int32(self.profiles))
                self.facets.append(Int16(facet))
                self.texts.append(text)
                self.byteCount += text.utf8.count + 16
            }
        }
    }
}

/// What `FacetStatements` give, and `FacetMemory`.
struct FacetCounts: Sendable {
    /// Those that were there to be counted.
    private(set) var profiles: Int64 = 0
    /// By the number of the facet, the most frequent ones first.
    private(set) var values: [Int: [(text: String, profiles: Int64)]] = [:]

    init() {}

    init(profiles: Int, _ values: [Int: [(text: String, profiles: Int64)]]) {
        (self.profiles, self.values) = (Int64(profiles), values)
    }

    init(_ result: borrowing QueryResult) throws(DatabaseError) {
        for row in 0..<result.rowCount {
            self.profiles = try result.value(row, 0)
            guard let facet = try result.value(row, 1, as: Int16?.self) else { continue }
            self.values[Int(facet), default: []].append((try result.value(row, 2), try result.value(row, 3)))
        }
    }

    /// Adds those of other facets.
    mutating func add(_ others: FacetCounts) {
        self.profiles = max(self.profiles, others.profiles)
        self.values.merge(others.values) { own, _ in own }
    }
}
