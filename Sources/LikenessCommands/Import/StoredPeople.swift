internal import LikenessClient
internal import LikenessMessages

/// Reads whom the keys of documents name in the store.
struct StoredPeople {
    private let client: LikenessClient
    private let options: CallOptions
    /// Of the last write: a replica that has not seen it does not answer.
    var consistencyToken = ""

    /// Well within what a filter may hold.
    static let countMax = 50
    private static let pagesMax = 50

    init(client: LikenessClient, options: CallOptions) {
        self.client = client
        self.options = options
    }

    /// The live profile of each key that has one: an id, an identity, an external id, or else a slug.
    ///
    /// - Parameter profiles: At most `countMax`.
    func named(by profiles: [Profile]) async throws -> [String: Profile] {
        let identities = Set(profiles.map(\.identityId).filter { !$0.isEmpty }).sorted()
        let slugs = Set(profiles.filter(\.isNamedBySlug).map(\.slug).filter { !$0.isEmpty }).sorted()
        var keys = slugs.map { ProfileKey(key: .slug($0)) }
        keys += Set(profiles.map(\.id).filter { !$0.isEmpty }).map { ProfileKey(key: .id($0)) }
        keys += Set(profiles.flatMap(\.externalIds)).map { ProfileKey(key: .externalId($0)) }
        if !identities.isEmpty {
            var request = ListProfilesRequest(
                pageSize: Int32(Self.countMax),
                filter: identities.map { #"identity_id = "\#($0)""# }.joined(separator: " OR "),
                consistencyToken: self.consistencyToken
            )
            for _ in 0..<Self.pagesMax {
                let page = try await self.client.profiles.listProfiles(request, options: self.options)
                keys += page.profiles.map { ProfileKey(key: .id($0.id)) }
                request.pageToken = page.nextPageToken
                if request.pageToken.isEmpty { break }
            }
        }
        var named: [String: Profile] = [:]
        while !keys.isEmpty {
            named.merge(try await self.read(Array(keys.prefix(Self.keysMax)))) { first, _ in first }
            keys.removeFirst(min(keys.count, Self.keysMax))
        }
        return named
    }

    /// What the contract takes at once.
    private static let keysMax = 200

    /// What an import judges by, and what it keeps. Items that had no room in an answer are asked for again.
    private func read(_ keys: [ProfileKey]) async throws -> [String: Profile] {
        var named: [String: Profile] = [:]
        var rest = keys
        while !rest.isEmpty {
            let response = try await self.client.profiles.batchGetProfiles(
                .init(
                    keys: rest,
                    readMask: .init(paths: [
                        "id", "identity_id", "slug", "display_name", "headline", "summary", "location", "tags",
                        "keywords", "attributes_json",
                        "experiences", "skills", "external_ids", "revision", "delete_time",
                    ]),
                    consistencyToken: self.consistencyToken
                ),
                options: self.options
            )
            var withoutRoom: [ProfileKey] = []
            for (key, item) in zip(rest, response.results) {
                switch item.result {
                case .profile(let profile)? where profile.deleteTime == nil:
                    if !profile.identityId.isEmpty { named[profile.identityId] = profile }
                    named[profile.slug] = profile
                    named[Profile.storedKey(ofID: profile.id)] = profile
                    if !item.redirectedFrom.isEmpty { named[item.redirectedFrom] = profile }
                    for externalID in profile.externalIds { named[ProfileKey(externalID).argument] = profile }
                case .error(let status)? where status.code == Self.exhausted && rest.count > 1: withoutRoom.append(key)
                case .error(let status)? where status.code != Self.notFound:
                    throw CommandFailure(
                        "who is stored cannot be read: \(status.message)",
                        exitCode: 64 + status.code
                    )
                default: break
                }
            }
            // None had room: one by one, so that it ends.
            if withoutRoom.count == rest.count {
                for key in rest { named.merge(try await self.read([key])) { first, _ in first } }
                break
            }
            rest = withoutRoom
        }
        return named
    }

    private static let exhausted = Int32(LikenessError.Code.resourceExhausted.rawValue)
    private static let notFound = Int32(LikenessError.Code.notFound.rawValue)
}

extension Profile {
    /// The stored profile that the service finds by this one's keys: its id, its identity, an external id, or else its slug.
    ///
    /// - Parameter stored: By key, as `StoredPeople` reads them.
    func found(among stored: [String: Profile]) -> Profile? { self.allFound(among: stored).first?.profile }

    /// A slug that was exported is one's own; one that a file has beside an identity may be anyone's.
    fileprivate var isNamedBySlug: Bool { self.identityId.isEmpty || !self.id.isEmpty }

    /// Apart from slugs, which may look like ids.
    fileprivate static func storedKey(ofID id: String) -> String { "id \(id)" }

    /// All that its keys name, each once with the first key that does. Keys of two people are a mistake in the file or in the store.
    func allFound(among stored: [String: Profile]) -> [(key: String, profile: Profile)] {
        let keys =
            [self.id].filter { !$0.isEmpty }.map(Self.storedKey(ofID:))
            + [self.identityId].filter { !$0.isEmpty } + self.externalIds.map { ProfileKey($0).argument }
            + [self.slug].filter { !$0.isEmpty && self.isNamedBySlug }
        var ids: Set<String> = []
        return keys.compactMap { key in
            stored[key].flatMap { ids.insert($0.id).inserted ? (key, $0) : nil }
        }
    }
}
