internal import Foundation
internal import LikenessClient
internal import LikenessTLS
internal import NIOCore
internal import NIOPosix

/// Makes one run: connects, starts all workers at the same moment, and adds up what they saw.
package struct LoadRun: Sendable {
    private let plan: LoadPlan
    private let workload: Workload

    package init(plan: LoadPlan, workload: Workload) {
        self.plan = plan
        self.workload = workload
    }

    /// Cancelling the task ends the run early; what was measured until then is reported.
    ///
    /// - Parameter onProgress: Called twice a second.
    /// - Throws: `LoadError` when a connection cannot be made or a certificate cannot be used.
    package func run(onProgress: (LoadProgress) -> Void = { _ in }) async throws -> LoadReport {
        let context: TLSContext
        do {
            context = try TLSContext(
                TLSConfiguration(
                    role: .client,
                    certificateChainPEM: self.plan.service.certificatePEM,
                    privateKeyPEM: self.plan.service.privateKeyPEM,
                    trustedPEM: self.plan.service.authorityPEM
                )
            )
        } catch {
            throw LoadError(error.description)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(self.plan.threads, self.plan.connections))
        do {
            let report = try await self.run(group, context, onProgress)
            try await group.shutdownGracefully()
            return report
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private func run(
        _ group: MultiThreadedEventLoopGroup,
        _ context: TLSContext,
        _ onProgress: (LoadProgress) -> Void
    ) async throws -> LoadReport {
        var workers: [Worker] = []
        for settings in self.settings(context) {
            let eventLoop = group.next()
            let worker = try await eventLoop.submit {
                NIOLoopBound(LoadWorker(eventLoop: eventLoop, settings: settings), eventLoop: eventLoop)
            }.get()
            workers.append(Worker(eventLoop: eventLoop, bound: worker))
        }
        let startedAt = Foundation.Date()
        do {
            for worker in workers {
                try await worker.eventLoop.flatSubmit { worker.bound.value.connect() }.get()
            }
        } catch {
            for worker in workers { try? await worker.eventLoop.submit { worker.bound.value.abandon() }.get() }
            throw error
        }
        // Soon, and the same for all.
        let start = NIODeadline.now().uptimeNanoseconds + 5_000_000
        let runs = workers.map { worker in
            worker.eventLoop.flatSubmit { worker.bound.value.run(from: start) }
        }
        try await self.follow(workers, runs, onProgress)

        var record = self.plan.emptyRecord(for: self.workload)
        var usages: [CPUUsage] = []
        var handshakes: [LoadWorker.Handshake] = []
        var reconnects = 0
        for worker in workers {
            let (part, usage, made, again) = try await worker.eventLoop.submit {
                let worker = worker.bound.value
                return (worker.record, worker.usage, worker.handshakes, worker.reconnects)
            }.get()
            record.merge(part)
            usages.append(usage)
            handshakes += made
            reconnects += again
        }
        return LoadReport(
            plan: self.plan,
            workload: self.workload,
            startedAt: startedAt,
            record: record,
            usages: usages,
            handshakes: handshakes,
            reconnects: reconnects
        )
    }

    private struct Worker: Sendable {
        let eventLoop: any EventLoop
        let bound: NIOLoopBound<LoadWorker>
    }

    private func follow(
        _ workers: [Worker],
        _ runs: [EventLoopFuture<Void>],
        _ onProgress: (LoadProgress) -> Void
    ) async throws {
        guard let first = workers.first else { return }
        let all = EventLoopFuture.andAllSucceed(runs, on: first.eventLoop)
        let over = Task { try await all.get() }
        let watcher = AsyncStream<Bool> { continuation in
            all.whenComplete { _ in
                continuation.yield(true)
                continuation.finish()
            }
            let ticks = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(500))
                    continuation.yield(false)
                }
            }
            continuation.onTermination = { _ in ticks.cancel() }
        }
        await withTaskCancellationHandler {
            for await isOver in watcher where !isOver {
                guard let progress = await Self.progress(of: workers) else { continue }
                onProgress(progress)
            }
        } onCancel: {
            for worker in workers { worker.eventLoop.execute { worker.bound.value.interrupt() } }
        }
        try await over.value
    }

    private static func progress(of workers: [Worker]) async -> LoadProgress? {
        var all: LoadProgress?
        for worker in workers {
            guard let part = try? await worker.eventLoop.submit({ worker.bound.value.progress }).get() else { continue }
            if all == nil { all = part } else { all?.merge(part) }
        }
        return all
    }

    /// Shares connections, calls and bounds out among the workers.
    private func settings(_ context: TLSContext) -> [LoadWorker.Settings] {
        let workers = min(self.plan.threads, self.plan.connections)
        let endpoints = self.plan.service.endpoints
        var concurrency = 0
        if case .closed(let calls) = self.plan.mode { concurrency = calls }
        var next = 0
        var callers = 0
        return (0..<workers).map { worker in
            // Neighbours go to different endpoints: a worker whose endpoint is gone has others left.
            let connections = next..<(next + Self.share(of: self.plan.connections, worker, workers))
            next = connections.upperBound
            let calls = connections.map { Self.share(of: concurrency, $0, self.plan.connections) }
            // In a closed loop a worker sends as much as it has callers for.
            let before = callers
            callers += calls.reduce(0, +)
            let count = self.plan.count.map { count in
                concurrency == 0
                    ? Self.share(of: count, worker, workers)
                    : count * callers / concurrency - count * before / concurrency
            }
            return LoadWorker.Settings(
                plan: self.plan,
                workload: self.workload,
                context: context,
                endpoints: connections.map { endpoints[$0 % endpoints.count] },
                concurrency: calls,
                worker: worker,
                workers: workers,
                countMax: count,
                inFlightMax: max(1, Self.share(of: self.plan.inFlightMax, worker, workers))
            )
        }
    }

    private static func share(of total: Int, _ index: Int, _ count: Int) -> Int {
        total / count + (index < total % count ? 1 : 0)
    }
}
