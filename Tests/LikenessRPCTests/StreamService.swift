import LikenessMessages
import LikenessRPC
import LikenessWire
import Synchronization

/// Methods with streams that exist for tests. Payloads are the bytes of the messages.
enum Streams {
    /// Answers with the number and the sum of the sizes of all requests.
    static let collect = Echo.method("Collect", kind: .clientStreaming)
    /// Takes one request, answers with it and leaves.
    static let first = Echo.method("First", kind: .clientStreaming)
    /// Takes nothing before the gate opens, then collects.
    static let lazy = Echo.method("Lazy", kind: .clientStreaming)
    /// Sends as many messages as the request has bytes, each as large as its text says.
    static let count = Echo.method("Count", kind: .serverStreaming)
    /// Sends one message and fails.
    static let broken = Echo.method("Broken", kind: .serverStreaming)
    /// Sends messages until it is stopped.
    static let endless = Echo.method("Endless", kind: .serverStreaming)
    /// Sends back what comes.
    static let talk = Echo.method("Talk", kind: .bidirectional)
}

/// What tests see of the handlers of streams.
final class StreamService: Sendable {
    let gate = Signal()
    /// Fires when an endless handler has ended.
    let stopped = Signal()
    let written = Atomic(0)

    func register(in router: inout MethodRouter) {
        router.clientStreaming(Streams.collect) { requests, _ in try await self.collect(requests) }
        router.clientStreaming(Streams.first) { requests, context in
            context.addTrailer("left", "early")
            guard let request = try await requests.next() else { throw RPCError(.invalidArgument, "nothing came") }
            return request
        }
        router.clientStreaming(Streams.lazy) { requests, _ in
            await self.gate.next()
            return try await self.collect(requests)
        }
        router.serverStreaming(Streams.count) { request, responses, context in
            let size = Int(request.type) ?? 0
            for index in 0..<request.value.count {
                try await responses.write(
                    RPCStatusDetail(type: "\(index)", value: [UInt8](repeating: 1, count: size))
                )
            }
            context.addTrailer("sent", "\(request.value.count)")
        }
        router.serverStreaming(Streams.broken) { request, responses, _ in
            try await responses.write(request)
            throw RPCError(.dataLoss, reason: "BROKEN", "as you wish")
        }
        router.serverStreaming(Streams.endless) { request, responses, _ in
            defer { self.stopped.fire() }
            while true {
                try await responses.write(request)
                self.written.add(1, ordering: .relaxed)
            }
        }
        router.bidirectional(Streams.talk) { requests, responses, context in
            while let request = try await requests.next() { try await responses.write(request) }
            context.addTrailer("said", "goodbye")
        }
    }

    private func collect(_ requests: any MessageReader<RPCStatusDetail>) async throws -> RPCStatusDetail {
        var count = 0
        var sum = 0
        while let request = try await requests.next() {
            count += 1
            sum += request.value.count
        }
        return RPCStatusDetail(type: "\(count)", value: [UInt8]("\(sum)".utf8))
    }
}
