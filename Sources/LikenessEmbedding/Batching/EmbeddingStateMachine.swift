internal import LikenessScheduling

/// Decides who waits for which sequence, what runs next, and who gets which vector. Has no threads and no clock.
///
/// A *call* asks for one or more sequences and gets one answer. Equal sequences *fly* once, however many calls wait for
/// them; a flight that no caller waits for any more leaves the queue.
struct EmbeddingStateMachine {
    typealias CallID = UInt64
    typealias FlightID = UInt64

    enum OnCall: Equatable {
        case answer([[Float]])
        case refuse(EmbeddingError)
        /// The call waits; `newFlights` of its sequences are new to the queue.
        case wait(newFlights: Int)
    }

    /// A call whose fate is decided.
    struct Answer: Equatable {
        let call: CallID
        let result: Result<[[Float]], EmbeddingError>
    }

    struct Batch: Equatable {
        let flights: [FlightID]
        let sequences: [[Int32]]
    }

    /// What a thread is for.
    enum ThreadKind {
        /// Searches first, and what fills an index.
        case main
        /// What fills an index, while no search waits or runs: a core that would be idle otherwise.
        case spare
    }

    private struct Call {
        var vectors: [[Float]?]
        var missing: Int
        /// The flights it waits for, each perhaps for several of its places.
        var flights: Set<FlightID>
    }

    private struct Flight {
        let sequence: [Int32]
        /// Who waits, and at which place of its answer.
        var waiters: [(call: CallID, place: Int)]
        /// Whether a search ever waited for it: only then is the vector worth keeping.
        var isCached: Bool
        var isRunning = false
    }

    private var queue: BatchQueue
    private var cache: VectorCache
    private var calls: [CallID: Call] = [:]
    private var flights: [FlightID: Flight] = [:]
    private var flightOfSequence: [[Int32]: FlightID] = [:]
    private var nextFlightID: FlightID = 0
    private var isClosed = false
    private var totals = EmbeddingStatistics()

    init(limits: BatchQueue.Limits, cacheBytesMax: Int) {
        (self.queue, self.cache) = (BatchQueue(limits: limits), VectorCache(bytesMax: cacheBytesMax))
    }

    /// No caller waits, nothing runs.
    var isIdle: Bool {
        self.calls.isEmpty && self.flights.isEmpty && self.flightOfSequence.isEmpty && self.queue.isEmpty
    }

    var isShutDown: Bool { self.isClosed }

    var statistics: EmbeddingStatistics {
        var statistics = self.totals
        statistics.waiting = self.queue.count
        return statistics
    }

    /// A call arrived. Its ID has never been used before.
    mutating func callArrived(
        _ id: CallID,
        _ sequences: [[Int32]],
        _ priority: EmbeddingPriority,
        for requester: Flow
    ) -> OnCall {
        guard !self.isClosed else { return .refuse(.unavailable("it was shut down")) }
        var call = Call(vectors: sequences.map { self.cache.vector(for: $0) }, missing: 0, flights: [])
        call.missing = call.vectors.count { $0 == nil }
        self.totals.cacheHits += sequences.count - call.missing
        guard call.missing > 0 else { return .answer(call.vectors.compactMap(\.self)) }

        let absent = Set(zip(sequences, call.vectors).filter { $1 == nil && self.flightOfSequence[$0] == nil }.map(\.0))
        guard absent.count <= self.queue.room(priority, for: requester) else {
            self.totals.refused += 1
            return .refuse(.overloaded)
        }
        for (place, sequence) in sequences.enumerated() where call.vectors[place] == nil {
            let flight = self.flight(of: sequence, priority, for: requester)
            self.flights[flight]?.waiters.append((id, place))
            call.flights.insert(flight)
        }
        self.calls[id] = call
        return .wait(newFlights: absent.count)
    }

