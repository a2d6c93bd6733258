internal import LikenessEmbedding
internal import LikenessPostgres
internal import LikenessRepository
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// What all parts of an instance use. The last to stop.
struct Resources: Service, CustomStringConvertible {
    let pool: ConnectionPool
    let embedders: EmbedderRegistry
    let reindexer: Reindexer
    let eventLoops: MultiThreadedEventLoopGroup
    let logger: Logger

    var description: String { "resources" }

    func run() async {
        try? await gracefulShutdown()
        await self.giveBack()
        self.logger.info("stopped")
    }

    func giveBack() async {
        await self.reindexer.shutDown()
        await self.embedders.shutdown()
        await self.pool.shutDown()
        try? await self.eventLoops.shutdownGracefully()
    }
}
