internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS

/// Which stored views the callers with some certificates are bound to.
struct BoundMasks: Sendable {
    private let masks: [String: [String]]

    /// All that callers who are bound to a mask may call: what passes through it, and what is the same for everybody.
    static let methods: [MethodInfo] =
        [
            ProfileServiceMethods.getProfile.info, ProfileServiceMethods.batchGetProfiles.info,
            ProfileServiceMethods.listProfiles.info, ProfileServiceMethods.watchProfiles.info,
            ProfileServiceMethods.exportProfiles.info,
            SearchServiceMethods.query.info,
            SearchServiceMethods.queryBatch.info,
            SearchServiceMethods.queryStream.info, SearchServiceMethods.explainQuery.info,
            SearchServiceMethods.suggest.info, AdminServiceMethods.selectMask.info,
            AdminServiceMethods.getHealth.info, AdminServiceMethods.getVersion.info,
        ] + SavedSearchServiceMethods.all

    init(_ roles: ServerConfiguration.Roles) {
        self.masks = Dictionary(grouping: roles.masks.compactMap { Binding($0) }, by: \.certificate)
            .mapValues { $0.map(\.mask) }
    }

    /// Those of every name in the peer's certificate, also where the names together have no role.
    func names(for peer: PeerIdentity) -> [String] {
        guard !self.masks.isEmpty, let certificate = peer.certificate else { return [] }
        var masks: [String] = []
        for name in certificate.uriNames.map({ "URI:\($0)" }) + certificate.dnsNames.map({ "DNS:\($0)" }) {
            for mask in self.masks[name] ?? [] where !masks.contains(mask) { masks.append(mask) }
        }
        return masks
    }

    /// `URI:spiffe://example.org/web=public`: a name of a certificate and the mask that its callers are bound to.
    struct Binding {
        let certificate: String
        let mask: String

        init?(_ text: String) {
            guard let equals = text.lastIndex(of: "=") else { return nil }
            self.certificate = String(text[..<equals])
            self.mask = String(text[text.index(after: equals)...])
        }
    }

    /// What is wrong with `roles.masks`.
    static func problems(_ roles: ServerConfiguration.Roles) -> [String] {
        roles.masks.compactMap { text in
            guard let binding = Binding(text) else {
                return "roles.masks: \"\(text)\" is not NAME=MASK, as in \"URI:spiffe://example.org/web=public\""
            }
            if let problem = Self.problem(withMask: binding.mask) { return "roles.masks: \"\(text)\" \(problem)" }
            guard roles.reader.contains(binding.certificate) else {
                return
                    "roles.masks: \"\(binding.certificate)\" is not in roles.reader: only readers are bound to a mask"
            }
            return nil
        }
    }

    /// Why no mask can have such a name; whether there is one is looked up with each call.
    static func problem(withMask name: String) -> String? {
        let violations = Mask(name: name).violations()
        return violations.isEmpty ? nil : "names no mask: lower-case letters, digits and single hyphens"
    }
}
