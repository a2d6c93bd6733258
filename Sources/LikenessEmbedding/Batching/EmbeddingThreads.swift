internal import Dispatch
internal import Foundation
internal import LikenessScheduling
internal import Synchronization

/// Runs what `EmbeddingStateMachine` decides: threads of its own, and the callers that wait for them.
final class EmbeddingThreads: Sendable {
    typealias Answer = Result<[[Float]], EmbeddingError>
    typealias CallID = EmbeddingStateMachine.CallID

    private struct State {
        var machine: EmbeddingStateMachine
        var nextCallID: CallID = 0
        var waiting: [CallID: CheckedContinuation<Answer, Never>] = [:]
        /// Answers that came before their caller had begun to wait.
        var early: [CallID: Answer] = [:]
        var runningThreadCount: Int
        var waitingForShutdown: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    /// One signal for each new flight and, at the end, for each thread. A thread that finds nothing waits again.
    private let work = DispatchSemaphore(value: 0)
    /// The same for the spare threads. A signal that one of them leaves unused is made up for by the main threads', each of which
    /// takes any work.
    private let spareWork = DispatchSemaphore(value: 0)
    private let threadCount: Int
    private let spareThreadCount: Int

    /// Starts one thread for each session. They live until `shutdown`.
    ///
    /// - Parameter spareSessions: For threads that only fill indexes.
    init(
        sessions: [any InferenceSession],
        spareSessions: [any InferenceSession] = [],
        limits: BatchQueue.Limits,
        cacheBytesMax: Int
    ) {
        precondition(!sessions.isEmpty, "somebody has to run the model")
        self.threadCount = sessions.count
        self.spareThreadCount = spareSessions.count
        self.state = Mutex(
            State(
                machine: EmbeddingStateMachine(limits: limits, cacheBytesMax: cacheBytesMax),
                runningThreadCount: sessions.count + spareSessions.count
            )
        )
        for (index, session) in sessions.enumerated() {
            let thread = Thread { self.run(session, .main) }
            thread.name = "embedding-\(index)"
            thread.start()
        }
        for (index, session) in spareSessions.enumerated() {
            let thread = Thread { self.run(session, .spare) }
            thread.name = "embedding-spare-\(index)"
            thread.start()
        }
    }

    var statistics: EmbeddingStatistics { self.state.withLock { $0.machine.statistics } }

    // MARK: Callers

    /// Waits for the vectors of some sequences, in their order.
    func embed(
        _ sequences: [[Int32]],
        priority: EmbeddingPriority,
        deadline: ContinuousClock.Instant?
    ) async throws(EmbeddingError) -> [[Float]] {
        if Task.isCancelled { throw .cancelled }
        if let deadline, deadline <= .now { throw .deadlineExceeded }

        let flow = Flow.current
        let (id, onCall) = self.state.withLock { state in
            state.nextCallID += 1
            return (state.nextCallID, state.machine.callArrived(state.nextCallID, sequences, priority, for: flow))
        }
        switch onCall {
        case .answer(let vectors): return vectors
        case .refuse(let error): throw error
        case .wait(let newFlights):
            for _ in 0..<newFlights { self.work.signal() }
            if priority == .background, self.spareThreadCount > 0 {
                for _ in 0..<newFlights { self.spareWork.signal() }
            }
            let timer = deadline.map { deadline in
                Task {
                    guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
                    self.leave(id, .deadlineExceeded)
                }
            }
            defer { timer?.cancel() }
            return try await self.answer(to: id).get()
        }
    }

    private func answer(to id: CallID) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = self.state.withLock { state -> Answer? in
                    if let answer = state.early.removeValue(forKey: id) { return answer }
                    state.waiting[id] = continuation
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            self.leave(id, .cancelled)
        }
    }

    private func leave(_ id: CallID, _ error: EmbeddingError) {
        self.deliver { machine in machine.callLeft(id, error).map { [$0] } ?? [] }
    }

    /// Lets the machine decide under the lock, then answers without it.
    private func deliver(_ decide: (inout EmbeddingStateMachine) -> [EmbeddingStateMachine.Answer]) {
        let due = self.state.withLock { state in
            decide(&state.machine).compactMap { answer -> (CheckedContinuation<Answer, Never>, Answer)? in
                guard let continuation = state.waiting.removeValue(forKey: answer.call) else {
                    state.early[answer.call] = answer.result
                    return nil
                }
                return (continuation, answer.result)
            }
        }
        for (continuation, result) in due { continuation.resume(returning: result) }
    }

    // MARK: Threads

    private func run(_ session: any InferenceSession, _ kind: EmbeddingStateMachine.ThreadKind) {
        while true {
            switch kind {
            case .main: self.work.wait()
            case .spare: self.spareWork.wait()
            }
            let (batch, isShutDown) = self.state.withLock { ($0.machine.threadBecameFree(kind), $0.machine.isShutDown) }
            if let batch {
                let result = Result { () throws(EmbeddingError) in try session.infer(batch.sequences) }
                self.deliver { $0.batchFinished(batch, result) }
            } else if isShutDown {
                break
            }
        }
        let waiting = self.state.withLock { state in
            state.runningThreadCount -= 1
            guard state.runningThreadCount == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waitingForShutdown = [] }
            return state.waitingForShutdown
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Fails the calls that wait, lets running batches finish, and ends the threads. May be called again.
    func shutdown() async {
        self.deliver { $0.shutDown() }
        for _ in 0..<self.threadCount { self.work.signal() }
        for _ in 0..<self.spareThreadCount { self.spareWork.signal() }
        await withCheckedContinuation { continuation in
            let isOver = self.state.withLock { state in
                if state.runningThreadCount > 0 { state.waitingForShutdown.append(continuation) }
                return state.runningThreadCount == 0
            }
            if isOver { continuation.resume() }
        }
    }
}
