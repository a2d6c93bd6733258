/// What a method's options say beyond its types: `idempotency_level` and `likeness.options.v1.method`.
package struct MethodPolicy: Sendable, Hashable {
    package let hasNoSideEffects: Bool
    package let isIdempotent: Bool
    /// `reader`; `nil` when the contract says nothing of roles.
    package let requiredRole: String?
    package let defaultTimeout: Duration?

    /// The numbers are those of descriptor.proto and of proto/likeness/options/v1/options.proto.
    package init(_ method: RPCDescriptor) {
        let options = try? EncodedFields(method.options)
        let policy = options.flatMap { try? EncodedFields($0.bytes(51_001)) }
        let level = options?.number(34) ?? 0
        self.hasNoSideEffects = level == 1
        self.isIdempotent = level == 1 || level == 2
        let roles: [UInt64: String] = [1: "none", 2: "reader", 3: "writer", 4: "admin", 5: "monitor"]
        self.requiredRole = policy?.number(1).flatMap { roles[$0] }
        self.defaultTimeout = policy?.number(2).map { .milliseconds(Int64(clamping: $0)) }
    }
}
