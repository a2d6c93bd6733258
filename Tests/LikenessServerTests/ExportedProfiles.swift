import LikenessClient
import LikenessMessages

/// What a client of an export has.
struct ExportedProfiles: Sendable {
    var profiles: [Profile] = []
    var tooLarge: [String] = []
    var totals: ExportTotals?
    /// Items of each message.
    var messages: [Int] = []

    var ids: [String] { self.profiles.map(\.id) }

    /// - Parameter between: Runs behind each message but the last one, while nothing is taken.
    static func read(
        _ client: LikenessClient,
        _ request: ExportProfilesRequest = .init(),
        options: CallOptions = .init(),
        between: @Sendable (_ messages: Int) async throws -> Void = { _ in }
    ) async throws -> ExportedProfiles {
        try await client.profiles.exportProfiles(request, options: options) { responses in
            var found = ExportedProfiles()
            while let response = try await responses.next() {
                found.profiles += response.profiles
                found.tooLarge += response.tooLargeIds
                found.messages.append(response.profiles.count + response.tooLargeIds.count)
                found.totals = response.totals
                if response.totals == nil { try await between(found.messages.count) }
            }
            return found
        }
    }
}
