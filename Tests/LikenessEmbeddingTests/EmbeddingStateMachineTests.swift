import LikenessScheduling
import Testing

@testable import LikenessEmbedding

@Suite struct `Who waits for which vector` {
    private func machine(interactiveMax: Int = 8, backgroundMax: Int = 8, cache: Int = 1 << 20) -> EmbeddingStateMachine
    {
        var limits = BatchQueue.Limits()
        (limits.interactiveMax, limits.backgroundMax) = (interactiveMax, backgroundMax)
        return EmbeddingStateMachine(limits: limits, cacheBytesMax: cache)
    }

    private func nextBatch(of machine: inout EmbeddingStateMachine) throws -> EmbeddingStateMachine.Batch {
        let batch = machine.threadBecameFree()
        return try #require(batch)
    }

    private func vectors(_ batch: EmbeddingStateMachine.Batch) -> Result<[[Float]], EmbeddingError> {
        .success(batch.sequences.map { $0.map(Float.init) })
    }

    @Test func `a spare thread runs what fills an index, and nothing while a search waits or runs`() throws {
        var machine = self.machine()
        #expect(machine.callArrived(1, [[1]], .background, for: .service) == .wait(newFlights: 1))
        #expect(machine.callArrived(2, [[2, 2]], .interactive, for: .service) == .wait(newFlights: 1))
        #expect(machine.threadBecameFree(.spare) == nil)
        let search = try self.nextBatch(of: &machine)
        #expect(search.sequences == [[2, 2]])
        #expect(machine.threadBecameFree(.spare) == nil)
        #expect(machine.batchFinished(search, self.vectors(search)).map(\.call) == [2])
        let filling = machine.threadBecameFree(.spare)
        #expect(filling?.sequences == [[1]])
        #expect(machine.threadBecameFree(.spare) == nil && machine.threadBecameFree() == nil)
    }

