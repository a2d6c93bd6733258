internal import LikenessMessages
internal import LikenessRPC
internal import LikenessWire
internal import Synchronization

/// The hits that `QueryStream` has found and its clients have not taken: credit decides when they go out, so their memory is
/// bounded for the process and shared between clients. When it is all in use, the client that holds the most loses its
/// oldest stream.
final class UnreadHits: Sendable {
    private struct State {
        var shares = SourceShares<ClientKey, Int>(limit: UnreadHits.bytesMax)
        var onLoss: [Int: @Sendable () -> Void] = [:]
        var lastPlace = 0
    }

    /// Some 50 streams of 1,000 hits.
    static let bytesMax = 64 << 20

    static let error = RPCError(
        .resourceExhausted,
        reason: "HITS_UNREAD",
        "the hits were not read, and their memory is needed"
    )

    private let state = Mutex(State())

    /// - Parameters:
    ///   - byteCount: Of the hits, packed.
    ///   - onLoss: Has the stream end soon. Called once at most, and perhaps before this returns.
    /// - Returns: What ``release(_:)`` wants.
    func hold(_ byteCount: Int, for client: ClientKey, onLoss: @escaping @Sendable () -> Void) -> Int {
        let (place, losses) = self.state.withLock { state in
            state.lastPlace += 1
            state.onLoss[state.lastPlace] = onLoss
            // All of them packed, and a page as values.
            let losers = state.shares.arrived(state.lastPlace, from: client, amount: 2 * byteCount)
            return (state.lastPlace, losers.compactMap { state.onLoss.removeValue(forKey: $0) })
        }
        for onLoss in losses { onLoss() }
        return place
    }

    func release(_ place: Int) {
        self.state.withLock { state in
            state.shares.left(place)
            state.onLoss[place] = nil
        }
    }
}
