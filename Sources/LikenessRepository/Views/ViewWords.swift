internal import FoundationEssentials
internal import LikenessPostgres
internal import LikenessScheduling
internal import LikenessWords
internal import Synchronization

/// The index of words of what one view shows, in this process's memory, over the view's projection in the database.
///
/// A search has all that was written before it began: what the projection or the index lacks is added first. So nothing that a
/// view hides changes how old an answer is, and word weights are those of the moment.
final class ViewWords: Sendable {
    /// What a search looks at.
    struct Version: Sendable {
        /// Of the projection.
        let id: UUID
        let words: ProfileWords.Version
    }

    private struct State {
        var version: Version?
        var isWorking = false
        /// Runs so far, and how many of them have ended.
        var begun = 0
        var ended = 0
        /// Why the last of them failed.
        var failure: RepositoryError?
    }

    private let projector: ViewProjector
    private let state = Mutex(State())
    /// What profiles that were counted lately have of facets, as the view shows them.
    let facets = FacetMemory(bytesMax: ViewWords.facetBytesMax)
    /// There may be 16 of these beside that of what is stored, and through a view fewer profiles are counted at once.
    private static let facetBytesMax = FacetMemory.bytesMax / 8

    init(database: Database, view: View) { self.projector = ViewProjector(database: database, view: view) }

    private static let waitingInterval = Duration.milliseconds(2)
    /// How long a search without a deadline waits.
    private static let patience = Duration.seconds(10)

    /// The id of the projection, once there is one.
    var projection: UUID? { self.state.withLock { $0.version?.id } }

    /// The index with all that was written before this call.
    ///
    /// - Throws: `.unavailable(.viewNotReady)` when that takes more than half of the time that the call has.
    func current(_ reads: Reads) async throws(RepositoryError) -> Version {
        if let known = self.state.withLock({ $0.version }),
            let progress = try await ViewProjector.progress(of: known.id, snapshot: known.words.snapshot, reads),
            progress.isComplete, progress.isSeen
        {
            return known
        }
        let patience = reads.deadline.map { ContinuousClock.now.duration(to: $0) / 2 } ?? Self.patience
        return try await self.renewed(until: .now + patience)
    }

    /// Whether a version that a search has used was there until it had ended.
    func isThere(_ version: Version, _ reads: Reads) async throws(RepositoryError) -> Bool {
        try await ViewProjector.progress(of: version.id, snapshot: nil, reads) != nil
    }

    /// Brings the projection and the index up to date, or makes them.
    ///
    /// - Returns: What a run made that began after this call.
    func renewed(until deadline: ContinuousClock.Instant) async throws(RepositoryError) -> Version {
        let wanted = self.state.withLock { $0.begun + 1 }
        while true {
            let (version, failure) = self.state.withLock { state in
                state.ended < wanted ? (nil, nil) : (state.version, state.failure)
            }
            switch failure {
            case nil: break
            // It has had no connection in time, and will.
            case .exhausted?, .deadlineExceeded?: throw .unavailable(.viewNotReady)
            case let failure?: throw failure
            }
            if let version { return version }
            self.beginRun()
            do { try await Task.sleep(for: Self.waitingInterval) } catch { throw .cancelled }
            if .now >= deadline { throw .unavailable(.viewNotReady) }
        }
    }

    /// A run serves all who wait, whatever becomes of one of them.
    private func beginRun() {
        let isMine = self.state.withLock { state in
            if state.isWorking { return false }
            state.isWorking = true
            state.begun += 1
            return true
        }
        guard isMine else { return }
        Task(executorPreference: globalConcurrentExecutor) {
            await CurrentWork.inBackground("view \(self.projector.view.names.joined(separator: ","))") {
                let result = await self.run()
                self.state.withLock { state in
                    state.isWorking = false
                    state.ended = state.begun
                    switch result {
                    case .success(let version): (state.version, state.failure) = (version, nil)
                    case .failure(let error): state.failure = error
                    }
                }
            }
        }
    }

    private func run() async -> Result<Version, RepositoryError> {
        do throws(RepositoryError) {
            let database = self.projector.database
            let id = try await self.projector.id()
            let reads = database.reads(at: nil, deadline: nil)
            if try await ViewProjector.progress(of: id, snapshot: nil, reads)?.isComplete != true {
                try await self.projector.catchUp(id)
            }
            let reader = WordsReader(database: database, view: id)
            if let old = self.state.withLock({ $0.version }), old.id == id {
                return .success(Version(id: id, words: try await reader.caughtUp(old.words)))
            }
            return .success(Version(id: id, words: try await reader.read()))
        } catch {
            return .failure(error)
        }
    }
}
