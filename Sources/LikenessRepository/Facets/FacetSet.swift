internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessWords

/// The profiles whose values are counted, for all that a query is about.
struct FacetSet: Sendable {
    /// Each once.
    let profiles: [UUID]
    /// How many profiles each of them stands for.
    let share: Double
    let kind: TotalSizeKind
    /// It was taken from the index of words alone, which may be as old as `lag`. Then its values may be, too.
    let lags: Bool
    static let lag = Duration.seconds(1)

    /// Profiles whose values are read; of more a sample is. `docs/decisions/facets.md` has what that costs, and how far a sample errs.
    struct Size: Sendable {
        let counted: Int
        /// Matches that are looked at for a sample of those that pass a filter.
        var lookedAt: Int { 4 * self.counted }
        /// Of these, where who matches is looked up one by one: with fewer all that match are.
        var leastPassing: Int { self.counted / 10 }

        static let stored = Size(counted: 1_000)
        /// Through a view profiles are read whole for the first time.
        static let shown = Size(counted: 250)
    }

    private init(sample profiles: [UUID], share: Double, kind: TotalSizeKind, lags: Bool = false) {
        (self.profiles, self.share, self.kind, self.lags) = (profiles, share, kind, lags)
    }

    /// Of all that a query is about, or of a sample of them.
    init(_ profiles: [UUID], kind: TotalSizeKind, _ size: Size) {
        guard profiles.count > size.counted else {
            self.init(sample: profiles, share: 1, kind: kind)
            return
        }
        let sample = profiles.map(ProfileID.init).sorted { $0.sampleKey < $1.sampleKey }.prefix(size.counted)
        self.init(sample: sample.map(\.uuid), share: Double(profiles.count) / Double(size.counted), kind: .estimate)
    }

    /// Of a sample that was taken already.
    ///
    /// - Parameters:
    ///   - total: How many it was taken of.
    ///   - sampled: In the order in which they were taken.
    ///   - passing: Those of them that are counted; `nil` for all.
    init(total: Int, sampled: [UUID], passing: Set<UUID>?, _ size: Size, lags: Bool = false) {
        var counted: [UUID] = []
        var lookedAt = 0
        for profile in sampled where counted.count < size.counted {
            lookedAt += 1
            if passing?.contains(profile) ?? true { counted.append(profile) }
        }
        self.init(sample: counted, share: Double(total) / Double(max(1, lookedAt)), kind: .estimate, lags: lags)
    }

    /// The first so many of its profiles, by ascending id, as a sample of them.
    func first(_ count: Int) -> FacetSet {
        guard count > 0, count < self.profiles.count else { return self }
        let share = self.share * Double(self.profiles.count) / Double(count)
        return FacetSet(sample: Array(self.profiles.prefix(count)), share: share, kind: .estimate, lags: self.lags)
    }

    /// A number of profiles of the set as one of all that it stands for.
    func scaled(_ count: Int64) -> Int64 { Int64((Double(count) * self.share).rounded()) }
}
