internal import LikenessPostgres
internal import LikenessScheduling
internal import LikenessWords
internal import Synchronization

/// The index of words of all profiles, in this process's memory. It is read from the database once, with the first search
/// that needs it or before, and brought up to date by what has changed since.
///
/// Whom a search finds does not depend on how old it is: a statement that uses the index names its snapshot and looks at what was
/// written after it by itself (`ProfileWordsStatements.unseen`). What the words weigh does, and which resemble an unknown one.
package final class ProfileWords: Sendable {
    /// An index, and what it shows.
    struct Version: Sendable {
        let index: WordIndex
        /// `pg_current_snapshot()` before it was read: it holds all that this shows, and may hold more.
        let snapshot: String
    }

    private struct State {
        var version: Version?
        var isWorking = false
        /// How often the index was read or brought up to date, or that failed.
        var attempts = 0
        /// Why the last of them failed.
        var failure: RepositoryError?
    }

    private let database: Database
    private let state = Mutex(State())

    package init(database: Database) { self.database = database }

    /// Brings the index up to date; reads it when there is none.
    ///
    /// - Returns: How many profiles it has, and how many pairs of a profile and a word, of 4 bytes each.
    package func update(
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (profiles: Int, postings: Int) {
        let index = try await self.renewed(deadline: deadline).index
        return (index.profileCount, index.postingCount)
    }

    /// Reads the words of some profiles again that were read as by an earlier version.
    ///
    /// - Returns: Of how many; 0 when there is none.
    package func readAgain(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> Int {
        let result = try await self.database.query(ProfileWordsStatements.readAgain, deadline: deadline)
        return try readRows { () throws(DatabaseError) in Int(try result.value(0, 0, as: Int32.self)) }
    }

    /// The index as it is; read first when there is none.
    func version(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> Version {
        if let version = self.state.withLock({ $0.version }) { return version }
        return try await self.renewed(deadline: deadline)
    }

    /// The index, brought up to date after this call or while it waited.
    func renewed(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> Version {
        let attempts = self.state.withLock { $0.attempts }
        // Reading takes seconds where there are many profiles, and serves all who wait, whatever becomes of one of them.
        while true {
            let (version, failure) = self.state.withLock { state in
                state.attempts == attempts ? (nil, nil) : (state.version, state.failure)
            }
            if let failure { throw failure }
            if let version { return version }
            self.renew()
            do { try await Task.sleep(for: Self.waitingInterval) } catch { throw .cancelled }
            if let deadline, .now >= deadline { throw .deadlineExceeded }
        }
    }

    private static let waitingInterval = Duration.milliseconds(2)

    /// Has the index brought up to date, or read where there is none, unless that is being done.
    func renew() {
        let isMine = self.state.withLock { state in
            defer { state.isWorking = true }
            return !state.isWorking
        }
        guard isMine else { return }
        Task(executorPreference: globalConcurrentExecutor) {
            await CurrentWork.inBackground("words") {
                let result = await self.work()
                self.state.withLock { state in
                    state.isWorking = false
                    state.attempts += 1
                    switch result {
                    case .success(let version): (state.version, state.failure) = (version, nil)
                    case .failure(let error): state.failure = error
                    }
                }
            }
        }
    }

    private func work() async -> Result<Version, RepositoryError> {
        do throws(RepositoryError) {
            let reader = WordsReader(database: self.database, view: nil)
            guard let old = self.state.withLock({ $0.version }) else { return .success(try await reader.read()) }
            return .success(try await reader.caughtUp(old))
        } catch {
            return .failure(error)
        }
    }
}
