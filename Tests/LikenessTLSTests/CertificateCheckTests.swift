import Foundation
import LikenessTLS
import Testing

/// Certificates that peers would refuse are refused by the one who would show them, at the start and on reload.
@Suite struct CertificateCheckTests {
    /// A server's files in a folder of their own.
    private final class Files {
        let folder: String
        let authority: CertificateAuthority
        let paths: TLSServerFiles

        init() throws {
            self.folder = FileManager.default.temporaryDirectory.path + "/likeness-check-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
            self.authority = try CertificateAuthority(commonName: "test CA")
            self.paths = TLSServerFiles(
                certificate: self.folder + "/server.pem",
                key: self.folder + "/server.key",
                clientCA: self.folder + "/ca.pem"
            )
            try Self.write(self.authority.certificatePEM, to: self.paths.clientCA)
        }

        deinit { try? FileManager.default.removeItem(atPath: self.folder) }

        static func write(_ text: String, to path: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        }

        func write(_ certificate: String, _ key: String) throws {
            try Self.write(certificate, to: self.paths.certificate)
            try Self.write(key, to: self.paths.key)
        }

        func issue(
            _ use: CertificateAuthority.Request.Use = .server,
            from: Int = -1,
            to: Int = 397,
            by other: CertificateAuthority? = nil
        ) throws -> CertificateAuthority.Issued {
            try (other ?? self.authority).issue(
                .init(
                    commonName: "server",
                    alternativeNames: ["DNS:localhost"],
                    use: use,
                    validFromDays: from,
                    validToDays: to
                )
            )
        }
    }

    /// What a start with these files says, and what a reload to them says while good ones are in use.
    private func refusal(_ make: (Files) throws -> (certificate: String, key: String)) throws -> String? {
        let files = try Files()
        let good = try files.issue()
        try files.write(good.certificatePEM, good.privateKeyPEM)
        let reloader = try TLSReloader(files.paths)
        let fingerprint = reloader.source.current.certificate?.fingerprint
        let bad = try make(files)
        try files.write(bad.certificate, bad.key)
        var reasons: [String] = []
        do { _ = try TLSReloader(files.paths) } catch { reasons.append(error.description) }
        do { try reloader.reload() } catch { reasons.append(error.description) }
        reloader.refresh()
        guard let reason = reasons.first else { return nil }
        #expect(reasons == [reason, reason], "the start and the reload say the same")
        #expect(
            reloader.source.current.certificate?.fingerprint == fingerprint,
            "the previous certificate stays in use"
        )
        #expect(reason.hasPrefix(files.folder + "/server."), "the file is named: \(reason)")
        return reason
    }

    @Test func `an expired certificate is refused`() throws {
        let reason = try self.refusal { files in
            let issued = try files.issue(from: -30, to: -1)
            return (issued.certificatePEM, issued.privateKeyPEM)
        }
        #expect(reason?.contains("CN = server expired at 20") == true && reason?.hasSuffix(": renew it") == true)
    }

    @Test func `one that is not valid yet is refused`() throws {
        let reason = try self.refusal { files in
            let issued = try files.issue(from: 2)
            return (issued.certificatePEM, issued.privateKeyPEM)
        }
        #expect(reason?.contains("is not valid before 20") == true, "\(reason ?? "accepted")")
    }

    @Test func `one for clients is refused`() throws {
        let reason = try self.refusal { files in
            let issued = try files.issue(.client)
            return (issued.certificatePEM, issued.privateKeyPEM)
        }
        #expect(
            reason?.hasSuffix("not made for servers: its extended key usage lacks serverAuth") == true,
            "\(reason ?? "")"
        )
    }

    @Test func `that of a CA is refused`() throws {
        let reason = try self.refusal { ($0.authority.certificatePEM, $0.authority.privateKeyPEM) }
        #expect(
            reason?.contains("the certificate is self-signed and a CA's (CA:TRUE)") == true,
            "\(reason ?? "accepted")"
        )
        #expect(reason?.contains("deploy/ca") == true)
        let chain = try self.refusal { files in
            (files.authority.certificatePEM + (try files.issue().certificatePEM), files.authority.privateKeyPEM)
        }
        #expect(chain?.contains("the first certificate is a CA's") == true, "\(chain ?? "accepted")")
    }

    @Test func `the key of another one is refused`() throws {
        let reason = try self.refusal { (try $0.issue().certificatePEM, try $0.issue().privateKeyPEM) }
        #expect(reason?.contains("server.key is not the key of ") == true, "\(reason ?? "accepted")")
    }

    @Test func `a chain of other certificates is refused, one of the issuer's is good in any order`() throws {
        let other = try CertificateAuthority(commonName: "another CA").certificatePEM
        let namesake = try CertificateAuthority(commonName: "test CA").certificatePEM
        for stranger in [other, namesake] {
            let reason = try self.refusal { files in
                let issued = try files.issue()
                return (issued.certificatePEM + stranger, issued.privateKeyPEM)
            }
            #expect(
                reason?.contains(
                    "none of the other certificates in it has issued the first, whose issuer is CN = test CA"
                )
                    == true,
                "\(reason ?? "accepted")"
            )
        }
        #expect(
            try self.refusal { files in
                let issued = try files.issue()
                return (issued.certificatePEM + other + files.authority.certificatePEM, issued.privateKeyPEM)
            } == nil
        )
    }

    @Test func `a client's certificate is checked in the same way`() throws {
        let files = try Files()
        for (issued, part) in [
            (try files.issue(.client, from: -30, to: -1), "expired at"),
            (try files.issue(.server), "not made for clients: its extended key usage lacks clientAuth"),
        ] {
            try files.write(issued.certificatePEM, issued.privateKeyPEM)
            let paths = TLSClientFiles(
                serverCA: files.paths.clientCA,
                certificate: files.paths.certificate,
                key: files.paths.key
            )
            let error = #expect(throws: TLSError.self) { try TLSReloader(paths) }
            #expect(error?.description.contains(part) == true, "\(error as Any)")
        }
    }

    @Test func `the time is passed in`() throws {
        let files = try Files()
        let issued = try files.issue(to: 1)
        try files.write(issued.certificatePEM, issued.privateKeyPEM)
        let now = Int64(Date().timeIntervalSince1970)
        _ = try TLSReloader(files.paths, now: { now })
        #expect(throws: TLSError.self) { try TLSReloader(files.paths, now: { now + 2 * 86_400 }) }
    }

    @Test func `a file that cannot be read is named with the reason`() throws {
        let files = try Files()
        let error = #expect(throws: TLSError.self) { try TLSReloader(files.paths) }
        #expect(error?.description == "\(files.folder)/server.pem cannot be read: No such file or directory")
    }

    @Test func `files that others may read are found`() throws {
        let files = try Files()
        let path = files.paths.clientCA
        for (mode, found) in [(0o600, nil), (0o640, nil), (0o644, "read"), (0o620, "change"), (0o606, "change")]
            as [(Int, String?)]
        {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let text = found.map { "\(path): others can \($0) it (mode \(String(mode, radix: 8))): chmod 600 it" }
            #expect(SecretFile.exposure(of: path) == text)
        }
        #expect(SecretFile.exposure(of: files.folder + "/none") == nil)
    }
}
