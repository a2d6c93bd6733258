import LikenessServer

/// Roles that several tests use.
enum ServerConfigurationRoles {
    static let readersAndAdmins = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        writer: [],
        reader: ["URI:spiffe://test/reader"]
    )
}
