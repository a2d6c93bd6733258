import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import NIOCore
import NIOPosix
import Testing

/// A process that may open no more files.
@Suite(.freshDatabase, .serialized) struct FileLimitTests {
    /// Connections that say nothing.
    private struct Silent {
        private let channels: [any Channel]

        init(_ port: Int, count: Int) async {
            var channels: [any Channel] = []
            for _ in 0..<count {
                let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                // What becomes of the daemon under them is seen by what is asked of it then.
                if let channel = try? await bootstrap.connect(host: "127.0.0.1", port: port).get() {
                    channels.append(channel)
                }
            }
            self.channels = channels
        }

        func close() async {
            // The other side may have been first.
            for channel in self.channels { try? await channel.close() }
        }
    }

    private static let once: CallOptions = {
        var options = CallOptions(timeout: Patience.limit)
        options.attemptsMax = 1
        return options
    }()

    private static func search(_ client: LikenessClient) async -> LikenessError? {
        await ServiceFixture.failure {
            try await client.search.query(
                .init(query: .init(ask: .text(.init(text: "sailor", mode: .text)))),
                options: Self.once
            )
        }
    }

    private static func count(_ text: String, in log: String) -> Int {
        log.split(separator: "\n").count { $0.contains(text) }
    }

    @Test func `connections beyond the limit are said in the log once, and accepted when there is room`() async throws {
        let accepting = "no file descriptor is left for another connection"
        // Handshakes that never end would make room by themselves.
        let settings = ["rpc.handshake_timeout=600s", "rpc.handshakes_max=1000", "database.max_connections=4"]
        try await ServedDaemon.run(settings, before: "ulimit -n 64") { daemon in
            #expect(try await daemon.logs(" serving"))
            let before = try daemon.client()
            #expect(await Self.search(before) == nil)
            let silent = await Silent(daemon.port, count: 100)
            #expect(try await daemon.logs(accepting), "\(daemon.log)")
            #expect(daemon.log.contains("the process's limit"))
            // What is open goes on, through some of the pauses of a second each.
            let begun = ContinuousClock.now
            while ContinuousClock.now - begun < .seconds(3) {
                _ = try await before.admin.getVersion(.init(), options: Self.once)
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(Self.count(accepting, in: daemon.log) == 1)
            await silent.close()
            let after = try daemon.client()
            #expect(try await Patience.until { await Self.search(after) == nil })
            await after.close()
            await before.close()
        }
    }

    @Test func `connections to the database beyond the limit fail with their cause, and come when there is room`()
        async throws
    {
        let settings = [
            "rpc.handshake_timeout=600s", "rpc.handshakes_max=1000", "database.idle_timeout=100ms",
            // Long enough for a slow machine to make one, short enough for calls to fail.
            "database.acquire_timeout=4s",
        ]
        try await ServedDaemon.run(settings, before: "ulimit -n 64") { daemon in
            #expect(try await daemon.logs(" serving"))
            let client = try daemon.client()
            #expect(await Self.search(client) == nil)
            let silent = await Silent(daemon.port, count: 100)
            #expect(try await daemon.logs("accepting pauses"), "\(daemon.log)")
            // The pool's connections end when they are idle, and their places are taken by those that wait at the door.
            var failure: LikenessError?
            let isOut = try await Patience.until(every: .milliseconds(200)) {
                failure = await Self.search(client)
                return failure != nil && daemon.log.contains("Too many open files")
            }
            #expect(isOut && failure?.code == .unavailable, "\(String(describing: failure)) \(daemon.log)")
            for _ in 0..<8 { _ = await Self.search(client) }
            // The pool's own line, thinned; the causes of failed calls are another's.
            #expect(Self.count("no connection to the database", in: daemon.log) <= 2, "\(daemon.log)")
            await silent.close()
            let isBack = try await Patience.until { await Self.search(client) == nil }
            #expect(isBack, "\(daemon.log)")
            #expect(try await Patience.until { try await daemon.health().status == 0 })
            await client.close()
        }
    }
}
