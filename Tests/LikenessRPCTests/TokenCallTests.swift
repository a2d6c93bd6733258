import LikenessMessages
import LikenessRPC
import LikenessWire
import Synchronization
import Testing

/// Calls that show a bearer token. The peers of these servers are readers by themselves.
@Suite struct TokenCallTests {
    private final class Tokens: Sendable {
        let known = Mutex<[String: TokenHolder]>([
            "admin-token": TokenHolder(name: "operator", roles: [.none, .reader, .writer, .admin]),
            "weak-token": TokenHolder(name: "visitor", roles: [.none]),
        ])
    }

    private static func options(_ values: String...) -> CallOptions {
        var options = CallOptions(timeout: .seconds(60))
        for value in values { options.metadata.add("authorization", Array(value.utf8)) }
        return options
    }

    @Test func `a token's role counts, from the moment it is known to the moment it is not`() async throws {
        let tokens = Tokens()
        let server = try await EchoServer.start(tokens: { token in tokens.known.withLock { $0[token] } })
        let client = try await server.connect()
        func code(
            _ method: MethodDescriptor<RPCStatusDetail, RPCStatusDetail>,
            _ options: CallOptions
        ) async -> StatusCode {
            do {
                _ = try await client.unary(method, RPCStatusDetail(), options: options)
                return .ok
            } catch {
                return (error as? RPCError)?.code ?? .unknown
            }
        }
        #expect(await code(Echo.adminOnly, .init()) == .permissionDenied)
        #expect(await code(Echo.adminOnly, Self.options("Bearer admin-token")) == .ok)
        #expect(await code(Echo.adminOnly, Self.options("bearer  admin-token")) == .ok)
        #expect(await code(Echo.adminOnly, Self.options("Bearer weak-token")) == .permissionDenied)
        for wrong in ["Bearer admin-tokeN", "Bearer", "Basic admin-token", "admin-token", "Bearer a b", ""] {
            #expect(await code(Echo.echo, Self.options(wrong)) == .unauthenticated, "\(wrong)")
        }
        #expect(await code(Echo.echo, Self.options("Bearer admin-token", "Bearer admin-token")) == .unauthenticated)
        let long = String(repeating: "x", count: 5_000)
        #expect(await code(Echo.echo, Self.options("Bearer \(long)")) == .unauthenticated)
        tokens.known.withLock { $0["admin-token"] = nil }
        #expect(await code(Echo.adminOnly, Self.options("Bearer admin-token")) == .unauthenticated)
        #expect(await code(Echo.echo, .init()) == .ok)
        await client.close()
        await server.stop()
    }
}
