internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Stored profiles that the items of a batch may mean, and which of them an item does mean.
///
/// An item is found by its identity, or else by an external id, or else by its slug, or else by its id; never by its name. Whatever
/// could be two people is refused, not merged.
struct ProfileMatch: Sendable {
    /// The profile that an item means.
    struct Found: Sendable {
        let profile: Profile
        /// The item's slug, where the profile had it before and was found by it.
        var redirectedFrom = ""
    }

    /// What items are looked for by.
    struct Keys: Sendable {
        /// Also of the profiles with an identity, an external id or a former slug, once those are read.
        var ids: [UUID]
        let slugs: [String]
        let identities: [UUID]
        let externalIDs: [ExternalId]

        init(_ wanted: [Profile]) {
            self.ids = wanted.filter { $0.slug.isEmpty && $0.identityId.isEmpty }.compactMap { UUID(text: $0.id) }
            // A NUL costs the item that has it, not the statement that reads for all.
            self.slugs = wanted.map(\.slug).filter { !$0.isEmpty && !$0.utf8.contains(0) }
            self.identities = wanted.compactMap { UUID(text: $0.identityId) }
            self.externalIDs = wanted.flatMap(\.externalIds).filter {
                !$0.system.utf8.contains(0) && !$0.id.utf8.contains(0)
            }
        }

        var isEmpty: Bool { self.ids.isEmpty && self.slugs.isEmpty }
    }

    private var byID: [String: Profile] = [:]
    private var bySlug: [String: Profile] = [:]
    /// Of each identity the live profile, or else a deleted one.
    private var byIdentity: [String: Profile] = [:]
    /// Of each external id the live profile, or else a deleted one.
    private var byExternalID: [ExternalId: Profile] = [:]
    /// Ids of the profiles that had slugs which none has now.
    private let formerSlugs: [String: String]

    init(_ found: [Profile], formerSlugs: [String: String] = [:]) {
        self.formerSlugs = formerSlugs
        for profile in found {
            self.byID[profile.id] = profile
            self.bySlug[profile.slug] = profile
            for externalID in profile.externalIds
            where self.byExternalID[externalID] == nil || profile.deleteTime == nil {
                self.byExternalID[externalID] = profile
            }
            guard !profile.identityId.isEmpty else { continue }
            if self.byIdentity[profile.identityId] == nil || profile.deleteTime == nil {
                self.byIdentity[profile.identityId] = profile
            }
        }
    }

    /// - Returns: The live profile that is meant; `nil` when none is stored.
    /// - Throws: `.deleted`; `.alreadyExists` naming the key that is that of another profile than an earlier key names, of one with
    ///   another identity, or of one with another id than the item gives.
    func stored(for wanted: Profile) throws(RepositoryError) -> Found? {
        guard let match = try self.match(for: wanted) else { return nil }
        guard match.profile.deleteTime == nil else { throw .deleted(match.profile.slug) }
        // An id is that of one profile for ever: a key that leads to another profile is another person's.
        if let id = UUID(text: wanted.id), id.text != match.profile.id {
            throw .alreadyExists(field: Self.key(of: wanted, naming: match))
        }
        return match
    }

    /// The field by which an item's profile was found.
    private static func key(of wanted: Profile, naming match: Found) -> String {
        if UUID(text: wanted.identityId)?.text == match.profile.identityId { return "identity_id" }
        let index = wanted.externalIds.firstIndex { match.profile.externalIds.contains($0) }
        return index.map { "external_ids[\($0)]" } ?? "slug"
    }

    private func match(for wanted: Profile) throws(RepositoryError) -> Found? {
        let identity = UUID(text: wanted.identityId)?.text ?? ""
        let named = wanted.slug.isEmpty ? nil : self.bySlug[wanted.slug]
        let identified = identity.isEmpty ? nil : self.byIdentity[identity]
        let live = identified.flatMap { $0.deleteTime == nil ? $0 : nil }
        let held = try self.holder(of: wanted, identity: identity, identified: live)
        if let named {
            if !identity.isEmpty, !named.identityId.isEmpty, named.identityId != identity {
                throw .alreadyExists(field: "slug")
            }
            if let known = live ?? held.live, known.id != named.id { throw .alreadyExists(field: "slug") }
        }
        if let known = live ?? held.live ?? named {
            // A feed that has not heard of the other slug does not change it back.
            let isFormer = named == nil && !wanted.slug.isEmpty && self.formerSlugs[wanted.slug] == known.id
            return Found(profile: known, redirectedFrom: isFormer ? wanted.slug : "")
        }
        if let moved = self.moved(wanted.slug, identity: identity) {
            return Found(profile: moved, redirectedFrom: wanted.slug)
        }
        if let deleted = identified ?? held.deleted { return Found(profile: deleted) }
        guard identity.isEmpty, wanted.slug.isEmpty else { return nil }
        return UUID(text: wanted.id).flatMap { self.byID[$0.text] }.map { Found(profile: $0) }
    }

    /// The profile that had the slug, where nothing says that it is another person.
    private func moved(_ slug: String, identity: String) -> Profile? {
        guard let profile = self.formerSlugs[slug].flatMap({ self.byID[$0] }) else { return nil }
        return identity.isEmpty || profile.identityId.isEmpty || profile.identityId == identity ? profile : nil
    }

    /// The profile with an item's external ids: the live one, or else a deleted one.
    ///
    /// - Parameter identified: The live one with its identity.
    /// - Throws: `.alreadyExists` where they are those of two people.
    private func holder(
        of wanted: Profile,
        identity: String,
        identified: Profile?
    ) throws(RepositoryError) -> (live: Profile?, deleted: Profile?) {
        var found: (live: Profile?, deleted: Profile?) = (nil, nil)
        for (index, externalID) in wanted.externalIds.enumerated() {
            guard let holder = self.byExternalID[externalID] else { continue }
            guard holder.deleteTime == nil else {
                found.deleted = found.deleted ?? holder
                continue
            }
            let isAnother = identified ?? found.live
            let hasOtherIdentity = !identity.isEmpty && !holder.identityId.isEmpty && holder.identityId != identity
            guard !hasOtherIdentity, isAnother == nil || isAnother?.id == holder.id else {
                throw .alreadyExists(field: "external_ids[\(index)]")
            }
            found.live = holder
        }
        return found
    }
}

extension Profile {
    /// This item as the next revision of a stored profile: what it leaves out of its keys stays.
    func replacing(_ stored: Profile) -> Profile {
        var next = self
        if next.slug.isEmpty { next.slug = stored.slug }
        if next.identityId.isEmpty { next.identityId = stored.identityId }
        if next.attributesJson.isEmpty { next.attributesJson = "{}" }
        next.externalIds = Self.merged(stored.externalIds, self.externalIds)
        return next
    }

    /// Stored external ids with those of an item: of a system that the item names, only its ids remain.
    private static func merged(_ stored: [ExternalId], _ wanted: [ExternalId]) -> [ExternalId] {
        let systems = Set(wanted.map(\.system))
        let kept = stored.filter { !systems.contains($0.system) || wanted.contains($0) }
        return kept + wanted.filter { !kept.contains($0) }
    }

    /// Whether both have ids of one system, and none in common: two people.
    func contradicts(externalIDsOf other: Profile) -> Bool {
        Set(self.externalIds.map(\.system)).contains { system in
            let ids = Set(self.externalIds.filter { $0.system == system }.map(\.id))
            let others = Set(other.externalIds.filter { $0.system == system }.map(\.id))
            return !others.isEmpty && ids.isDisjoint(with: others)
        }
    }
}