    @Test func `a call is answered in its order, and from memory the next time`() throws {
        var machine = self.machine()
        #expect(
            machine.callArrived(1, [[1, 2], [3, 4], [1, 2]], .interactive, for: .service) == .wait(newFlights: 2)
        )
        let batch = try self.nextBatch(of: &machine)
        #expect(batch.sequences == [[1, 2], [3, 4]])
        #expect(machine.threadBecameFree() == nil)
        #expect(
            machine.batchFinished(batch, self.vectors(batch)) == [
                .init(call: 1, result: .success([[1, 2], [3, 4], [1, 2]]))
            ]
        )
        #expect(machine.isIdle)
        #expect(machine.callArrived(2, [[3, 4]], .background, for: .service) == .answer([[3, 4]]))
        #expect(machine.callArrived(3, [], .interactive, for: .service) == .answer([]))
    }

    @Test func `equal sequences fly once, whether waiting or running`() throws {
        var machine = self.machine(cache: 0)
        #expect(machine.callArrived(1, [[1]], .interactive, for: .service) == .wait(newFlights: 1))
        #expect(machine.callArrived(2, [[1]], .interactive, for: .service) == .wait(newFlights: 0))
        let batch = try self.nextBatch(of: &machine)
        #expect(machine.callArrived(3, [[1], [2]], .interactive, for: .service) == .wait(newFlights: 1))
        #expect(machine.batchFinished(batch, self.vectors(batch)).map(\.call) == [1, 2])
        let next = try self.nextBatch(of: &machine)
        #expect(next.sequences == [[2]])
        #expect(machine.batchFinished(next, self.vectors(next)) == [.init(call: 3, result: .success([[1], [2]]))])
        #expect(machine.isIdle)
    }

    @Test func `what nobody waits for any more leaves the queue`() throws {
        var machine = self.machine()
        _ = machine.callArrived(1, [[1], [2]], .interactive, for: .service)
        _ = machine.callArrived(2, [[2]], .interactive, for: .service)
        #expect(machine.callLeft(1, .cancelled) == .init(call: 1, result: .failure(.cancelled)))
        #expect(machine.callLeft(1, .deadlineExceeded) == nil)
        #expect(machine.threadBecameFree()?.sequences == [[2]])
    }

    @Test func `a batch that runs when its caller leaves is still remembered`() throws {
        var machine = self.machine()
        _ = machine.callArrived(1, [[1]], .interactive, for: .service)
        let batch = try self.nextBatch(of: &machine)
        _ = machine.callLeft(1, .deadlineExceeded)
        #expect(machine.batchFinished(batch, self.vectors(batch)).isEmpty)
        #expect(machine.isIdle)
        #expect(machine.callArrived(2, [[1]], .interactive, for: .service) == .answer([[1]]))
    }

    @Test func `a full queue refuses the whole call, but not what is on its way already`() {
        var machine = self.machine(interactiveMax: 2, backgroundMax: 1)
        #expect(machine.callArrived(1, [[1]], .interactive, for: .service) == .wait(newFlights: 1))
        #expect(machine.callArrived(2, [[2], [3]], .interactive, for: .service) == .refuse(.overloaded))
        #expect(machine.callArrived(3, [[1], [2]], .interactive, for: .service) == .wait(newFlights: 1))
        #expect(machine.callArrived(4, [[9]], .interactive, for: .service) == .refuse(.overloaded))
        #expect(machine.callArrived(5, [[1], [2]], .interactive, for: .service) == .wait(newFlights: 0))
        #expect(machine.callArrived(6, [[9]], .background, for: .service) == .wait(newFlights: 1))
        #expect(machine.callArrived(7, [[8]], .background, for: .service) == .refuse(.overloaded))
        #expect(machine.statistics.refused == 3)
        #expect(machine.statistics.waiting == 3)
    }

    @Test func `only what a search asked for is remembered`() throws {
        var machine = self.machine()
        _ = machine.callArrived(1, [[1], [2]], .background, for: .service)
        _ = machine.callArrived(2, [[2]], .interactive, for: .service)
        for _ in 0..<2 {
            let batch = try self.nextBatch(of: &machine)
            _ = machine.batchFinished(batch, self.vectors(batch))
        }
        #expect(machine.callArrived(3, [[2]], .background, for: .service) == .answer([[2]]))
        #expect(machine.callArrived(4, [[1]], .background, for: .service) == .wait(newFlights: 1))
    }

    @Test func `a search takes a waiting background text along to the front`() throws {
        var machine = self.machine()
        _ = machine.callArrived(1, [[1], [2]], .background, for: .service)
        _ = machine.callArrived(2, [[2]], .interactive, for: .service)
        #expect(machine.threadBecameFree()?.sequences == [[2]])
        #expect(machine.threadBecameFree()?.sequences == [[1]])
    }

    @Test func `a failure reaches every call of the batch once, and ends the rest of those calls`() throws {
        var machine = self.machine()
        _ = machine.callArrived(1, [[1], [2], Array(0..<40)], .interactive, for: .service)
        _ = machine.callArrived(2, [[2]], .interactive, for: .service)
        let batch = try self.nextBatch(of: &machine)
        #expect(
            machine.batchFinished(batch, .failure(.failed("x"))) == [
                .init(call: 1, result: .failure(.failed("x"))), .init(call: 2, result: .failure(.failed("x"))),
            ]
        )
        #expect(machine.isIdle)
    }

    @Test func `shutting down answers all that wait and refuses what comes`() throws {
        var machine = self.machine()
        _ = machine.callArrived(1, [[1]], .interactive, for: .service)
        let batch = try self.nextBatch(of: &machine)
        _ = machine.callArrived(2, [[2]], .background, for: .service)
        let error = EmbeddingError.unavailable("it was shut down")
        #expect(
            machine.shutDown() == [.init(call: 1, result: .failure(error)), .init(call: 2, result: .failure(error))]
        )
        #expect(machine.callArrived(3, [[1]], .interactive, for: .service) == .refuse(error))
        #expect(machine.threadBecameFree() == nil)
        #expect(machine.batchFinished(batch, self.vectors(batch)).isEmpty)
        #expect(machine.isIdle)
        #expect(machine.isShutDown)
    }

    /// Every call that waits gets exactly one answer, the right vectors when it is a success, and nothing is left over.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `any order of events answers every call once`(seed: UInt64) {
        var random = SplitMix64(state: seed)
        var machine = self.machine(interactiveMax: 6, backgroundMax: 6, cache: seed.isMultiple(of: 2) ? 0 : 1500)
        var wanted: [UInt64: [[Int32]]] = [:]
        var running: [EmbeddingStateMachine.Batch] = []

        func check(_ answers: [EmbeddingStateMachine.Answer]) {
            for answer in answers {
                let sequences = wanted.removeValue(forKey: answer.call)
                #expect(sequences != nil)
                if case .success(let vectors) = answer.result {
                    #expect(vectors == sequences?.map { $0.map(Float.init) })
                }
            }
        }
        func finish(_ index: Int) {
            let batch = running.remove(at: index)
            let result = Int.random(in: 0..<8, using: &random) == 0 ? .failure(.failed("x")) : self.vectors(batch)
            check(machine.batchFinished(batch, result))
        }
        for id in 0..<600 as Range<UInt64> {
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let sequences = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    [Int32](
                        repeating: .random(in: 0..<4, using: &random),
                        count: [1, 2, 20].randomElement(using: &random) ?? 1
                    )
                }
                let priority = EmbeddingPriority.allCases.randomElement(using: &random) ?? .interactive
                switch machine.callArrived(id, sequences, priority, for: .service) {
                case .answer(let vectors): #expect(vectors == sequences.map { $0.map(Float.init) })
                case .refuse(let error): #expect(error == .overloaded)
                case .wait: wanted[id] = sequences
                }
            case 2:
                let kind = Bool.random(using: &random) ? EmbeddingStateMachine.ThreadKind.main : .spare
                if running.count < 3, let batch = machine.threadBecameFree(kind) { running.append(batch) }
                if running.count > 1 { finish(Int.random(in: 0..<running.count, using: &random)) }
            default:
                if let call = wanted.keys.sorted().randomElement(using: &random),
                    let answer = machine.callLeft(call, .cancelled)
                {
                    check([answer])
                }
            }
        }
        while let batch = machine.threadBecameFree() { running.append(batch) }
        while !running.isEmpty { finish(0) }
        #expect(wanted.isEmpty)
        #expect(machine.isIdle)
    }
}
