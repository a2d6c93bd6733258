internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Some keys, as statements take them: ids and slugs. What else names a profile is looked up first, see ``KeyLookup``.
struct Keys: Sendable {
    private let keys: [ProfileKey]
    private(set) var ids: [UUID] = []
    private(set) var slugs: [String] = []
    /// The profiles of keys that are neither an id nor a present slug, by the places of the keys.
    private(set) var lookedUp: [Int: UUID] = [:]

    /// - Parameter path: Of the list in the request; without one the keys are `keys`, or the only one `key`.
    /// - Throws: `.invalidField` for a key that is empty or no UUID.
    init(_ keys: [ProfileKey], path list: String? = nil) throws(RepositoryError) {
        self.keys = keys
        for (index, key) in keys.enumerated() {
            let path = list == nil && keys.count == 1 ? "key" : "\(list ?? "keys")[\(index)]"
            switch key.key {
            case .id(let text): self.ids.append(try UUID(text: text, path: path + ".id"))
            case .slug(let text): self.slugs.append(text)
            case .externalId: break
            case nil: throw .invalidField(path: path, reason: "names no profile")
            }
        }
    }

    init(id: String) throws(RepositoryError) { try self.init([ProfileKey(key: .id(id))]) }

    /// The places of keys that are external ids, with those.
    var externalIDs: [(place: Int, externalID: ExternalId)] {
        self.keys.enumerated().compactMap { place, key in
            if case .externalId(let id)? = key.key { (place, id) } else { nil }
        }
    }

    /// The places of keys that are slugs, with those.
    private var slugsByPlace: [(place: Int, slug: String)] {
        self.keys.enumerated().compactMap { place, key in
            if case .slug(let slug)? = key.key { (place, slug) } else { nil }
        }
    }

    /// The places of keys that are slugs which none of some profiles has, with those.
    func slugs(without found: [Profile]) -> [(place: Int, slug: String)] {
        guard !self.slugs.isEmpty else { return [] }
        let present = Set(found.map(\.slug))
        return self.slugsByPlace.filter { !present.contains($0.slug) && self.lookedUp[$0.place] == nil }
    }

    /// The profile that the key at a place was found to name.
    mutating func found(_ profile: UUID, at place: Int) {
        self.lookedUp[place] = profile
        self.ids.append(profile)
    }

    /// What a key was given as.
    func text(at index: Int) -> String { self.keys[index].text }

    /// Which keys name a profile.
    func indices(of profile: Profile) -> [Int] {
        self.keys.indices.filter { index in
            if let id = self.lookedUp[index] { return id.text == profile.id }
            return switch self.keys[index].key {
            case .id(let text): text.lowercased() == profile.id
            case .slug(let text): text == profile.slug
            case .externalId, nil: false
            }
        }
    }

    /// The profile of each key, in the order of the keys.
    func pick(from found: [Profile]) -> [Profile?] {
        guard found.count > 1 else {
            // What most reads find: no tables for one profile.
            var picked = [Profile?](repeating: nil, count: self.keys.count)
            for profile in found { for index in self.indices(of: profile) { picked[index] = profile } }
            return picked
        }
        let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let bySlug = Dictionary(found.map { ($0.slug, $0) }, uniquingKeysWith: { first, _ in first })
        return self.keys.enumerated().map { index, key in
            if let id = self.lookedUp[index] { return byID[id.text] }
            return switch key.key {
            case .id(let text): byID[text.lowercased()]
            case .slug(let text): bySlug[text]
            case .externalId, nil: nil
            }
        }
    }
}

extension ProfileKey {
    /// The key in one text, for errors: `crm:42` for an external id, as the command line takes it.
    package var text: String {
        switch self.key {
        case .id(let text), .slug(let text): text
        case .externalId(let id): "\(id.system):\(id.id)"
        case nil: ""
        }
    }

    /// The slug of this key where a profile that it named has another one.
    package func redirected(to slug: String) -> String {
        if case .slug(let asked)? = self.key, asked != slug { asked } else { "" }
    }
}
