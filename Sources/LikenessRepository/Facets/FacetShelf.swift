internal import FoundationEssentials
internal import LikenessPostgres
internal import LikenessWords

/// Values of profiles as facets count them, each text kept once.
///
/// A profile is a list of numbers of texts, so that counting a thousand of them is a walk through arrays.
struct FacetShelf: Sendable {
    /// The state of a profile that its values are of.
    struct Version: Hashable, Sendable {
        let revision: Int64
        /// A database that was restored may give a revision once more.
        let updatedAt: PostgresTimestamp
    }

    /// A text at a field.
    struct Text: Hashable, Sendable {
        /// `FacetField.Source.rememberedNumber`.
        let field: UInt8
        let text: String

        // To Swift texts of equal signs are equal, to the database those of equal bytes.
        static func == (one: Text, other: Text) -> Bool {
            one.field == other.field && one.text.utf8.elementsEqual(other.text.utf8)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(self.field)
            for byte in self.text.utf8 { hasher.combine(byte) }
        }
    }

    /// A value as it is written, and what it is compared by.
    struct Value: Sendable {
        let spelling: Text
        let folded: String
    }

    /// What is kept of a profile. Its values and experiences stand one after another in arrays of all, so that looking at an entry copies a few
    /// numbers and counts no references.
    private struct Entry {
        let version: Version
        /// When the profile was last seen to be in this version.
        var seenAt: Moment
        let values: Range<Int32>
        let work: Range<Int32>
        /// It has more values than are kept.
        let isLarge: Bool
        /// The day of which `range` is.
        var day = Int32.min
        /// The place in `WorkYears.ranges`; `nil` where no experience counts.
        var range: Int?

        /// With its place in the dictionary.
        static let bytes = 160
    }

    private var numbers: [Text: UInt32] = [:]
    private var fields: [UInt8] = []
    private var spellings: [String] = []
    /// Of each text the number of what it is folded to.
    private var groups: [UInt32] = []
    private var groupNumbers: [Text: UInt32] = [:]
    private var foldings: [String] = []
    private var places: [ProfileID: Int32] = [:]
    private var entries: [Entry] = []
    private var values: [UInt32] = []
    private var work: [WorkYears.Span] = []
    /// What counting needs for each text and each folded one; as it was, when nothing is counted.
    private var spelt: [Int32] = []
    private var held: [Int32] = []
    private var lastHolder: [Int32] = []
    /// About what it takes in memory.
    private(set) var bytes = 0

    /// Where what is kept of a profile stands; it stays there.
    func place(of profile: UUID) -> Int? { self.places[ProfileID(profile)].map(Int.init) }

    /// The version in which the profile at a place was last seen, and when.
    func seen(_ place: Int) -> (version: Version, at: Moment) {
        (self.entries[place].version, self.entries[place].seenAt)
    }

    func isLarge(_ place: Int) -> Bool { self.entries[place].isLarge }

    /// - Returns: Where it stands, if it does in this version.
    mutating func see(_ profile: FacetProfile) -> Int? {
        guard let place = self.place(of: profile.id), self.entries[place].version == profile.version else { return nil }
        self.entries[place].seenAt = max(self.entries[place].seenAt, profile.seenAt)
        return place
    }

    mutating func put(_ profile: FacetProfile, _ values: [Value], work: [WorkYears.Span], isLarge: Bool) {
        let numbers = values.map { self.number($0) }
        self.put(profile, numbers, work, isLarge)
    }

    /// Takes over what stands at a place of another shelf.
    ///
    /// - Returns: Where it stands on this one.
    mutating func put(_ profile: UUID, _ place: Int, from other: FacetShelf) -> Int {
        let entry = other.entries[place]
        let numbers = other.values[Int(entry.values.lowerBound)..<Int(entry.values.upperBound)].map { number in
            let (text, group) = (Int(number), Int(other.groups[Int(number)]))
            return self.number(
                Value(
                    spelling: Text(field: other.fields[text], text: other.spellings[text]),
                    folded: other.foldings[group]
                )
            )
        }
        let work = other.work[Int(entry.work.lowerBound)..<Int(entry.work.upperBound)]
        return self.put(
            FacetProfile(id: profile, version: entry.version, seenAt: entry.seenAt),
            numbers,
            Array(work),
            entry.isLarge
        )
    }

