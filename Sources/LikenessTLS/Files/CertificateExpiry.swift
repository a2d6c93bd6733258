internal import COpenSSL
internal import Foundation

/// How long a certificate or a CRL counts.
package struct CertificateExpiry: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Shown to peers.
        case own
        /// A CA that peers' certificates are verified by.
        case authority
        case revocationList
    }

    package let kind: Kind
    package let file: String
    /// Whose: the subject in one line; of a CRL its CA.
    package let subject: String
    /// Seconds since 1970.
    package let validFromSeconds: Int64
    package let validToSeconds: Int64

    package init(kind: Kind, file: String, subject: String, validFromSeconds: Int64, validToSeconds: Int64) {
        self.kind = kind
        self.file = file
        self.subject = subject
        self.validFromSeconds = validFromSeconds
        self.validToSeconds = validToSeconds
    }

    init(_ certificate: Certificate, file: String, kind: Kind) {
        self.init(
            kind: kind,
            file: file,
            subject: unsafe PEM.written { bio in
                unsafe likeness_X509_NAME_print(bio, X509_get_subject_name(certificate.raw))
            },
            validFromSeconds: unsafe PeerCertificate.seconds(X509_get0_notBefore(certificate.raw)),
            validToSeconds: unsafe PeerCertificate.seconds(X509_get0_notAfter(certificate.raw))
        )
    }

    /// Why it does not count now.
    ///
    /// - Parameter now: Seconds since 1970.
    package func objection(now: Int64) -> String? {
        if now < self.validFromSeconds {
            return
                "\(self.file): \(self.subject) is not valid before \(Self.text(self.validFromSeconds)): are the clocks right?"
        }
        guard now >= self.validToSeconds else { return nil }
        return "\(self.file): \(self.subject) expired at \(Self.text(self.validToSeconds)): renew it"
    }

    /// `2026-01-31T12:00:00Z`.
    package static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}
