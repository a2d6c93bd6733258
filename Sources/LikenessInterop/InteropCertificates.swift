internal import Foundation
internal import LikenessTLS

/// The certificates of one folder: a CA, a server, and a client for each role and for none.
package struct InteropCertificates: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    package static let roles = ["admin", "writer", "reader", "nobody"]

    /// The name in the certificate of a role's client.
    package static func name(of role: String) -> String { "spiffe://likeness/interop/\(role)" }

    package func file(_ name: String) -> String { "\(self.folder)/\(name)" }

    /// Keeps the CA that is there, so that clients keep trusting it, and makes what it has to sign anew: certificates do not
    /// run out while the folder is in use.
    ///
    /// - Parameter host: What the server listens on; its certificate names it beside `localhost`.
    /// - Throws: When the folder cannot be written, its CA cannot be read, or OpenSSL refuses.
    package func make(host: String = "localhost") throws {
        try FileManager.default.createDirectory(
            atPath: self.folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let authority = try self.authority()
        var names = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        let own = isAddress ? "IP:\(host)" : "DNS:\(host)"
        if !names.contains(own) && host != "0.0.0.0" && host != "::" { names.append(own) }
        let server = try authority.issue(.init(commonName: "likeness-interop", alternativeNames: names, use: .server))
        try self.write(server.certificatePEM, "server.pem")
        try self.write(server.privateKeyPEM, "server.key")
        for role in Self.roles {
            let client = try authority.issue(
                .init(commonName: role, alternativeNames: ["URI:\(Self.name(of: role))"], use: .client)
            )
            try self.write(client.certificatePEM, "\(role).pem")
            try self.write(client.privateKeyPEM, "\(role).key")
        }
    }

    private func authority() throws -> CertificateAuthority {
        let texts = ["ca.pem", "ca.key"].map { name in
            FileManager.default.contents(atPath: self.file(name)).map { String(decoding: $0, as: UTF8.self) }
        }
        switch (texts[0], texts[1]) {
        case (let certificate?, let key?):
            return try CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
        default:
            let authority = try CertificateAuthority(commonName: "Likeness interoperability CA")
            try self.write(authority.certificatePEM, "ca.pem")
            try self.write(authority.privateKeyPEM, "ca.key")
            return authority
        }
    }

    private func write(_ text: String, _ name: String) throws {
        let file = self.file(name)
        guard
            FileManager.default.createFile(
                atPath: file,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file]) }
    }
}
