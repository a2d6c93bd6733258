internal import Foundation
internal import LikenessTLS

/// The certificates of one development folder: a CA, a server, and one client that may do everything.
struct DevelopmentCertificates {
    let folder: String

    static let adminName = "URI:spiffe://likeness/dev/admin"

    var authorityFile: String { self.folder + "/ca.pem" }
    var serverCertificateFile: String { self.folder + "/server.pem" }
    var serverKeyFile: String { self.folder + "/server.key" }
    var clientCertificateFile: String { self.folder + "/client.pem" }
    var clientKeyFile: String { self.folder + "/client.key" }
    private var authorityKeyFile: String { self.folder + "/ca.key" }

    /// Makes what is missing or does not name the host; the CA stays, so that clients keep trusting it.
    func prepare(host: String) throws {
        let files = FileManager.default
        try files.createDirectory(
            atPath: self.folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let authority: CertificateAuthority
        if let certificate = Self.text(self.authorityFile), let key = Self.text(self.authorityKeyFile),
            let existing = try? CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
        {
            authority = existing
        } else {
            authority = try CertificateAuthority(commonName: "Likeness development CA")
            try Self.write(authority.privateKeyPEM, to: self.authorityKeyFile, mode: 0o600)
            try Self.write(authority.certificatePEM, to: self.authorityFile, mode: 0o644)
        }
        var names = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]
        let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        let own = isAddress ? "IP:\(host)" : "DNS:\(host)"
        if !names.contains(own) && host != "0.0.0.0" && host != "::" { names.append(own) }
        // Made anew at each start, so that they never run out while the folder is in use.
        let server = try authority.issue(.init(commonName: "likenessd dev", alternativeNames: names, use: .server))
        try Self.write(server.privateKeyPEM, to: self.serverKeyFile, mode: 0o600)
        try Self.write(server.certificatePEM, to: self.serverCertificateFile, mode: 0o644)
        if !files.fileExists(atPath: self.clientCertificateFile) || !files.fileExists(atPath: self.clientKeyFile)
            || !self.clientIsUsable()
        {
            let client = try authority.issue(
                .init(commonName: "development client", alternativeNames: [Self.adminName], use: .client)
            )
            try Self.write(client.privateKeyPEM, to: self.clientKeyFile, mode: 0o600)
            try Self.write(client.certificatePEM, to: self.clientCertificateFile, mode: 0o644)
        }
    }

    /// Whether the client certificate on disk belongs to its key and counts for another day.
    private func clientIsUsable() -> Bool {
        guard let certificate = Self.text(self.clientCertificateFile), let key = Self.text(self.clientKeyFile),
            let authority = Self.text(self.authorityFile)
        else { return false }
        let context = try? TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: certificate,
                privateKeyPEM: key,
                trustedPEM: authority
            )
        )
        return context.map { $0.objection(now: Int64(time(nil)) + 86_400) == nil } ?? false
    }

    private static func text(_ file: String) -> String? {
        FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func write(_ text: String, to file: String, mode: Int) throws {
        try PrivateFile.write(text, to: file, mode: mode)
    }
}
