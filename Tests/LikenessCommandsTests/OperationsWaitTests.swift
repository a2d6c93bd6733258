import LikenessMessages
import LikenessRPC
import LikenessTesting
import LikenessWire
import Synchronization
import Testing

/// `likeness admin operations wait`, to each end that an operation has.
@Suite struct OperationsWaitTests {
    private static let id = "6b1f0c5e-6c5e-4b3a-9d2a-0f4c7e6d1a2b"

    /// Runs it against a service whose operation is in these states, one after the other; the last stays.
    private static func wait(
        _ states: [OperationState],
        _ arguments: String...
    ) async throws -> (run: BuiltProgram.Run, asked: Int) {
        let asked = Atomic(-1)
        @Sendable func operation(_ id: String) throws -> LikenessMessages.Operation {
            guard id == Self.id else { throw RPCError(.notFound, "no operation \(id)") }
            let number = min(asked.wrappingAdd(1, ordering: .relaxed).newValue, states.count - 1)
            return .init(id: id, kind: "reindex", target: "main", state: states[number], phase: "step \(number)")
        }
        var router = MethodRouter()
        router.unary(AdminServiceMethods.getOperation) { request, _ in
            GetOperationResponse(operation: try operation(request.id))
        }
        router.unary(AdminServiceMethods.waitOperation) { request, _ in
            WaitOperationResponse(operation: try operation(request.id))
        }
        return try await LoopbackServer.run(router) { server in
            try await server.withEnvironment { environment in
                let run = try await BuiltProgram("likeness").run(
                    ["admin", "operations", "wait"] + arguments,
                    environment: environment
                )
                return (run, asked.load(ordering: .relaxed) + 1)
            }
        }
    }

    @Test func `it waits until the operation has succeeded`() async throws {
        let (run, asked) = try await Self.wait([.running, .running, .running, .succeeded], Self.id, "--output", "json")
        #expect(run.status == 0 && asked == 4, "\(run)")
        #expect(run.output.contains(#""state":"OPERATION_STATE_SUCCEEDED""#), "\(run)")
        #expect(run.output.contains(#"{"operation":{"id":"\#(Self.id)""#), "\(run)")
    }

    @Test(arguments: [OperationState.failed, .cancelled])
    func `an operation that ends otherwise is a failure`(state: OperationState) async throws {
        let (run, asked) = try await Self.wait([.running, state], Self.id)
        #expect(run.status == 1 && asked == 2, "\(run)")
        #expect(run.output.contains(Self.id), "\(run)")
    }

    @Test func `an operation that has ended is not waited for`() async throws {
        let (run, asked) = try await Self.wait([.succeeded], Self.id)
        #expect(run.status == 0 && asked == 1, "\(run)")
    }

    @Test func `an unknown operation is an error`() async throws {
        let (run, _) = try await Self.wait([.succeeded], "00000000-0000-0000-0000-000000000000")
        // 64 and NOT_FOUND.
        #expect(run.status == 69 && run.output.isEmpty && run.errors.contains("NOT_FOUND"), "\(run)")
    }
}
