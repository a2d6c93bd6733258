internal import Glibc

/// Turns names into addresses off the event loops, because libpq would block in the resolver.
enum NameResolution {
    /// Whether libpq needs no resolver for this host: a socket folder or a numeric address.
    static func isLocalOrNumeric(_ host: String) -> Bool {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return true }
        return Self.isNumeric(host)
    }

    static func isNumeric(_ host: String) -> Bool { Self.lookUp(host, flags: AI_NUMERICHOST) != nil }

    /// The first address of a host; empty for a socket folder, `nil` if there is none. May block unless numeric.
    static func address(of host: String) -> String? {
        if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return "" }
        return Self.lookUp(host, flags: AI_ADDRCONFIG)
    }

    private static func lookUp(_ host: String, flags: Int32) -> String? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = flags
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let failure = unsafe getaddrinfo(host, nil, &hints, &found)
        guard failure == 0, let first = unsafe found else { return nil }
        defer { unsafe freeaddrinfo(first) }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
            guard
                unsafe getnameinfo(
                    first.pointee.ai_addr,
                    first.pointee.ai_addrlen,
                    text.baseAddress,
                    socklen_t(text.count),
                    nil,
                    0,
                    NI_NUMERICHOST
                ) == 0, let base = text.baseAddress
            else { return nil }
            return unsafe String(cString: base)
        }
    }
}
