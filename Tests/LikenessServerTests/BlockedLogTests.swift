import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Synchronization
import Testing

/// A log that takes no lines, and what is written when the process ends.
@Suite(.freshDatabase, .serialized) struct BlockedLogTests {
    /// The reader's end of a daemon's log.
    private final class Reader: Sendable {
        private let descriptor: Int32
        private let text = Mutex("")
        private let reads = Atomic(true)
        private let isReading = Atomic(false)

        init(_ path: String) {
            // Both ends: a pipe that has lost its only writer is at its end.
            self.descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        }

        var lines: [Substring] { self.text.withLock { $0 }.split(separator: "\n") }

        /// Reads until ``pause()`` and the pipe is empty, on a thread of its own: the daemon waits for it.
        func start() {
            self.reads.store(true, ordering: .sequentiallyConsistent)
            self.isReading.store(true, ordering: .sequentiallyConsistent)
            Thread {
                var bytes = [UInt8](repeating: 0, count: 1 << 16)
                while true {
                    let count = read(self.descriptor, &bytes, bytes.count)
                    if count > 0 {
                        self.text.withLock { $0 += String(decoding: bytes[..<count], as: UTF8.self) }
                    } else if self.reads.load(ordering: .sequentiallyConsistent) {
                        usleep(1_000)
                    } else {
                        break
                    }
                }
                self.isReading.store(false, ordering: .sequentiallyConsistent)
            }.start()
        }

        func pause() async throws {
            self.reads.store(false, ordering: .sequentiallyConsistent)
            _ = try await Patience.until(every: .milliseconds(1)) {
                !self.isReading.load(ordering: .sequentiallyConsistent)
            }
        }

        func comes(_ part: String) async throws -> Bool {
            try await Patience.until { self.lines.contains { $0.contains(part) } }
        }

        func close() { Foundation.close(self.descriptor) }
    }

    private static let once: CallOptions = {
        var options = CallOptions(timeout: Patience.limit)
        options.attemptsMax = 1
        return options
    }()

    /// An audited call that changes nothing: NOT_FOUND unless the log is blocked.
    private static func audited(_ client: LikenessClient) async -> LikenessError? {
        var failure: LikenessError?
        repeat {
            failure = await ServiceFixture.failure {
                try await client.admin.getOperation(
                    .init(id: "00000000-0000-4000-8000-000000000000"),
                    options: Self.once
                )
            }
            // A busy machine may refuse one of many at once.
        } while failure?.code == .resourceExhausted
        return failure
    }

    /// Makes audited calls until one is refused.
    ///
    /// - Returns: How many were made before, and why that one was refused.
    private static func fill(_ client: LikenessClient) async -> (made: Int, refusal: LikenessError?) {
        await withTaskGroup(of: (made: Int, refusal: LikenessError?).self) { group in
            let end = ContinuousClock.now + Patience.limit
            for _ in 0..<8 {
                group.addTask {
                    var made = 0
                    while .now < end {
                        let failure = await Self.audited(client)
                        guard failure?.code == .notFound else { return (made, failure) }
                        made += 1
                    }
                    return (made, nil)
                }
            }
            return await group.reduce((0, nil)) { ($0.0 + $1.made, $1.refusal) }
        }
    }

    /// Audit lines of ``audited(_:)`` that ran.
    private static func audits(_ lines: [Substring]) -> Int {
        lines.count {
            $0.contains(" likeness.audit: ") && $0.contains("/GetOperation") && $0.contains("code=NOT_FOUND")
        }
    }

