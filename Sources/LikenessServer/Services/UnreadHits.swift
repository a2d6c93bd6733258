internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessWire
internal import Synchronization

/// The hits that `QueryStream` has found and its clients have not taken: credit decides when they go out, so their memory is
/// bounded for the process and shared between clients. When it is all in use, the client that holds the most loses its
/// oldest stream.
final class UnreadHits: Sendable {
    private struct State {
        var shares: SourceShares<ClientKey, Int>
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

    /// Hits in one message of a stream.
    private static let pageHits = 50
    /// With what they carry of their profiles.
    private static let pageBytes = 1 << 20

    private let state: Mutex<State>

    init(bytesMax: Int = UnreadHits.bytesMax) { self.state = Mutex(State(shares: SourceShares(limit: bytesMax))) }

    /// What all streams hold.
    var bytes: Int { self.state.withLock { $0.shares.amount } }

    /// Writes hits in pages, as the client takes them. They are counted until then, or until the call ends otherwise.
    ///
    /// - Parameter onLoss: Ends the call with an error: others need the memory.
    func write(
        _ hits: PackedHits,
        _ completeness: Completeness,
        _ facets: [Facet] = [],
        relevanceTable: String = "",
        replaced: [ReplacedWord] = [],
        to responses: any MessageWriter<QueryStreamResponse>,
        for client: ClientKey,
        onLoss: @escaping @Sendable (RPCError) -> Void
    ) async throws {
        var rest = hits
        let byteCount = try QueryStreamResponse(facets: facets).encodedBytes().count
        let place = self.hold(rest.bytes.count + byteCount, for: client) { onLoss(Self.error) }
        defer { self.release(place) }
        repeat {
            let page = try rest.takeFirst(Self.pageHits, bytesMax: Self.pageBytes)
            let isLast = rest.bytes.isEmpty
            try await responses.write(
                .init(
                    hits: page,
                    completeness: isLast ? completeness : nil,
                    facets: isLast ? facets : [],
                    relevanceTable: relevanceTable,
                    replacedWords: isLast ? replaced : []
                )
            )
        } while !rest.bytes.isEmpty
    }

    /// - Parameters:
    ///   - byteCount: Of the hits, packed, and of the facets.
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
