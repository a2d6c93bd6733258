internal import LikenessTLS
internal import Logging

/// Says in time that certificates and CRLs end: 30 and 7 days ahead, and when it has happened; each once. Those that
/// live shorter are said with a third and a twelfth of their life to go. Pure: the time is passed in.
struct ExpiryWarnings {
    struct Warning: Hashable {
        let level: Logger.Level
        let text: String
    }

    private enum Stage: Int { case far, first, last, over }

    private var said: [CertificateExpiry: Stage] = [:]

    /// What is to be said now. Of those that are no longer in use nothing is remembered.
    ///
    /// - Parameter now: Seconds since 1970.
    mutating func due(_ expiries: [CertificateExpiry], now: Int64) -> [Warning] {
        var kept: [CertificateExpiry: Stage] = [:]
        var warnings: [Warning] = []
        for expiry in expiries where kept[expiry] == nil {
            let stage = Self.stage(of: expiry, now: now)
            kept[expiry] = stage
            if stage.rawValue > (self.said[expiry] ?? .far).rawValue {
                warnings.append(Self.warning(expiry, stage, now: now))
            }
        }
        self.said = kept
        return warnings
    }

    private static func stage(of expiry: CertificateExpiry, now: Int64) -> Stage {
        let life = expiry.validToSeconds - expiry.validFromSeconds
        let left = expiry.validToSeconds - now
        if left <= 0 { return .over }
        if left <= min(7 * 86_400, life / 12) { return .last }
        return left <= min(30 * 86_400, life / 3) ? .first : .far
    }

    private static func warning(_ expiry: CertificateExpiry, _ stage: Stage, now: Int64) -> Warning {
        let what = expiry.kind == .revocationList ? "the CRL of \(expiry.subject)" : expiry.subject
        let time = CertificateExpiry.text(expiry.validToSeconds)
        let effect =
            switch expiry.kind {
            case .own: "clients refuse this server"
            case .authority: "certificates of this CA are refused"
            case .revocationList: "no client certificate of this CA is accepted"
            }
        guard stage == .over else {
            let left = Self.text(seconds: expiry.validToSeconds - now)
            return Warning(
                level: .warning,
                text: "\(expiry.file): \(what) expires in \(left), at \(time); then \(effect)"
            )
        }
        return Warning(level: .error, text: "\(expiry.file): \(what) expired at \(time): \(effect)")
    }

    private static func text(seconds: Int64) -> String {
        switch seconds {
        case (2 * 86_400)...: "\(seconds / 86_400) days"
        case (2 * 3_600)...: "\(seconds / 3_600) hours"
        default: "\(max(1, seconds / 60)) minutes"
        }
    }
}