    /// The flight that carries a sequence: one under way, if there is one, otherwise a new one at the queue's end.
    private mutating func flight(
        of sequence: [Int32],
        _ priority: EmbeddingPriority,
        for requester: Flow
    ) -> FlightID {
        if let id = self.flightOfSequence[sequence] {
            if priority == .interactive {
                self.flights[id]?.isCached = true
                self.queue.join(id, for: requester)
            }
            return id
        }
        let id = self.nextFlightID
        self.nextFlightID += 1
        self.flights[id] = Flight(sequence: sequence, waiters: [], isCached: priority == .interactive)
        self.flightOfSequence[sequence] = id
        self.queue.append(BatchQueue.Entry(id: id, tokenCount: sequence.count), priority, for: requester)
        return id
    }

    /// A thread is free.
    ///
    /// - Returns: What it runs now; `nil` when nothing waits for a thread of its kind.
    mutating func threadBecameFree(_ kind: ThreadKind = .main) -> Batch? {
        let entries: [BatchQueue.Entry]
        switch kind {
        case .main: entries = self.queue.nextBatch()
        case .spare: entries = self.isSearching ? [] : self.queue.nextBackgroundBatch()
        }
        let flights = entries.map(\.id)
        guard !flights.isEmpty else { return nil }
        for id in flights { self.flights[id]?.isRunning = true }
        self.totals.batches += 1
        self.totals.sequences += flights.count
        return Batch(flights: flights, sequences: flights.compactMap { self.flights[$0]?.sequence })
    }

    /// Whether a search waits for a vector.
    private var isSearching: Bool {
        self.queue.hasInteractive || self.flights.values.contains { $0.isRunning && $0.isCached }
    }

    /// A thread has run a batch.
    ///
    /// - Returns: The calls that are answered by it.
    mutating func batchFinished(_ batch: Batch, _ result: Result<[[Float]], EmbeddingError>) -> [Answer] {
        var answers: [Answer] = []
        for (index, id) in batch.flights.enumerated() {
            guard let flight = self.flights.removeValue(forKey: id) else { continue }
            self.flightOfSequence[flight.sequence] = nil
            switch result {
            case .success(let vectors):
                if flight.isCached { self.cache.insert(vectors[index], for: flight.sequence) }
                for waiter in flight.waiters {
                    if let answer = self.deliver(vectors[index], to: waiter.call, at: waiter.place) {
                        answers.append(answer)
                    }
                }
            case .failure(let error):
                self.totals.failures += 1
                for waiter in flight.waiters {
                    if let answer = self.callLeft(waiter.call, error) { answers.append(answer) }
                }
            }
        }
        return answers
    }

    private mutating func deliver(_ vector: [Float], to id: CallID, at place: Int) -> Answer? {
        guard var call = self.calls.removeValue(forKey: id) else { return nil }
        call.vectors[place] = vector
        call.missing -= 1
        if call.missing == 0 { return Answer(call: id, result: .success(call.vectors.compactMap(\.self))) }
        self.calls[id] = call
        return nil
    }

    /// A call waits no longer, because of cancellation, its deadline, or a failure.
    ///
    /// - Returns: Its answer; `nil` when it has had one before.
    mutating func callLeft(_ id: CallID, _ error: EmbeddingError) -> Answer? {
        guard let call = self.calls.removeValue(forKey: id) else { return nil }
        for flightID in call.flights {
            guard var flight = self.flights[flightID] else { continue }
            flight.waiters.removeAll { $0.call == id }
            if flight.waiters.isEmpty && !flight.isRunning {
                self.flights[flightID] = nil
                self.flightOfSequence[flight.sequence] = nil
                self.queue.remove(flightID)
            } else {
                self.flights[flightID] = flight
            }
        }
        return Answer(call: id, result: .failure(error))
    }

    /// Takes no more calls and answers those that wait; what runs is left to finish.
    mutating func shutDown() -> [Answer] {
        self.isClosed = true
        return self.calls.keys.sorted().compactMap { self.callLeft($0, .unavailable("it was shut down")) }
    }
}
