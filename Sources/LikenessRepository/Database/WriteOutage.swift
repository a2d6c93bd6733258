internal import LikenessPostgres
internal import Synchronization

/// Why writes fail while reads may go on: a full disk, a database that has become read-only. Known from what the process's own
/// writes came to, and asked of the database where they do not tell.
final class WriteOutage: Sendable {
    private struct Failure {
        var outage: Outage
        /// When a write, or an attempt to find out, last failed.
        var at: ContinuousClock.Instant
        /// Some write has succeeded since. On a full disk small ones still do.
        var mayBeOver = false
    }

    private let failure = Mutex<Failure?>(nil)

    /// So long after the last failed write the database is asked, for the case that there are no more writes.
    private static let silence = Duration.seconds(30)

    func failed(_ error: RepositoryError, now: ContinuousClock.Instant = .now) {
        guard case .unavailable(let outage, _) = error, Self.isOfWrites(outage) else { return }
        self.failure.withLock { $0 = Failure(outage: outage, at: now) }
    }

    private static func isOfWrites(_ outage: Outage) -> Bool {
        switch outage {
        case .full, .readOnly, .storage: true
        case .unreachable, .starting, .stopping, .connections, .resources, .locked, .timedOut, .behind, .notReady,
            .viewNotReady,
            .access, .rights, .schema:
            false
        }
    }

    func succeeded() { self.failure.withLock { $0?.mayBeOver = true } }

    /// The outage of the last write that failed, and whether it is time to find out if it is over.
    func latest(now: ContinuousClock.Instant) -> (outage: Outage, isDoubtful: Bool)? {
        self.failure.withLock { failure in
            failure.map { ($0.outage, $0.mayBeOver || now - $0.at >= Self.silence) }
        }
    }

    /// A write that needs room has succeeded.
    func isOver() { self.failure.withLock { $0 = nil } }
}

extension Database {
    /// Why writes fail now; `nil` when they do not, as far as is known.
    ///
    /// While none has failed this costs nothing. Afterwards, when another has succeeded or none came for a while, it writes
    /// something of its own and takes it back.
    package func writeOutage(
        deadline: ContinuousClock.Instant?,
        now: ContinuousClock.Instant = .now
    ) async -> Outage? {
        guard let (outage, isDoubtful) = self.writes.latest(now: now) else { return nil }
        guard isDoubtful else { return outage }
        do {
            try await self.tryWriting(deadline: deadline)
            self.writes.isOver()
            return nil
        } catch {
            // Of another kind, like a lock, it tells nothing new.
            self.writes.failed(error, now: now)
            return self.writes.latest(now: now)?.outage
        }
    }

    private struct TakenBack: Error {}

    private func tryWriting(deadline: ContinuousClock.Instant?) async throws(RepositoryError) {
        do {
            try await self.pool.withTransaction(deadline: deadline) { connection in
                _ = try await connection.execute(Self.writeOfNothing)
                throw TakenBack()
            }
        } catch is TakenBack {
            return
        } catch {
            throw RepositoryError(any: error, isWriting: true)
        }
    }

    /// Sixteen pages that do not compress: pages that are there already have room for a small row.
    private static let writeOfNothing = Statement(
        "write_of_nothing",
        """
        INSERT INTO request_ids (request_id, method, digest, answer)
        SELECT gen_random_uuid(), '', '', string_agg(decode(md5(random()::text), 'hex'), '')
        FROM generate_series(1, 8192)
        """
    )
}
