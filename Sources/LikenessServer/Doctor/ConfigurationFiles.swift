internal import Foundation
internal import LikenessTLS
internal import Logging

/// The files that a configuration names: whether they can be used, by whom they can be read, and until when they count.
struct ConfigurationFiles {
    private let tls: ServerConfiguration.TLS
    private let tokenFile: String?
    private let hasNames: Bool
    private let now: Int64

    init(_ configuration: ServerConfiguration, now: Int64 = Int64(Foundation.Date().timeIntervalSince1970)) {
        self.tls = configuration.tls
        self.tokenFile = configuration.tokenFile
        let roles = configuration.roles
        self.hasNames = !(roles.admin + roles.writer + roles.reader + roles.monitor).isEmpty
        self.now = now
    }

    /// What keeps the service from starting, each with its setting.
    var problems: [String] {
        var problems = self.unreadable
        let isTLSRead = !problems.contains { $0.hasPrefix("tls.") }
        let areTokensRead = !problems.contains { $0.hasPrefix("auth.") }
        if isTLSRead { do { _ = try self.certificates() } catch { problems.append("tls: \(error.description)") } }
        if areTokensRead { do { _ = try self.tokens() } catch { problems += error.problems } }
        return problems
    }

    private var unreadable: [String] {
        let files = [
            ("tls.certificate_file", self.tls.certificateFile), ("tls.key_file", self.tls.keyFile),
            ("tls.client_ca_file", self.tls.clientCAFile), ("tls.client_crl_file", self.tls.clientCRLFile),
            ("auth.token_file", self.tokenFile),
        ]
        return files.compactMap { name, path in
            guard let path, !FileManager.default.isReadableFile(atPath: path) else { return nil }
            return "\(name): \(path): \(String(cString: strerror(access(path, F_OK) == 0 ? EACCES : ENOENT)))"
        }
    }

    /// Without the key log: it would be made.
    private func certificates() throws(TLSError) -> TLSReloader {
        var tls = self.tls
        tls.keyLogFile = nil
        let now = self.now
        return try TLSReloader(tls.files(), now: { now })
    }

    private func tokens() throws(ConfigurationError) -> TokenStore? {
        guard let tokenFile else { return nil }
        return try TokenStore(path: tokenFile)
    }

    // MARK: Findings

    func findings() -> [Finding] {
        self.certificateFindings() + self.tokenFindings() + self.secretFindings()
    }

    private func certificateFindings() -> [Finding] {
        let unreadable = self.unreadable.filter { $0.hasPrefix("tls.") }
        guard unreadable.isEmpty else {
            return unreadable.map {
                .fail("certificates", $0, mend: "make the file, and let the account of the service read it")
            }
        }
        do {
            let context = try self.certificates().source.current
            var warnings = ExpiryWarnings()
            let due = warnings.due(context.expiries, now: self.now)
            guard due.isEmpty else {
                return due.map { warning in
                    let remedy =
                        "renew it: deploy/ca issue for a certificate, deploy/ca crl for a list; it is taken up while the service runs"
                    return warning.level == .error
                        ? .fail("certificates", warning.text, mend: remedy)
                        : .warn("certificates", warning.text, mend: remedy)
                }
            }
            let first = context.expiries.map(\.validToSeconds).min().map(CertificateExpiry.text) ?? "?"
            return [.ok("certificates", "key and chain fit, and the first to expire does so at \(first)")]
        } catch {
            return [
                .fail(
                    "certificates",
                    error.description,
                    mend: "see docs/operations.md, Certificates: deploy/ca makes them"
                )
            ]
        }
    }

    private func tokenFindings() -> [Finding] {
        do {
            if let tokens = try self.tokens() { return [.ok("callers", "\(tokens.count) tokens")] }
        } catch {
            return error.problems.map { .fail("callers", $0, mend: "likenessd token makes lines for the file") }
        }
        guard self.hasNames else {
            return [
                .warn(
                    "callers",
                    "no certificate's name has a role and there is no token file: every call is refused",
                    mend: "set roles.admin, roles.writer and roles.reader, or auth.token_file"
                )
            ]
        }
        return [.ok("callers", "roles by names in certificates; no tokens")]
    }

    private func secretFindings() -> [Finding] {
        let exposures = [self.tls.keyFile, self.tokenFile].compactMap { path in
            path.flatMap { SecretFile.exposure(of: $0) }
        }
        guard !exposures.isEmpty else { return [.ok("secrets", "keys and tokens are kept from other accounts")] }
        return exposures.map { .warn("secrets", $0, mend: "chmod 600, or 640 with the group of the service") }
    }
}
