internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Stored profiles that the items of a batch may mean, and which of them an item does mean.
///
/// An item is found by its identity, or else by its slug, or else by its id; never by its name. Whatever could be two
/// people is refused, not merged.
struct ProfileMatch: Sendable {
    private var byID: [String: Profile] = [:]
    private var bySlug: [String: Profile] = [:]
    /// Of each identity the live profile, or else a deleted one.
    private var byIdentity: [String: Profile] = [:]

    /// - Parameter ids: Of the profiles with an identity, which `ProfileStatements.identified` answers.
    static func keys(_ wanted: [Profile]) -> (ids: [UUID], slugs: [String], identities: [UUID]) {
        (
            ids: wanted.filter { $0.slug.isEmpty && $0.identityId.isEmpty }.compactMap { UUID(uuidString: $0.id) },
            // A NUL costs the item that has it, not the statement that reads for all.
            slugs: wanted.map(\.slug).filter { !$0.isEmpty && !$0.utf8.contains(0) },
            identities: wanted.compactMap { UUID(uuidString: $0.identityId) }
        )
    }

    init(_ found: [Profile]) {
        for profile in found {
            self.byID[profile.id] = profile
            self.bySlug[profile.slug] = profile
            guard !profile.identityId.isEmpty else { continue }
            if self.byIdentity[profile.identityId] == nil || profile.deleteTime == nil {
                self.byIdentity[profile.identityId] = profile
            }
        }
    }

    /// - Returns: The live profile that is meant; `nil` when none is stored.
    /// - Throws: `.deleted`; `.alreadyExists(field: "slug")` when the slug is that of a profile with another identity.
    func stored(for wanted: Profile) throws(RepositoryError) -> Profile? {
        let identity = UUID(uuidString: wanted.identityId)?.text ?? ""
        let named = wanted.slug.isEmpty ? nil : self.bySlug[wanted.slug]
        let match: Profile?
        if !identity.isEmpty {
            if let named, !named.identityId.isEmpty, named.identityId != identity {
                throw .alreadyExists(field: "slug")
            }
            let same = self.byIdentity[identity]
            if let named, let same, same.deleteTime == nil, same.id != named.id { throw .alreadyExists(field: "slug") }
            match = same.flatMap { $0.deleteTime == nil ? $0 : nil } ?? named ?? same
        } else if !wanted.slug.isEmpty {
            match = named
        } else {
            match = UUID(uuidString: wanted.id).flatMap { self.byID[$0.text] }
        }
        guard let match else { return nil }
        guard match.deleteTime == nil else { throw .deleted(match.slug) }
        return match
    }
}

extension Profile {
    /// This item as the next revision of a stored profile: what it leaves out of its keys stays.
    func replacing(_ stored: Profile) -> Profile {
        var next = self
        if next.slug.isEmpty { next.slug = stored.slug }
        if next.identityId.isEmpty { next.identityId = stored.identityId }
        if next.attributesJson.isEmpty { next.attributesJson = "{}" }
        return next
    }
}
