internal import FoundationEssentials
internal import LikenessMessages
internal import Synchronization

/// Profiles that were read for the last changes: of the streams of a server that are to show the same changes one reads, and the
/// others wait for it.
package final class FeedProfiles: Sendable {
    /// Profiles as they were after the changes, deleted ones too, and ids of those that were not read.
    struct Stored: Sendable {
        let profiles: [UUID: Profile]
        let left: Set<UUID>
    }

    private typealias Reading = Task<Result<Stored, RepositoryError>, Never>

    private struct State {
        var readings: [[Int64]: Reading] = [:]
        /// The first first.
        var keys: [[Int64]] = []
    }

    private let state = Mutex(State())
    /// Each has some megabytes at most.
    private static let readingsMax = 8
    /// Changes are read together whose numbers have the same quotient: streams that have come differently far meet again.
    private static let blockSize: Int64 = 20

    package init() {}

    /// Lets go of all.
    package func forget() { self.state.withLock { $0 = State() } }

    /// The first of some changes that are read together.
    static func block(of changes: ArraySlice<ProfileFeed.Change>) -> ArraySlice<ProfileFeed.Change> {
        guard let first = changes.first else { return changes }
        return changes.prefix { $0.number / Self.blockSize == first.number / Self.blockSize }
    }

    /// What `read` returns for the profiles of some changes, or did for another stream.
    func stored(
        for changes: [ProfileFeed.Change],
        _ read: @escaping @Sendable () async throws(RepositoryError) -> Stored
    ) async throws(RepositoryError) -> Stored {
        let key = changes.map(\.number)
        let reading = self.state.withLock { state in
            if let reading = state.readings[key] { return reading }
            // Not a part of the call: another one may wait for it.
            let reading = Reading {
                do throws(RepositoryError) { return .success(try await read()) } catch { return .failure(error) }
            }
            state.readings[key] = reading
            state.keys.append(key)
            if state.keys.count > Self.readingsMax { state.readings[state.keys.removeFirst()] = nil }
            return reading
        }
        let result = await reading.value
        if case .failure = result {
            self.state.withLock { state in
                guard state.readings[key] == reading else { return }
                state.readings[key] = nil
                state.keys.removeAll { $0 == key }
            }
        }
        return try result.get()
    }
}
