import LikenessRPC
import LikenessWire
import Synchronization

/// What interceptors did, in order.
final class Journal: Sendable {
    private let state = Mutex<[String]>([])
    /// Fires whenever a call has left a recorder.
    let ended = Signal()
    var lines: [String] { self.state.withLock { $0 } }
    func add(_ line: String) { self.state.withLock { $0.append(line) } }
}

struct Recorder: ServerInterceptor {
    private let name: String
    private let journal: Journal

    init(_ name: String, in journal: Journal) { (self.name, self.journal) = (name, journal) }

    func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
        self.journal.add("\(self.name) in")
        do {
            let result = try await next()
            self.left("OK")
            return result
        } catch {
            self.left(call.code(of: error).name)
            throw error
        }
    }

    private func left(_ code: String) {
        self.journal.add("\(self.name) out: \(code)")
        self.journal.ended.fire()
    }
}

struct Peek: ServerInterceptor {
    let look: @Sendable (ServerContext) -> Void

    func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
        self.look(call)
        return try await next()
    }
}

struct Refuser: ServerInterceptor {
    private let error: any Error

    init(_ error: any Error) { self.error = error }

    func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
        throw self.error
    }
}

struct Translator: ServerInterceptor {
    func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
        do {
            return try await next()
        } catch {
            throw RPCError(.unavailable, "was \(call.code(of: error).name)")
        }
    }
}

struct Trailers: ServerInterceptor {
    func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
        call.addTrailer("before", "1")
        defer { call.addTrailer("after", "2") }
        return try await next()
    }
}

enum Tenant {
    @TaskLocal static var current = ""
}

struct TenantFromMetadata: ServerInterceptor {
    func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
        try await Tenant.$current.withValue(call.metadata["tenant"] ?? "") { try await next() }
    }
}
