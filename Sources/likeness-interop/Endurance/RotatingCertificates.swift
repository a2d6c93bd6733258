internal import Foundation
internal import LikenessClient
internal import LikenessInterop
internal import LikenessTLS

/// Certificates on disk that are exchanged for new ones.
struct RotatingCertificates {
    private let folder: String
    private let authority: CertificateAuthority
    let files: InteropServer.Files

    init(folder: String) throws {
        self.folder = folder
        self.authority = try CertificateAuthority(commonName: "rotating CA")
        self.files = InteropServer.Files(
            certificate: folder + "/rotating.pem",
            key: folder + "/rotating.key",
            authority: folder + "/rotating-clients.pem"
        )
        _ = try self.rotate()
    }

    /// A new certificate and key of the server, and a new CA beside the first one for its clients.
    ///
    /// - Returns: How a client of that new CA connects, but for the server's port.
    func rotate() throws -> ClientConfiguration {
        let names = ["DNS:localhost", "IP:127.0.0.1"]
        let server = try self.authority.issue(.init(commonName: "server", alternativeNames: names, use: .server))
        let clients = try CertificateAuthority(commonName: "new clients")
        for (file, text) in [
            (self.files.certificate, server.certificatePEM), (self.files.key, server.privateKeyPEM),
            (self.files.authority, self.authority.certificatePEM + clients.certificatePEM),
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        }
        return try self.client(signedBy: clients)
    }

    /// How a client whose CA stays connects.
    func client() throws -> ClientConfiguration { try self.client(signedBy: self.authority) }

    private func client(signedBy authority: CertificateAuthority) throws -> ClientConfiguration {
        let name = "URI:" + InteropCertificates.name(of: "admin")
        let issued = try authority.issue(.init(commonName: "client", alternativeNames: [name], use: .client))
        return ClientConfiguration(
            endpoints: [.init(host: "127.0.0.1", port: 1)],
            authorityPEM: self.authority.certificatePEM,
            certificatePEM: issued.certificatePEM,
            privateKeyPEM: issued.privateKeyPEM
        )
    }
}
