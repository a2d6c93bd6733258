internal import Foundation
internal import LikenessTLS

/// What new connections show and trust: what the configuration says, or what its files say by now.
enum ClientTLS: Sendable {
    case fixed(TLSContext)
    case files(TLSReloader)

    /// - Throws: `LikenessError` with code `.invalidArgument` when a certificate or key cannot be used.
    init(_ configuration: ClientConfiguration) throws(LikenessError) {
        do throws(TLSError) {
            // Whoever has put others in the place of the files' does not want the files'.
            let current = [configuration.authorityPEM, configuration.certificatePEM, configuration.privateKeyPEM]
            if let files = configuration.files, files.read == current {
                self = .files(try TLSReloader(files.paths))
                return
            }
            var tls = TLSConfiguration(
                role: .client,
                certificateChainPEM: configuration.certificatePEM,
                privateKeyPEM: configuration.privateKeyPEM,
                trustedPEM: configuration.authorityPEM
            )
            tls.labels.certificate = "the client certificate"
            let context = try TLSContext(tls)
            if let objection = context.objection(now: Int64(Date().timeIntervalSince1970)) {
                throw TLSError(.configuration, objection)
            }
            self = .fixed(context)
        } catch {
            throw LikenessError(.invalidArgument, error.description)
        }
    }

    /// For a connection that is about to be made.
    func context() -> TLSContext {
        switch self {
        case .fixed(let context): return context
        case .files(let reloader):
            reloader.refresh()
            return reloader.source.current
        }
    }
}
