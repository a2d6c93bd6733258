internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Finds the addresses of a host.
package struct HostResolver: Sendable {
    /// - Returns: Numeric addresses, the preferred first.
    package var resolve: @Sendable (_ host: String) async throws(HostResolverError) -> [String]

    package init(_ resolve: @escaping @Sendable (String) async throws(HostResolverError) -> [String]) {
        self.resolve = resolve
    }

    /// Whether a host is an address already.
    static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    /// `getaddrinfo`, which blocks: on a thread for blocking calls.
    package static let system = HostResolver { host throws(HostResolverError) in
        do {
            return try await NIOThreadPool.singleton.runIfActive { try Self.addresses(of: host) }
        } catch let error as HostResolverError {
            throw error
        } catch {
            throw HostResolverError(reason: "\(error)")
        }
    }

    private static func addresses(of host: String) throws(HostResolverError) -> [String] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        // SAFETY: on success `list` is ours until freeaddrinfo; `host` and `hints` live through the call.
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            // SAFETY: the texts of gai_strerror are constants of the C library.
            throw HostResolverError(reason: gai_strerror(status).map { String(cString: $0) } ?? "error \(status)")
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let info = next {
            next = info.pointee.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            // SAFETY: the address is part of `list` and as long as it says; the text has room for NI_MAXHOST bytes.
            guard
                getnameinfo(
                    info.pointee.ai_addr,
                    info.pointee.ai_addrlen,
                    &text,
                    socklen_t(text.count),
                    nil,
                    0,
                    NI_NUMERICHOST
                ) == 0
            else { continue }
            addresses.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return addresses
    }
}

/// Why a host has no address.
package struct HostResolverError: Error {
    package var reason: String

    package init(reason: String) { self.reason = reason }
}
