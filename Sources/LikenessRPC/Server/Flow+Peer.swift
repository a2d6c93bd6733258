internal import LikenessScheduling
internal import LikenessTLS

extension Flow {
    /// The caller at the other end of a connection, by the kind and the value of the name that its certificate proves. Those
    /// without a certificate are told apart by their address.
    init(_ certificate: PeerCertificate?, address: String?) {
        guard let certificate else {
            self.init(.caller, "address", address ?? "")
            return
        }
        if let name = certificate.uriNames.first {
            self.init(.caller, "URI", name)
        } else if let name = certificate.dnsNames.first {
            self.init(.caller, "DNS", name)
        } else {
            self.init(.caller, "certificate", certificate.fingerprint)
        }
    }
}