    /// What a profile had before stays in the arrays until the shelf is forgotten.
    @discardableResult
    private mutating func put(
        _ profile: FacetProfile,
        _ numbers: [UInt32],
        _ work: [WorkYears.Span],
        _ isLarge: Bool
    ) -> Int {
        let entry = Entry(
            version: profile.version,
            seenAt: profile.seenAt,
            values: Int32(self.values.count)..<Int32(self.values.count + numbers.count),
            work: Int32(self.work.count)..<Int32(self.work.count + work.count),
            isLarge: isLarge
        )
        self.values += numbers
        self.work += work
        self.bytes += 4 * numbers.count + MemoryLayout<WorkYears.Span>.stride * work.count
        if let place = self.place(of: profile.id) {
            self.entries[place] = entry
            return place
        }
        self.places[ProfileID(profile.id)] = Int32(self.entries.count)
        self.entries.append(entry)
        self.bytes += Entry.bytes
        return self.entries.count - 1
    }

    private mutating func number(_ value: Value) -> UInt32 {
        if let known = self.numbers[value.spelling] { return known }
        let folded = Text(field: value.spelling.field, text: value.folded)
        let group: UInt32
        if let known = self.groupNumbers[folded] {
            group = known
        } else {
            group = UInt32(self.foldings.count)
            self.groupNumbers[folded] = group
            self.foldings.append(value.folded)
            self.held.append(0)
            self.lastHolder.append(-1)
            self.bytes += 104 + value.folded.utf8.count
        }
        let number = UInt32(self.spellings.count)
        self.numbers[value.spelling] = number
        self.fields.append(value.spelling.field)
        self.spellings.append(value.spelling.text)
        self.groups.append(group)
        self.spelt.append(0)
        self.bytes += 100 + value.spelling.text.utf8.count
        return number
    }

    // MARK: Counting

    /// How many profiles have each of the values of some fields.
    ///
    /// - Parameters:
    ///   - places: Of the profiles, each once.
    ///   - most: Of each field so many values at most, the most frequent ones; `nil` for all.
    ///   - today: As `WorkYears` takes it.
    mutating func tally(_ places: [Int], _ wanted: Set<UInt8>, most: Int?, today: Int) -> FacetTally {
        var isWanted = [Bool](repeating: false, count: Int(UInt8.max) + 1)
        for field in wanted { isWanted[Int(field)] = true }
        var seen: [UInt32] = []
        self.count(places, isWanted, &seen)
        var tally = FacetTally()
        for value in self.first(most, self.spelledMost(seen)) {
            let group = Int(self.groups[Int(value)])
            tally.add(
                FacetTally.Count(
                    folded: self.foldings[group],
                    text: self.spellings[Int(value)],
                    profiles: Int64(self.held[group])
                ),
                to: Int(self.fields[Int(value)])
            )
        }
        for value in seen {
            let group = Int(self.groups[Int(value)])
            (self.spelt[Int(value)], self.held[group], self.lastHolder[group]) = (0, 0, -1)
        }
        if isWanted[FacetField.workYearsNumber] {
            for (range, profiles) in self.workYears(places, today: today).enumerated() where profiles > 0 {
                let name = "\(WorkYears.ranges[range].name)"
                tally.add(
                    FacetTally.Count(folded: name, text: name, profiles: profiles),
                    to: FacetField.workYearsNumber
                )
            }
        }
        return tally
    }

    /// Through spans: each write to an array checks first whether its storage is shared.
    private mutating func count(_ places: [Int], _ isWanted: [Bool], _ seen: inout [UInt32]) {
        var (spelt, held, lastHolder): ([Int32], [Int32], [Int32]) = ([], [], [])
        swap(&spelt, &self.spelt)
        swap(&held, &self.held)
        swap(&lastHolder, &self.lastHolder)
        self.count(places, isWanted, &seen, spelt.mutableSpan, held.mutableSpan, lastHolder.mutableSpan)
        (self.spelt, self.held, self.lastHolder) = (spelt, held, lastHolder)
    }

