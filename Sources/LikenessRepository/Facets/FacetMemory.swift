internal import FoundationEssentials
internal import LikenessPostgres
internal import Synchronization

/// The values of profiles that were counted lately, so that they need not be read from their tables again.
///
/// Who counts says which version of each profile counts, and no other is taken: what is remembered cannot be out of date, but where who
/// counts is content with what was so a moment ago. The memory
/// is bounded: when the newer of two shelves has half of it, the older one is forgotten.
final class FacetMemory: Sendable {
    /// Some 400 bytes a profile.
    static let bytesMax = 64 << 20
    /// Values that are remembered of a profile; of one that has more none are.
    static let profileValuesMax = 2_000

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

        /// - Returns: Where it stands on the newer shelf now, if it is remembered in this version.
        mutating func bringForward(_ profile: FacetProfile) -> Int? {
            if let place = self.newer.see(profile) { return place }
            return self.older.see(profile).map { self.newer.put(profile.id, $0, from: self.older) }
        }

        /// The version in which a profile was last seen, and when.
        func seen(_ profile: UUID) -> (version: FacetShelf.Version, at: Moment)? {
            if let place = self.newer.place(of: profile) { return self.newer.seen(place) }
            return self.older.place(of: profile).map { self.older.seen($0) }
        }
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
            var (places, missing): ([Int], [Int]) = ([], [])
            places.reserveCapacity(profiles.count)
            for (number, profile) in profiles.enumerated() {
                guard let place = shelves.bringForward(profile) else {
                    missing.append(number)
                    continue
                }
                if shelves.newer.isLarge(place) { return .tooLarge }
                places.append(place)
            }
            guard missing.isEmpty else { return .missing(missing) }
            return .counted(shelves.newer.tally(places, fields, most: most, today: today))
        }
    }

    /// Those of some profiles that were seen in the version that is remembered, at this time or later, and the others.
    func seen(_ profiles: [UUID], since: Moment) -> (seen: [FacetProfile], others: [UUID]) {
        self.shelves.withLock { shelves in
            var (seen, others): ([FacetProfile], [UUID]) = ([], [])
            seen.reserveCapacity(profiles.count)
            for profile in profiles {
                if let known = shelves.seen(profile), known.at >= since {
                    seen.append(FacetProfile(id: profile, version: known.version, seenAt: known.at))
                } else {
                    others.append(profile)
                }
            }
            return (seen, others)
        }
    }

    /// Forgets all that is remembered where any of these profiles is among it: their values may be those of others too.
    func forget(_ profiles: Set<UUID>) {
        self.shelves.withLock { shelves in
            guard profiles.contains(where: { shelves.seen($0) != nil }) else { return }
            shelves = Shelves()
        }
    }

    /// - Returns: Whether all of them are remembered with their values: false when one has too many, or there is no more room.
    @discardableResult
    func remember(_ readings: [Reading]) -> Bool {
        self.shelves.withLock { shelves in
            var isAll = true
            for reading in readings {
                guard shelves.newer.bytes < self.bytesMax else { return false }
                if reading.isLarge || reading.values.count + reading.work.count > Self.profileValuesMax {
                    shelves.newer.put(reading.profile, [], work: [], isLarge: true)
                    isAll = false
                } else {
                    shelves.newer.put(reading.profile, reading.values, work: reading.work, isLarge: false)
                }
            }
            return isAll
        }
    }
}

/// A profile in the version that is to be counted.
struct FacetProfile: Sendable {
    let id: UUID
    let version: FacetShelf.Version
    /// When it was seen to be.
    let seenAt: Moment
}
