internal import LikenessClient
internal import LikenessInterop

/// Calls that begin at their time, whether those before them have ended or not.
enum SteadyCalls {
    /// - Parameter rate: Calls a second.
    /// - Returns: What makes them until it is cancelled; it ends when those that were begun have ended.
    static func start(_ client: LikenessClient, rate: Int, tally: CallTally) -> Task<Void, Never> {
        Task {
            await withDiscardingTaskGroup { group in
                var plannedAt = ContinuousClock.now
                while !Task.isCancelled {
                    group.addTask { [plannedAt] in
                        // A task of its own: what was begun is answered, also when the calls have ended.
                        await Task {
                            await tally.count(plannedAt: plannedAt) {
                                _ = try await InteropServiceClient(caller: client.caller)
                                    .emptyCall(EmptyCallRequest(), options: CallOptions(timeout: .seconds(20)))
                            }
                        }.value
                    }
                    plannedAt += .seconds(1) / rate
                    try? await Task.sleep(until: plannedAt, clock: .continuous)
                }
            }
        }
    }
}