    private func count(
        _ places: [Int],
        _ isWanted: [Bool],
        _ seen: inout [UInt32],
        _ spelt: consuming MutableSpan<Int32>,
        _ held: consuming MutableSpan<Int32>,
        _ lastHolder: consuming MutableSpan<Int32>
    ) {
        let (entries, values, isWanted) = (self.entries.span, self.values.span, isWanted.span)
        let (fields, groups) = (self.fields.span, self.groups.span)
        for (holder, place) in places.enumerated() {
            let range = entries[place].values
            for index in Int(range.lowerBound)..<Int(range.upperBound) {
                let number = Int(values[index])
                guard isWanted[Int(fields[number])] else { continue }
                if spelt[number] == 0 { seen.append(UInt32(number)) }
                spelt[number] += 1
                let group = Int(groups[number])
                // Who writes a value in two ways has it once.
                guard lastHolder[group] != Int32(holder) else { continue }
                lastHolder[group] = Int32(holder)
                held[group] += 1
            }
        }
    }

    /// How many profiles are in each of `WorkYears.ranges`.
    private mutating func workYears(_ places: [Int], today: Int) -> [Int64] {
        var profiles = [Int64](repeating: 0, count: WorkYears.ranges.count)
        let day = Int32(clamping: today)
        for place in places {
            if self.entries[place].day != day {
                let work = self.entries[place].work
                self.entries[place].range = WorkYears.range(
                    of: self.work[Int(work.lowerBound)..<Int(work.upperBound)],
                    today: today
                )
                self.entries[place].day = day
            }
            if let range = self.entries[place].range { profiles[range] += 1 }
        }
        return profiles
    }

    /// Of the spellings that are folded to one text the one that most profiles have.
    private func spelledMost(_ seen: [UInt32]) -> [UInt32] {
        var best: [UInt32: UInt32] = [:]
        best.reserveCapacity(seen.count)
        for value in seen {
            let group = self.groups[Int(value)]
            guard let known = best[group] else {
                best[group] = value
                continue
            }
            let (count, other) = (self.spelt[Int(value)], self.spelt[Int(known)])
            if count > other || count == other && self.spellings[Int(value)].precedes(self.spellings[Int(known)]) {
                best[group] = value
            }
        }
        return Array(best.values)
    }

    /// Those of some spellings, each of another text, that are among the first of their fields.
    private func first(_ most: Int?, _ values: [UInt32]) -> [UInt32] {
        guard let most else { return values }
        // Few values are frequent: how many profiles the last of the first ones has is found by numbers alone.
        var frequencies: [UInt8: [Int32]] = [:]
        for value in values {
            frequencies[self.fields[Int(value)], default: []].append(self.held[Int(self.groups[Int(value)])])
        }
        let least = frequencies.mapValues { counts in
            counts.count <= most ? 0 : counts.sorted(by: >)[most - 1]
        }
        return values.filter { self.held[Int(self.groups[Int($0)])] >= least[self.fields[Int($0)], default: 0] }
    }
}

/// How many profiles have each value, by the number of the field.
struct FacetTally: Sendable {
    struct Count: Sendable {
        let folded: String
        /// As most of them write it.
        let text: String
        let profiles: Int64

        /// The more frequent one first.
        static func precedes(_ one: Count, _ other: Count) -> Bool {
            one.profiles == other.profiles ? one.folded.precedes(other.folded) : one.profiles > other.profiles
        }
    }

    private(set) var counts: [Int: [Count]] = [:]

    mutating func add(_ count: Count, to field: Int) { self.counts[field, default: []].append(count) }

    /// All that the values are compared by, each once.
    var foldings: Set<String> { Set(self.counts.values.joined().map(\.folded)) }

    /// The first values of a field.
    ///
    /// - Parameter isWanted: Of what a value is folded to.
    func first(_ limit: Int, of field: Int, where isWanted: (String) -> Bool) -> [Count] {
        var first: [Count] = []
        for count in self.counts[field, default: []] where isWanted(count.folded) {
            if first.count == limit {
                guard let last = first.last, Count.precedes(count, last) else { continue }
                first.removeLast()
            }
            var (low, high) = (0, first.count)
            while low < high {
                let middle = (low + high) / 2
                if Count.precedes(first[middle], count) { low = middle + 1 } else { high = middle }
            }
            first.insert(count, at: low)
        }
        return first
    }
}

extension String {
    /// In the order of the collation "C".
    fileprivate func precedes(_ other: String) -> Bool { self.utf8.lexicographicallyPrecedes(other.utf8) }
}
