import Dispatch
import Testing

@testable import LikenessEmbedding

/// Gives each sequence back as its vector, and runs only when it is let.
private final class GatedSession: InferenceSession {
    let started: AsyncStream<[[Int32]]>
    private let report: AsyncStream<[[Int32]]>.Continuation
    private let gate = DispatchSemaphore(value: 0)
    private let failure: EmbeddingError?

    init(failure: EmbeddingError? = nil) {
        (self.started, self.report) = AsyncStream.makeStream()
        self.failure = failure
    }

    func letRun(_ batchCount: Int = 1) { for _ in 0..<batchCount { self.gate.signal() } }

    func infer(_ sequences: [[Int32]]) throws(EmbeddingError) -> [[Float]] {
        self.report.yield(sequences)
        self.gate.wait()
        if let failure { throw failure }
        return sequences.map { $0.map(Float.init) }
    }
}

@Suite(.timeLimit(.minutes(10))) struct `Waiting for the embedding threads` {
    private let session = GatedSession()

    private func threads(_ session: GatedSession, interactiveMax: Int = 8, cache: Int = 0) -> EmbeddingThreads {
        var limits = BatchQueue.Limits()
        (limits.interactiveMax, limits.sequencesPerBatchMax) = (interactiveMax, 4)
        return EmbeddingThreads(sessions: [session], limits: limits, cacheBytesMax: cache)
    }

    /// Lets other tasks run until so many sequences wait in the queue.
    private func queue(of threads: EmbeddingThreads, reaches count: Int) async {
        while threads.statistics.waiting != count { await Task.yield() }
    }

    private func call(
        _ threads: EmbeddingThreads,
        _ sequences: [[Int32]],
        deadline: ContinuousClock.Instant? = nil
    ) -> Task<Result<[[Float]], EmbeddingError>, Never> {
        Task {
            do throws(EmbeddingError) {
                return .success(try await threads.embed(sequences, priority: .interactive, deadline: deadline))
            } catch { return .failure(error) }
        }
    }

    @Test func `a spare thread takes its part of what fills an index, and none of a search`() async throws {
        let spare = GatedSession()
        let threads = EmbeddingThreads(
            sessions: [self.session],
            spareSessions: [spare],
            limits: .init(),
            cacheBytesMax: 0
        )
        var (mains, spares) = (self.session.started.makeAsyncIterator(), spare.started.makeAsyncIterator())
        // Of two lengths, so that they are two batches.
        let long = [Int32](repeating: 2, count: 20)
        let filling = Task { try await threads.embed([[1], long], priority: .background, deadline: nil) }
        let both = [await mains.next(), await spares.next()]
        #expect(both.contains([[1]]) && both.contains([long]))
        spare.letRun(2)
        let search = self.call(threads, [[3]])
        await self.queue(of: threads, reaches: 1)
        self.session.letRun(2)
        #expect(await mains.next() == [[3]])
        #expect(await search.value == .success([[3]]))
        #expect(try await filling.value == [[1], long.map(Float.init)])
        await threads.shutdown()
    }

    @Test func `calls that wait together run together`() async {
        let threads = self.threads(self.session)
        var batches = self.session.started.makeAsyncIterator()
        let first = self.call(threads, [[1]])
        #expect(await batches.next() == [[1]])
        let others = [2, 3, 4].map { self.call(threads, [[$0]]) }
        await self.queue(of: threads, reaches: 3)
        self.session.letRun(2)
        #expect(await first.value == .success([[1]]))
        for (index, other) in others.enumerated() { #expect(await other.value == .success([[Float(index + 2)]])) }
        #expect(await batches.next()?.count == 3)
        #expect(threads.statistics.batches == 2)
        await threads.shutdown()
    }

    @Test func `cancellation ends the wait at once, queued or running`() async {
        let threads = self.threads(self.session)
        var batches = self.session.started.makeAsyncIterator()
        let running = self.call(threads, [[1]])
        _ = await batches.next()
        let queued = self.call(threads, [[2]])
        await self.queue(of: threads, reaches: 1)
        queued.cancel()
        #expect(await queued.value == .failure(.cancelled))
        #expect(threads.statistics.waiting == 0)
        running.cancel()
        #expect(await running.value == .failure(.cancelled))
        self.session.letRun()
        await threads.shutdown()
        #expect(threads.statistics.batches == 1)
    }

    @Test func `a deadline ends the wait, and one that has passed is not waited for`() async {
        let threads = self.threads(self.session)
        #expect(await self.call(threads, [[1]], deadline: .now - .seconds(1)).value == .failure(.deadlineExceeded))
        #expect(
            await self.call(threads, [[1]], deadline: .now + .milliseconds(20)).value == .failure(.deadlineExceeded)
        )
        self.session.letRun(2)
        #expect(await self.call(threads, [[2]], deadline: .now + .seconds(60)).value == .success([[2]]))
        await threads.shutdown()
    }

    @Test func `a full queue refuses at once`() async {
        let threads = self.threads(self.session, interactiveMax: 1)
        var batches = self.session.started.makeAsyncIterator()
        let running = self.call(threads, [[1]])
        _ = await batches.next()
        let queued = self.call(threads, [[2]])
        await self.queue(of: threads, reaches: 1)
        #expect(await self.call(threads, [[3]]).value == .failure(.overloaded))
        self.session.letRun(2)
        #expect(await running.value == .success([[1]]))
        #expect(await queued.value == .success([[2]]))
        await threads.shutdown()
    }

    @Test func `a failing model fails the call and goes on`() async {
        let session = GatedSession(failure: .failed("out of order"))
        let threads = self.threads(session)
        session.letRun(2)
        #expect(await self.call(threads, [[1]]).value == .failure(.failed("out of order")))
        #expect(await self.call(threads, [[1]]).value == .failure(.failed("out of order")))
        await threads.shutdown()
    }

    @Test func `shutting down fails those that wait, finishes what runs, and may be done twice`() async {
        let threads = self.threads(self.session)
        var batches = self.session.started.makeAsyncIterator()
        let calls = [self.call(threads, [[1]])]
        _ = await batches.next()
        let queued = self.call(threads, [[2]])
        await self.queue(of: threads, reaches: 1)
        let shutdown = Task { await threads.shutdown() }
        for call in calls + [queued] { #expect(await call.value == .failure(.unavailable("it was shut down"))) }
        #expect(await self.call(threads, [[3]]).value == .failure(.unavailable("it was shut down")))
        self.session.letRun()
        await shutdown.value
        await threads.shutdown()
        #expect(threads.statistics.batches == 1)
    }

    @Test func `many callers on several threads all get their own vectors`() async {
        let sessions = (0..<3).map { _ in GatedSession() }
        for session in sessions { session.letRun(10_000) }
        let threads = EmbeddingThreads(sessions: sessions, limits: .init(), cacheBytesMax: 10_000)
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<50 as Range<Int32> {
                group.addTask {
                    for round in 0..<40 as Range<Int32> {
                        let sequences = [[caller], [round, round], [caller, round, 7]]
                        let deadline = ContinuousClock.now + (round % 7 == 6 ? .microseconds(50) : .seconds(60))
                        do throws(EmbeddingError) {
                            let vectors = try await threads.embed(
                                sequences,
                                priority: round % 2 == 0 ? .interactive : .background,
                                deadline: deadline
                            )
                            #expect(vectors == sequences.map { $0.map(Float.init) })
                        } catch {
                            #expect(error == .deadlineExceeded && round % 7 == 6)
                        }
                    }
                }
            }
        }
        #expect(threads.statistics.waiting == 0)
        await threads.shutdown()
    }
}
