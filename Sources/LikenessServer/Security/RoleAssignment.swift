internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS

/// Which roles a peer has by the names in its certificate.
///
/// A name counts only in the kind it was given as: `URI:likeness` and `DNS:likeness` are two names.
struct RoleAssignment: Sendable {
    private let roles: [String: Set<Role>]

    init(_ configuration: ServerConfiguration.Roles) {
        var roles: [String: Set<Role>] = [:]
        for (role, names) in [
            (Role.reader, configuration.reader), (.writer, configuration.writer), (.admin, configuration.admin),
            (.monitor, configuration.monitor),
        ] {
            for name in names { roles[name, default: []].formUnion(role.included) }
        }
        self.roles = roles
    }

    /// The roles of all of the peer's names, and what they include.
    func roles(of peer: PeerIdentity) -> Set<Role> {
        // Two URI names are two identities: which one calls is anybody's guess (gRPC proposal A87 refuses them too).
        guard let certificate = peer.certificate, certificate.uriNames.count <= 1 else { return [.none] }
        let names = certificate.uriNames.map { "URI:\($0)" } + certificate.dnsNames.map { "DNS:\($0)" }
        return names.compactMap { self.roles[$0] }.reduce(into: [.none]) { $0.formUnion($1) }
    }
}
