internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Values of profiles as a view shows them, to be remembered with the version that they were read in. What is hidden changes the version
/// too: then they are read once more, and are the same.
extension FacetCounter {
    ///
    /// - Returns: As `FacetMemory.remember`; what is left is not read then.
    func read(_ ids: [UUID], through view: View) async throws(RepositoryError) -> Bool {
        let shown = ShownProfiles(view: view, reads: self.reads)
        var left = ids
        while !left.isEmpty {
            let now = Moment.now
            let (profiles, others) = try await shown.stored(left)
            left = others
            // Off the event loop that the caller may be on.
            let given = await withTaskExecutorPreference(globalConcurrentExecutor) {
                RememberedValues(profiles, through: view, seenAt: now)
            }
            let result = try await self.reads.query(
                FacetStatements.folded,
                Parameters(given.places, given.fields, given.texts)
            )
            let readings = try readRows { () throws(DatabaseError) in try given.readings(folded: result) }
            guard self.memory.remember(readings) else { return false }
        }
        return true
    }
}

/// What some profiles have of all fields that are remembered, as `FacetStatements.folded` takes it.
private struct RememberedValues: Sendable {
    /// With their experiences, without their values.
    private var withoutValues: [FacetMemory.Reading] = []
    /// From 0.
    private(set) var places: [Int32] = []
    private(set) var fields: [Int16] = []
    private(set) var texts: [String] = []

    /// - Parameter profiles: As they are stored.
    init(_ profiles: [Profile], through view: View, seenAt now: Moment) {
        for stored in profiles {
            guard let id = UUID(text: stored.id), let updated = stored.updateTime else { continue }
            let version = FacetShelf.Version(
                revision: stored.revision,
                updatedAt: PostgresTimestamp(unixSeconds: updated.seconds, nanoseconds: updated.nanos)
            )
            var reading = FacetMemory.Reading(profile: FacetProfile(id: id, version: version, seenAt: now))
            let profile = view.shown(stored)
            let values = FacetValues.remembered(of: profile)
            reading.isLarge = values.reduce(0) { $0 + $1.texts.count } > FacetMemory.profileValuesMax
            if !reading.isLarge {
                reading.work = WorkYears.spans(of: profile.experiences)
                for (field, texts) in values {
                    for text in texts { self.add(text, field, Int32(self.withoutValues.count)) }
                }
            }
            self.withoutValues.append(reading)
        }
    }

    private mutating func add(_ text: String, _ field: Int, _ place: Int32) {
        self.places.append(place)
        self.fields.append(Int16(field))
        self.texts.append(String(String.UnicodeScalarView(text.unicodeScalars.prefix(FacetValues.charactersMax))))
    }

    func readings(folded result: borrowing QueryResult) throws(DatabaseError) -> [FacetMemory.Reading] {
        var readings = self.withoutValues
        for row in 0..<result.rowCount {
            let field: Int16 = try result.value(row, 0)
            let value = FacetShelf.Value(
                spelling: .init(field: UInt8(field), text: try result.value(row, 1)),
                folded: try result.value(row, 2)
            )
            for place in try result.value(row, 3, as: [Int32].self) { readings[Int(place)].values.append(value) }
        }
        return readings
    }
}
