internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS

/// Which roles a peer has by the names in its certificate.
///
/// A name counts only in the kind it was given as: `URI:likeness` and `DNS:likeness` are two names.
struct RoleAssignment: Sendable {
    private let roles: [String: Role]

    init(_ configuration: ServerConfiguration.Roles) {
        var roles: [String: Role] = [:]
        for (role, names) in [
            (Role.reader, configuration.reader), (.writer, configuration.writer), (.admin, configuration.admin),
        ] {
            for name in names { roles[name] = max(roles[name] ?? role, role) }
        }
        self.roles = roles
    }

    /// The highest role of the peer's names and every role below it.
    func roles(of peer: PeerIdentity) -> Set<Role> {
        // Two URI names are two identities: which one calls is anybody's guess (gRPC proposal A87 refuses them too).
        guard let certificate = peer.certificate, certificate.uriNames.count <= 1 else { return [.none] }
        let names = certificate.uriNames.map { "URI:\($0)" } + certificate.dnsNames.map { "DNS:\($0)" }
        let highest = names.compactMap { self.roles[$0] }.max() ?? .none
        return Set(Role.allCases.filter { $0 <= highest })
    }
}
