internal import CoreMetrics
internal import Foundation
internal import LikenessMetrics
internal import LikenessTLS
internal import Logging
internal import Synchronization

/// Takes up certificates and tokens whose files change while the service runs, and says in time that they end.
final class SecurityReloader: Sendable {
    private let tls: TLSReloader
    private let privateFiles: [String]
    private let warnings = Mutex(ExpiryWarnings())
    private let now: @Sendable () -> Int64
    private let tokens: TokenStore?
    private let logger: Logger
    private let factory: any MetricsFactory
    private let certificatesChanged: @Sendable () -> Void

    /// The kinds of files that are read again, as metrics call them.
    private enum Kind: String, CaseIterable { case tls, tokens }

    static let interval = Duration.milliseconds(250)

    /// - Parameters:
    ///   - privateFiles: Files that only the service should be able to read.
    ///   - now: The time in seconds since 1970.
    ///   - certificatesChanged: Called after certificates were taken up.
    init(
        tls: TLSReloader,
        tokens: TokenStore?,
        privateFiles: [String] = [],
        logger: Logger,
        factory: any MetricsFactory = MetricsSystem.factory,
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) },
        certificatesChanged: @escaping @Sendable () -> Void = {}
    ) {
        self.tls = tls
        self.tokens = tokens
        self.privateFiles = privateFiles
        self.now = now
        self.logger = logger
        self.factory = factory
        self.certificatesChanged = certificatesChanged
        // A series that is not there until the first failure cannot be watched.
        for kind in Kind.allCases {
            self.counter(ServiceMetric.reloads.name, kind).increment(by: 0)
            self.counter(ServiceMetric.reloadFailures.name, kind).increment(by: 0)
        }
        self.recordExpiry()
        self.warnOfExpiry()
        self.warnOfOpenFiles()
    }

    /// Looks at the files and the time four times a second until cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            self.reloadIfChanged()
            self.warnOfExpiry()
        }
    }

    /// Says of certificates and CRLs in use that they end, in time and once.
    func warnOfExpiry() {
        let expiries = self.tls.source.current.expiries
        let now = self.now()
        for warning in self.warnings.withLock({ $0.due(expiries, now: now) }) {
            self.logger.log(level: warning.level, "\(warning.text)")
        }
    }

    private func warnOfOpenFiles() {
        for file in self.privateFiles {
            guard let exposure = SecretFile.exposure(of: file) else { continue }
            self.logger.warning("a secret is not kept: \(exposure)")
        }
    }

    func reloadIfChanged() {
        self.attempt(.tls) { try self.tls.reloadIfChanged() }
        if let tokens { self.attempt(.tokens) { try tokens.reloadIfChanged() } }
    }

    /// Takes up what the files hold now, changed or not.
    func reload() {
        self.attempt(.tls) {
            try self.tls.reload()
            return true
        }
        guard let tokens else { return }
        self.attempt(.tokens) {
            try tokens.reload()
            return true
        }
    }

    private func attempt(_ kind: Kind, _ reload: () throws -> Bool) {
        do {
            guard try reload() else { return }
            self.warnOfOpenFiles()
            self.counter(ServiceMetric.reloads.name, kind).increment()
            switch kind {
            case .tls:
                self.recordExpiry()
                self.warnOfExpiry()
                self.certificatesChanged()
                let fingerprint = self.tls.source.current.certificate?.fingerprint ?? ""
                self.logger.info("certificates read again", metadata: ["certificate_sha256": "\(fingerprint)"])
            case .tokens:
                self.logger.info("tokens read again", metadata: ["count": "\(self.tokens?.count ?? 0)"])
            }
        } catch {
            self.counter(ServiceMetric.reloadFailures.name, kind).increment()
            let what = kind == .tls ? "certificates" : "tokens"
            self.logger.error("keeping the previous \(what): \(error)")
        }
    }

    private func recordExpiry() {
        let context = self.tls.source.current
        for (label, seconds) in [
            (ServiceMetric.certificateExpiry.name, context.certificate?.validToSeconds),
            (ServiceMetric.revocationListExpiry.name, context.revocationsValidToSeconds),
        ] {
            guard let seconds else { continue }
            Gauge(label: label, dimensions: [], factory: self.factory).record(seconds)
        }
    }

    private func counter(_ label: String, _ kind: Kind) -> Counter {
        Counter(label: label, dimensions: [("files", kind.rawValue)], factory: self.factory)
    }
}
