internal import FoundationEssentials
internal import LikenessMessages

/// The ids and slugs among some keys.
struct Keys: Sendable {
    private let keys: [ProfileKey]
    private(set) var ids: [UUID] = []
    private(set) var slugs: [String] = []

    /// - Parameter path: Of the list in the request; without one the keys are `keys`, or the only one `key`.
    /// - Throws: `.invalidField` for a key that is empty or no UUID.
    init(_ keys: [ProfileKey], path list: String? = nil) throws(RepositoryError) {
        self.keys = keys
        for (index, key) in keys.enumerated() {
            let path = list == nil && keys.count == 1 ? "key" : "\(list ?? "keys")[\(index)]"
            switch key.key {
            case .id(let text): self.ids.append(try UUID(text: text, path: path + ".id"))
            case .slug(let text): self.slugs.append(text)
            case nil: throw .invalidField(path: path, reason: "names no profile")
            }
        }
    }

    init(id: String) throws(RepositoryError) { try self.init([ProfileKey(key: .id(id))]) }

    /// What a key was given as.
    func text(at index: Int) -> String {
        switch self.keys[index].key {
        case .id(let text), .slug(let text): text
        case nil: ""
        }
    }

    /// Which keys name a profile.
    func indices(of profile: Profile) -> [Int] {
        self.keys.indices.filter { index in
            switch self.keys[index].key {
            case .id(let text): text.lowercased() == profile.id
            case .slug(let text): text == profile.slug
            case nil: false
            }
        }
    }

    /// The profile of each key, in the order of the keys.
    func pick(from found: [Profile]) -> [Profile?] {
        let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let bySlug = Dictionary(found.map { ($0.slug, $0) }, uniquingKeysWith: { first, _ in first })
        return self.keys.map { key in
            switch key.key {
            case .id(let text): byID[text.lowercased()]
            case .slug(let text): bySlug[text]
            case nil: nil
            }
        }
    }
}

extension ProfileKey {
    /// The key as the caller wrote it, for errors.
    var text: String {
        switch self.key {
        case .id(let text), .slug(let text): text
        case nil: ""
        }
    }
}
