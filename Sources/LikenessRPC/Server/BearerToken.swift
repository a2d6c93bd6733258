package import LikenessMessages
internal import LikenessWire

/// Whom a bearer token belongs to.
package struct TokenHolder: Sendable, Hashable {
    /// For logs.
    package let name: String
    package let roles: Set<Role>
    /// Name of the stored view that every answer passes through; `nil` for none.
    package let boundMask: String?

    package init(name: String, roles: Set<Role>, boundMask: String? = nil) {
        self.name = name
        self.roles = roles
        self.boundMask = boundMask
    }
}

/// The token that a call shows in its metadata: `authorization: Bearer TOKEN`.
enum BearerToken: Equatable {
    case absent
    case present(String)
    /// Two of them, another scheme, or nothing behind it.
    case unreadable

    /// Longer ones belong to no holder.
    static let bytesMax = 4_096

    init(_ metadata: Metadata) {
        let values = metadata.entries.filter { $0.key == "authorization" }.map(\.value)
        guard let value = values.first else {
            self = .absent
            return
        }
        let parts = String(decoding: value, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: true)
        guard values.count == 1, value.count <= Self.bytesMax, parts.count == 2, parts[0].lowercased() == "bearer"
        else {
            self = .unreadable
            return
        }
        self = .present(String(parts[1]))
    }
}