    @Test func `a log that nobody reads stops audited calls and no others, until it is read`() async throws {
        try await TestFolders.withPath { pipe in
            try #require(mkfifo(pipe, 0o600) == 0)
            let reader = Reader(pipe)
            defer { reader.close() }
            reader.start()
            try await ServedDaemon.run(["log.level=debug"], before: "exec 2>'\(pipe)'") { daemon in
                #expect(try await reader.comes(" serving"))
                let client = try daemon.client()
                let person = Profile(slug: "sailor", displayName: "Sam Sail")
                _ = try await client.profiles.createProfile(.init(profile: person), options: .init())
                try await reader.pause()

                let (made, refusal) = await Self.fill(client)
                #expect(made > 100 && refusal?.code == .unavailable && refusal?.reason == "AUDIT_LOG_BLOCKED")
                // Nothing was done, and calls that are not audited go on.
                let deletion = DeleteProfileRequest(key: .init(key: .slug("sailor")))
                let refused = await ServiceFixture.failure {
                    try await client.profiles.deleteProfile(deletion, options: Self.once)
                }
                #expect(refused?.reason == "AUDIT_LOG_BLOCKED")
                let answer = try await client.profiles.getProfile(
                    .init(key: .init(key: .slug("sailor"))),
                    options: Self.once
                )
                #expect(answer.profile?.displayName == "Sam Sail")
                // More of their lines than wait.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            for _ in 0..<800 {
                                _ = try await client.admin.getVersion(
                                    .init(),
                                    options: CallOptions(timeout: Patience.limit)
                                )
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await daemon.health().status == 0)

                reader.start()
                let works = try await Patience.until {
                    await ServiceFixture.failure {
                        try await client.profiles.deleteProfile(deletion, options: Self.once)
                    } == nil
                }
                #expect(works)
                #expect(try await reader.comes("method=likeness.v1.ProfileService/DeleteProfile"))
                // Every audited call that ran has its line. Ordinary ones were dropped, and how many is said.
                let hasAll = try await Patience.until { Self.audits(reader.lines) >= made }
                #expect(hasAll, "\(Self.audits(reader.lines)) of \(made)")
                #expect(try await reader.comes("lines were dropped: the log is slower than what is written to it"))
                await client.close()
            }
            try await reader.pause()
            // Lines of level debug may follow it.
            #expect(reader.lines.contains { $0.hasSuffix(" stopped") }, "\(reader.lines.suffix(5))")
        }
    }

    @Test func `a full disk stops audited calls and no others, and not the end of the process`() async throws {
        let status = try await ServedDaemon.run(["log.level=debug"], before: "exec 2>/dev/full") { daemon in
            let client = try daemon.client()
            let serves = try await Patience.until { try await daemon.health().status == 0 }
            #expect(serves)
            let (made, refusal) = await Self.fill(client)
            #expect(made > 100 && refusal?.reason == "AUDIT_LOG_BLOCKED")
            _ = try await client.admin.getVersion(.init(), options: Self.once)
            _ = try await client.profiles.createProfile(
                .init(profile: Profile(displayName: "Sam Sail")),
                options: Self.once
            )
            await client.close()
        }
        #expect(status == 0)
    }

    @Test(arguments: [SIGTERM, SIGABRT, SIGSEGV]) func `what was logged is written when the process ends or crashes`(
        signal: Int32
    ) async throws {
        try await TestFolders.withPath { pipe in
            try #require(mkfifo(pipe, 0o600) == 0)
            let reader = Reader(pipe)
            defer { reader.close() }
            reader.start()
            var made = 0
            let status = try await ServedDaemon.run(["rpc.drain_timeout=1s"], before: "ulimit -c 0; exec 2>'\(pipe)'") {
                daemon in
                #expect(try await reader.comes(" serving"))
                let client = try daemon.client()
                try await reader.pause()
                // More than the pipe takes: what is left is with the process.
                made = await withTaskGroup(of: Int.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            var made = 0
                            for _ in 0..<100 {
                                if await Self.audited(client)?.code == .notFound { made += 1 }
                            }
                            return made
                        }
                    }
                    return await group.reduce(0, +)
                }
                await client.close()
                kill(daemon.process, signal)
                reader.start()
                // The end of the process is waited for before the folder goes.
                _ = try await Patience.until(every: .milliseconds(5)) { kill(daemon.process, 0) != 0 }
            }
            try await reader.pause()
            #expect(made == 800)
            #expect(Self.audits(reader.lines) == 800)
            #expect(reader.lines.allSatisfy { $0.hasPrefix("20") }, "lines are whole")
            #expect(status == (signal == SIGTERM ? 0 : 128 + signal))
        }
    }
}
