public import LikenessMessages

/// Calls a Likeness service.
///
/// Connects when first used, reconnects when a connection is lost, spreads calls over its endpoints and repeats what is
/// safe to repeat. Safe to share; close it when done.
///
///     let client = try LikenessClient(configuration: .init(file: "client.json"))
///     let request = QueryRequest(query: .init(ask: .text(.init(text: "founded a hospital"))))
///     for hit in try await client.search.query(request, options: .init()).hits { … }
///     await client.close()
public final class LikenessClient: Sendable {
    public let search: SearchServiceClient<LikenessCaller>
    public let savedSearches: SavedSearchServiceClient<LikenessCaller>
    public let profiles: ProfileServiceClient<LikenessCaller>
    public let admin: AdminServiceClient<LikenessCaller>

    /// What carries the calls, for generated clients of other services: `HealthServiceClient(caller: client.caller)`.
    public let caller: LikenessCaller

    /// - Throws: `LikenessError` with code `.invalidArgument` when a certificate or key cannot be used.
    public convenience init(configuration: ClientConfiguration) throws(LikenessError) {
        try self.init(configuration: configuration, clock: .continuous, resolver: .system)
    }

    /// With a clock and a resolver of the caller's: for tests.
    package init(
        configuration: ClientConfiguration,
        clock: ClientClock,
        resolver: HostResolver
    ) throws(LikenessError) {
        self.caller = try LikenessCaller(configuration: configuration, clock: clock, resolver: resolver)
        self.search = SearchServiceClient(caller: self.caller)
        self.savedSearches = SavedSearchServiceClient(caller: self.caller)
        self.profiles = ProfileServiceClient(caller: self.caller)
        self.admin = AdminServiceClient(caller: self.caller)
    }

    /// Ends all connections once the calls under way are answered; later calls fail with `.cancelled`.
    ///
    /// - Parameter bound: Calls that are not answered by then fail with `.unavailable`.
    public func close(within bound: Duration = .seconds(5)) async {
        await self.caller.close(deadline: .now.advanced(by: bound))
    }
}
