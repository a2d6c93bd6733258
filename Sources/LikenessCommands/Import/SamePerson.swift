internal import LikenessMessages

/// Whether a stored profile that a key names is the person of a document: what is there to be believed beside the key.
enum SamePerson: Equatable {
    case same
    /// Another name, and good reasons to think that it is the same person still.
    case renamed
    /// What speaks against it weighs more than the key.
    case stranger(Contradiction)

    enum Contradiction: String {
        case lives = "another name and no experience in common"
        case addresses = "another name and another e-mail address"
    }

    static func judge(_ document: Profile, stored: Profile) -> SamePerson {
        let likeness = PersonName(document.displayName).likeness(to: PersonName(stored.displayName))
        if likeness == .same { return .same }
        let (emails, others) = (ResumeReader.emails(in: document), ResumeReader.emails(in: stored))
        if !emails.isEmpty, !others.isEmpty, emails.isDisjoint(with: others) { return .stranger(.addresses) }
        let common = Set(stored.experiences.compactMap(\.fact)).intersection(document.experiences.compactMap(\.fact))
        if !common.isEmpty { return .renamed }
        // Two people called John who share a mailbox have lives of their own; one who has none to compare has a first name.
        let isComparable = !stored.experiences.isEmpty && !document.experiences.isEmpty
        return likeness == .partial && !isComparable ? .renamed : .stranger(.lives)
    }
}

/// What two people do not have in common: what they were, where, and from when on. A place alone is that of colleagues.
struct ExperienceFact: Hashable {
    fileprivate let title: String
    fileprivate let organization: String
    fileprivate let start: PartialDate
}

extension Experience {
    /// `nil` without a start, or without a title and an organization.
    var fact: ExperienceFact? {
        guard let start = self.startDate, !self.title.isEmpty || !self.organization.isEmpty else { return nil }
        return ExperienceFact(
            title: self.title.lettersAndDigits,
            organization: self.organization.lettersAndDigits,
            start: start
        )
    }
}
