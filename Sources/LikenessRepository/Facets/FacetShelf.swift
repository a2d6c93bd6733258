internal import FoundationEssentials
internal import LikenessPostgres

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

    /// What is kept of a profile.
    struct Entry: Sendable {
        let version: Version
        /// When the profile was last seen to be in this version.
        fileprivate(set) var seenAt: ContinuousClock.Instant
        fileprivate(set) var values: [UInt32]
        let work: [WorkYears.Span]
        /// It has more values than are kept.
        let isLarge: Bool

        var bytes: Int { 120 + 4 * self.values.count + MemoryLayout<WorkYears.Span>.stride * self.work.count }
    }

    private var numbers: [Text: UInt32] = [:]
    private var fields: [UInt8] = []
    private var spellings: [String] = []
    /// Of each text the number of what it is folded to.
    private var groups: [UInt32] = []
    private var groupNumbers: [Text: UInt32] = [:]
    private var foldings: [String] = []
    private var entries: [UUID: Entry] = [:]
    /// About what it takes in memory.
    private(set) var bytes = 0

    func entry(_ profile: UUID) -> Entry? { self.entries[profile] }

    mutating func put(_ profile: FacetProfile, _ values: [Value], work: [WorkYears.Span], isLarge: Bool) {
        let numbers = values.map { self.number($0) }
        let entry = Entry(
            version: profile.version,
            seenAt: profile.seenAt,
            values: numbers,
            work: work,
            isLarge: isLarge
        )
        self.put(profile.id, entry)
    }

    /// - Returns: Whether there is an entry of this version.
    mutating func see(_ profile: FacetProfile) -> Bool {
        guard let place = self.entries.index(forKey: profile.id), self.entries.values[place].version == profile.version
        else { return false }
        self.entries.values[place].seenAt = max(self.entries.values[place].seenAt, profile.seenAt)
        return true
    }

    /// Takes an entry over from another one.
    mutating func put(_ profile: UUID, _ entry: Entry, from other: FacetShelf) {
        var entry = entry
        entry.values = entry.values.map { number in
            let (place, group) = (Int(number), Int(other.groups[Int(number)]))
            return self.number(
                Value(
                    spelling: Text(field: other.fields[place], text: other.spellings[place]),
                    folded: other.foldings[group]
                )
            )
        }
        self.put(profile, entry)
    }

    private mutating func put(_ profile: UUID, _ entry: Entry) {
        self.bytes += entry.bytes
        if let known = self.entries.updateValue(entry, forKey: profile) { self.bytes -= known.bytes }
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
            self.bytes += 96 + value.folded.utf8.count
        }
        let number = UInt32(self.spellings.count)
        self.numbers[value.spelling] = number
        self.fields.append(value.spelling.field)
        self.spellings.append(value.spelling.text)
        self.groups.append(group)
        self.bytes += 96 + value.spelling.text.utf8.count
        return number
    }

    // MARK: Counting

    /// How many profiles have each of the values of some fields.
    ///
    /// - Parameters:
    ///   - profiles: Each has an entry, and each stands there once.
    ///   - most: Of each field so many values at most, the most frequent ones; `nil` for all.
    ///   - today: As `WorkYears` takes it.
    func tally(_ profiles: [UUID], _ wanted: Set<UInt8>, most: Int?, today: Int) -> FacetTally {
        var isWanted = [Bool](repeating: false, count: Int(UInt8.max) + 1)
        for field in wanted { isWanted[Int(field)] = true }
        var spelt = [Int32](repeating: 0, count: self.spellings.count)
        var held = [Int32](repeating: 0, count: self.foldings.count)
        var lastHolder = [Int32](repeating: -1, count: self.foldings.count)
        var seen: [UInt32] = []
        var years: [String: Int64] = [:]
        let withYears = isWanted[FacetField.workYearsNumber]
        for (place, profile) in profiles.enumerated() {
            guard let entry = self.entries[profile] else { continue }
            for value in entry.values {
                let number = Int(value)
                guard isWanted[Int(self.fields[number])] else { continue }
                if spelt[number] == 0 { seen.append(value) }
                spelt[number] += 1
                let group = Int(self.groups[number])
                // Who writes a value in two ways has it once.
                guard lastHolder[group] != Int32(place) else { continue }
                lastHolder[group] = Int32(place)
                held[group] += 1
            }
            if withYears, let name = WorkYears.name(of: entry.work, today: today) { years[name, default: 0] += 1 }
        }
        var tally = FacetTally()
        for value in self.first(most, self.spelledMost(seen, spelt), held) {
            let group = Int(self.groups[Int(value)])
            tally.add(
                FacetTally.Count(
                    folded: self.foldings[group],
                    text: self.spellings[Int(value)],
                    profiles: Int64(held[group])
                ),
                to: Int(self.fields[Int(value)])
            )
        }
        for (name, profiles) in years {
            tally.add(FacetTally.Count(folded: name, text: name, profiles: profiles), to: FacetField.workYearsNumber)
        }
        return tally
    }

    /// Of the spellings that are folded to one text the one that most profiles have.
    private func spelledMost(_ seen: [UInt32], _ spelt: [Int32]) -> [UInt32] {
        // One more than the number of the spelling; 0 for none.
        var best = [UInt32](repeating: 0, count: self.foldings.count)
        var groups: [Int] = []
        for value in seen {
            let group = Int(self.groups[Int(value)])
            guard best[group] != 0 else {
                best[group] = value + 1
                groups.append(group)
                continue
            }
            let known = Int(best[group]) - 1
            let (count, other) = (spelt[Int(value)], spelt[known])
            let isFirst = self.spellings[Int(value)].precedes(self.spellings[known])
            if count > other || count == other && isFirst { best[group] = value + 1 }
        }
        return groups.map { best[$0] - 1 }
    }

    /// Those of some spellings, each of another text, that are among the first of their fields.
    private func first(_ most: Int?, _ values: [UInt32], _ held: [Int32]) -> [UInt32] {
        guard let most else { return values }
        // Few values are frequent: how many profiles the last of the first ones has is found by numbers alone.
        var frequencies: [UInt8: [Int32]] = [:]
        for value in values {
            frequencies[self.fields[Int(value)], default: []].append(held[Int(self.groups[Int(value)])])
        }
        let least = frequencies.mapValues { counts in
            counts.count <= most ? 0 : counts.sorted(by: >)[most - 1]
        }
        return values.filter { held[Int(self.groups[Int($0)])] >= least[self.fields[Int($0)], default: 0] }
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
