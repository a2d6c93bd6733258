internal import LikenessMessages

/// Whether a stored profile that a key names is the person of a document: what is there to be believed beside the key.
enum SamePerson: Equatable {
    case same
    /// Another name, and good reasons to think that it is the same person still.
    case renamed
    /// Nothing but the key speaks for it.
    case stranger

    /// - Parameter experiences: The stored ones; asked for only when the names leave a doubt.
    static func judge<Failure: Error>(
        _ document: Profile,
        storedName: String,
        experiences: () async throws(Failure) -> [Experience]
    ) async throws(Failure) -> SamePerson {
        let likeness = PersonName(document.displayName).likeness(to: PersonName(storedName))
        if likeness == .same { return .same }
        let stored = try await experiences()
        let common = Set(stored.compactMap(Self.fact)).intersection(document.experiences.compactMap(Self.fact))
        if !common.isEmpty { return .renamed }
        // Two people called John who share a mailbox have lives of their own; one who has none to compare has a first name.
        let isComparable = !stored.isEmpty && !document.experiences.isEmpty
        return likeness == .partial && !isComparable ? .renamed : .stranger
    }

    /// What two people do not have in common: what they were, where, and from when on. A place alone is that of colleagues.
    private struct Fact: Hashable {
        let title: String
        let organization: String
        let start: PartialDate
    }

    private static func fact(_ experience: Experience) -> Fact? {
        guard let start = experience.startDate, !experience.title.isEmpty || !experience.organization.isEmpty
        else { return nil }
        func folded(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
        return Fact(title: folded(experience.title), organization: folded(experience.organization), start: start)
    }
}
