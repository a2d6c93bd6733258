package import LikenessMessages

/// Who makes one call: a connection's peer, or the holder of a token that the call shows.
package struct Caller: Sendable, Hashable {
    package enum Token: Sendable, Hashable {
        case absent
        /// Belongs to no holder, or is no token at all.
        case unknown
        case held(by: String)
    }

    package let roles: Set<Role>
    package let token: Token
    /// Names of the stored views that every answer passes through.
    package let boundMasks: [String]

    package init(roles: Set<Role>, token: Token, boundMasks: [String] = []) {
        self.roles = roles
        self.token = token
        self.boundMasks = boundMasks
    }
}

extension Caller {
    /// Whether its roles let it call a method.
    func may(_ method: MethodInfo) -> Bool {
        method.requiredRole == .none || self.roles.contains { $0.includes(method.requiredRole) }
            || method.isOpenToMonitor && self.roles.contains(.monitor)
    }

    /// Whether its calls of a method are in the audit log: not those that it makes as a monitor.
    package func isAudited(_ method: MethodInfo) -> Bool {
        method.isAudited && !(method.isOpenToMonitor && self.roles.contains(.monitor))
    }
}
