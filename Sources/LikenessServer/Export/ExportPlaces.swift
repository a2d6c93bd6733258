internal import LikenessRPC
internal import LikenessWire
internal import Logging
internal import Synchronization

/// How many exports a server runs at a time.
package struct ExportLimits: Sendable {
    /// Of one caller.
    package var exportsPerCaller = 4
    package var exports = 16
    /// A client that takes nothing for so long gives up its place.
    package var unreadTime = Duration.seconds(600)

    package init() {}
}

/// The exports that are under way.
final class ExportPlaces: Sendable {
    let limits: ExportLimits
    private let taken = Mutex<[ClientKey: Int]>([:])

    init(limits: ExportLimits) { self.limits = limits }

    /// Runs an export of a caller who has not too many yet.
    ///
    /// - Throws: `ServiceError`, RESOURCE_EXHAUSTED; what `body` throws.
    func withPlace(of caller: ClientKey, _ body: () async throws -> Void) async throws {
        try self.taken.withLock { taken throws(ServiceError) in
            guard taken[caller, default: 0] < self.limits.exportsPerCaller,
                taken.values.reduce(0, +) < self.limits.exports
            else { throw Self.full }
            taken[caller, default: 0] += 1
        }
        defer {
            self.taken.withLock { taken in
                let left = (taken[caller] ?? 1) - 1
                taken[caller] = left == 0 ? nil : left
            }
        }
        try await body()
    }

    private static var full: ServiceError {
        var error = ServiceError(
            .resourceExhausted,
            reason: "EXPORTS_FULL",
            "the caller, or all callers together, have as many exports as this server takes"
        )
        error.retryDelay = .seconds(5)
        error.trace = .counted(.warning)
        return error
    }
}
