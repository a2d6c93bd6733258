internal import FoundationEssentials
internal import Synchronization

/// The values of profiles that were counted lately, so that they need not be read from their tables again.
///
/// Who counts says which version of each profile counts, and no other is taken: what is remembered cannot be out of date, but where who
/// counts is content with what was so a moment ago. The memory
/// is bounded: when the newer of two shelves has half of it, the older one is forgotten.
final class FacetMemory: Sendable {
    /// Some 400 bytes a profile.
    static let bytesMax = 64 << 20

    /// What some profiles have, as far as it is remembered.
    enum Answer: Sendable {
        case counted(FacetTally)
        /// The places of those that are not remembered.
        case missing([Int])
        /// One of them has more values than are remembered.
        case tooLarge
    }

    /// What was read of a profile.
    struct Reading: Sendable {
        let profile: FacetProfile
        var values: [FacetShelf.Value] = []
        var work: [WorkYears.Span] = []
        var isLarge = false
    }

    private struct Shelves {
        var newer = FacetShelf()
        var older = FacetShelf()

        mutating func makeRoom(_ bytesMax: Int) {
            guard self.newer.bytes > bytesMax / 2 else { return }
            (self.older, self.newer) = (self.newer, FacetShelf())
        }

        /// - Returns: What is on the newer shelf now, in this version.
        mutating func bringForward(_ profile: FacetProfile) -> FacetShelf.Entry? {
            if self.newer.see(profile) { return self.newer.entry(profile.id) }
            guard self.older.see(profile), let entry = self.older.entry(profile.id) else { return nil }
            self.newer.put(profile.id, entry, from: self.older)
            return entry
        }

        func entry(_ profile: UUID) -> FacetShelf.Entry? { self.newer.entry(profile) ?? self.older.entry(profile) }
    }

    private let bytesMax: Int
    private let shelves = Mutex(Shelves())

    init(bytesMax: Int = FacetMemory.bytesMax) { self.bytesMax = bytesMax }

    var bytes: Int { self.shelves.withLock { $0.newer.bytes + $0.older.bytes } }

    /// Counts the values of some fields, where all of the profiles are remembered.
    ///
    /// - Parameters:
    ///   - profiles: Each once.
    ///   - most: As `FacetShelf.tally` takes it, and `today`.
    func tally(_ profiles: [FacetProfile], _ fields: Set<UInt8>, most: Int?, today: Int) -> Answer {
        self.shelves.withLock { shelves in
            shelves.makeRoom(self.bytesMax)
            var missing: [Int] = []
            for (place, profile) in profiles.enumerated() {
                guard let entry = shelves.bringForward(profile) else {
                    missing.append(place)
                    continue
                }
                if entry.isLarge { return .tooLarge }
            }
            guard missing.isEmpty else { return .missing(missing) }
            return .counted(shelves.newer.tally(profiles.map(\.id), fields, most: most, today: today))
        }
    }

    /// Those of some profiles that were seen in the version that is remembered, at this time or later.
    func seen(_ profiles: [UUID], since: ContinuousClock.Instant) -> [FacetProfile] {
        self.shelves.withLock { shelves in
            profiles.compactMap { profile in
                guard let entry = shelves.entry(profile), entry.seenAt >= since else { return nil }
                return FacetProfile(id: profile, version: entry.version, seenAt: entry.seenAt)
            }
        }
    }

    /// Forgets all that is remembered where any of these profiles is among it: their values may be those of others too.
    func forget(_ profiles: Set<UUID>) {
        self.shelves.withLock { shelves in
            guard profiles.contains(where: { shelves.entry($0) != nil }) else { return }
            shelves = Shelves()
        }
    }

    func remember(_ readings: [Reading]) {
        self.shelves.withLock { shelves in
            for reading in readings {
                shelves.newer.put(reading.profile, reading.values, work: reading.work, isLarge: reading.isLarge)
            }
        }
    }
}

/// A profile in the version that is to be counted.
struct FacetProfile: Sendable {
    let id: UUID
    let version: FacetShelf.Version
    /// When it was seen to be.
    let seenAt: ContinuousClock.Instant
}
