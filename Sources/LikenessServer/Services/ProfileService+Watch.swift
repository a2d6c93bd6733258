package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository

extension ProfileService {
    package func watchProfiles(
        _ request: WatchProfilesRequest,
        _ responses: any MessageWriter<WatchProfilesResponse>,
        context: ServerContext
    ) async throws {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            let fields = try ProfileReadMask(request.readMask)
            let subscription = try self.feedNews.subscribe(context.client)
            defer { subscription.end() }
            try await ProfileFeedStream(
                feed: self.feed,
                masks: self.masks,
                news: self.feedNews,
                boundMasks: context.boundMasks,
                request: request,
                fields: fields,
                answerBytesMax: context.answerBytesMax
            ).run(subscription, responses)
        }
    }
}
