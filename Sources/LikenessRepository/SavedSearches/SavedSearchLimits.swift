/// How many searches are kept, how much of each, and how long. `docs/decisions/saved-searches.md`.
package struct SavedSearchLimits: Sendable {
    package var searchesPerOwner = 1_000
    /// Of all owners.
    package var searches = 10_000
    /// Profiles that match one search; of one that more match there are no events.
    package var matches = 100_000
    /// Of one search.
    package var events = 100_000
    package var eventTime = Duration.seconds(7 * 86_400)

    package init() {}
}
