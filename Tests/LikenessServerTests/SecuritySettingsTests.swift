import LikenessTLS
import Logging
import Testing

@testable import LikenessServer

/// Names of roles, and what is said of certificates that end.
@Suite struct SecuritySettingsTests {
    // MARK: Names

    @Test(arguments: [
        "URI:spiffe://example.org/web", "URI:https://example.org/~a?b=c*d".replacing("*", with: "%2A"),
        "URI:urn:uuid:1",
        "DNS:web.example.org", "DNS:localhost", "DNS:_svc.example.org", "DNS:xn--bcher-kva.example",
    ]) func `a name that a certificate can have is taken`(name: String) {
        #expect(CertificateName.problem(with: name) == nil)
    }

    @Test(arguments: [
        ("spiffe://example.org/web", "has no kind: URI: or DNS:; did you mean \"URI:spiffe://example.org/web\"?"),
        ("web.example.org", "has no kind: URI: or DNS:; did you mean \"DNS:web.example.org\"?"),
        ("uri:spiffe://x/y", "the kind is in capitals; did you mean \"URI:spiffe://x/y\"?"),
        ("dns:web", "the kind is in capitals; did you mean \"DNS:web\"?"),
        ("DNS:*.example.org", "has a wildcard, which matches nothing: give every host"),
        ("*.example.org", "has no kind: URI: or DNS:"),
        ("URI:spiffe://example.org/*", "has a wildcard, which matches nothing: give every name"),
        ("URI:", "is empty after its kind; write as in \"URI:spiffe://example.org/web\""),
        ("DNS:", "is empty after its kind; write as in \"DNS:web.example.org\""),
        ("", "has no kind: URI: or DNS:"),
        ("URI:example.org", "is no URI; did you mean \"DNS:example.org\"?"),
        ("URI:spiffe://", "is a scheme without a name"),
        ("DNS:spiffe://x/y", "is no host name; did you mean \"URI:spiffe://x/y\"?"),
        ("URI:URI:spiffe://x/y", "has two kinds; did you mean \"URI:spiffe://x/y\"?"),
        ("DNS:web.example.org/path", "is no host name"),
        ("IP:10.0.0.1", "only URI: and DNS: names say who a caller is"),
        ("CN:web", "only URI: and DNS: names say who a caller is"),
        (
            " URI:spiffe://x/y\n",
            "has a blank or a character that no name in a certificate may have; did you mean \"URI:spiffe://x/y\"?"
        ),
        ("URI: spiffe://x/y", "has a blank or a character that no name in a certificate may have"),
        ("DNS:bücher.example", "has a blank or a character that no name in a certificate may have"),
    ]) func `one that none can have is refused, with the right form`(name: String, problem: String) {
        #expect(CertificateName.problem(with: name) == problem)
    }

    @Test func `all are said, and what is in two roles too`() async throws {
        let flags = [
            "tls.certificate_file": "x", "tls.key_file": "x", "tls.client_ca_file": "x", "database.url": "x",
            "roles.admin": "URI:spiffe://x/a,web", "roles.reader": "URI:spiffe://x/a",
        ]
        let error = await #expect(throws: ConfigurationError.self) {
            try await ServerConfiguration.load(file: nil, environment: [:], flags: flags)
        }
        #expect(
            error?.problems == [
                "roles.admin: \"web\" has no kind: URI: or DNS:; did you mean \"DNS:web\"?",
                "roles.reader: \"URI:spiffe://x/a\" is in roles.admin too, which includes this role: leave it in one of them",
            ]
        )
    }

    // MARK: Ends

    private static let day: Int64 = 86_400

    private static func expiry(_ kind: CertificateExpiry.Kind = .own, days: Int64 = 397) -> CertificateExpiry {
        .init(kind: kind, file: "f.pem", subject: "CN = x", validFromSeconds: 0, validToSeconds: days * Self.day)
    }

    /// The levels of what is said on each day, the days being counted back from the end.
    private static func said(_ expiry: CertificateExpiry, daysLeft: [Double]) -> [Int] {
        var warnings = ExpiryWarnings()
        return daysLeft.map { left in
            warnings.due([expiry], now: expiry.validToSeconds - Int64(left * Double(Self.day))).count
        }
    }

    @Test func `30 and 7 days ahead and at the end it is said, each once`() {
        #expect(Self.said(Self.expiry(), daysLeft: [31, 30, 29, 8, 7, 6, 1, 0, -1]) == [0, 1, 0, 0, 1, 0, 0, 1, 0])
        // A start within the last days says it at once.
        #expect(Self.said(Self.expiry(), daysLeft: [5, 4]) == [1, 0])
    }

    @Test func `certificates of a day are said in their last hours only`() {
        #expect(
            Self.said(Self.expiry(days: 1), daysLeft: [0.9, 0.4, 0.33, 0.2, 0.08, 0.01, 0]) == [0, 0, 1, 0, 1, 0, 1]
        )
    }

    @Test func `what is said names the file, the end and what follows`() {
        var warnings = ExpiryWarnings()
        let expiry = Self.expiry(days: 100)
        #expect(
            warnings.due([expiry, Self.expiry(.revocationList, days: 100)], now: 71 * Self.day) == [
                .init(
                    level: .warning,
                    text: "f.pem: CN = x expires in 29 days, at 1970-04-11T00:00:00Z; then clients refuse this server"
                ),
                .init(
                    level: .warning,
                    text: "f.pem: the CRL of CN = x expires in 29 days, at 1970-04-11T00:00:00Z; "
                        + "then no client certificate of this CA is accepted"
                ),
            ]
        )
        #expect(
            warnings.due([expiry], now: 101 * Self.day) == [
                .init(level: .error, text: "f.pem: CN = x expired at 1970-04-11T00:00:00Z: clients refuse this server")
            ]
        )
        // Renewed: a new one, of which nothing was said.
        #expect(warnings.due([Self.expiry(days: 200)], now: 101 * Self.day).isEmpty)
    }
}
