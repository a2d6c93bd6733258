import Foundation
import LikenessClient
import LikenessMessages

/// Finds people in a Likeness service: `LIKENESS_CONNECT=dev/client.json likeness-example "looked after soldiers"`.
///
/// Shows what a service that calls Likeness needs: one client for the whole process, options for each call, a stream, an
/// interceptor, and what to do with errors.
@main
enum FindPeople {
    static func main() async {
        let words = CommandLine.arguments.dropFirst().joined(separator: " ")
        do {
            // Reads the client.json that LIKENESS_CONNECT names: endpoint, CA, certificate and key.
            var configuration = try ClientConfiguration()
            configuration.interceptors.append(Stopwatch())
            configuration.balancing = .leastLoaded
            // One client for the process; it connects with the first call and is safe to share.
            let client = try LikenessClient(configuration: configuration)
            do {
                try await Self.find(words, client)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
        } catch {
            FileHandle.standardError.write(Data("likeness-example: \(Self.advice(error))\n".utf8))
            exit(1)
        }
    }

    private static func find(_ words: String, _ client: LikenessClient) async throws {
        // By words, so that a service without a model answers too.
        let query = Query(ask: .text(TextQuery(text: words, mode: .text)))

        // One call. It has 2 s for all attempts together; a second attempt is made beside one that takes 300 ms.
        var options = CallOptions(timeout: .seconds(2))
        options.hedging = .init(delay: .milliseconds(300))
        let answer = try await client.search.query(QueryRequest(query: query, limit: 3), options: options)
        for hit in answer.hits { print("\(hit.profile?.displayName ?? "?"): \(hit.section?.title ?? "")") }

        // A stream. Its pages are taken one at a time, and the service waits for whoever takes them.
        let all = QueryStreamRequest(query: QueryRequest(query: query, limit: 1_000))
        let count = try await client.search.queryStream(all, options: CallOptions()) { pages in
            var count = 0
            while let page = try await pages.next() { count += page.hits.count }
            return count
        }
        print("\(count) in all")
    }

    /// What whoever reads the line can do about it.
    private static func advice(_ error: any Error) -> String {
        guard let error = error as? LikenessError else { return "\(error)" }
        switch error.code {
        // What the contract says about a field is for the one who filled it in.
        case .invalidArgument where !error.violations.isEmpty:
            return error.violations.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
        // The client has tried as often as is safe.
        case .unavailable: return "the service cannot be reached, try later (\(error.message))"
        case .unauthenticated, .permissionDenied: return "a certificate or token is missing (\(error.message))"
        default: return "\(error)"
        }
    }
}

/// Says how long each call took.
struct Stopwatch: ClientInterceptor {
    func intercept<Result: Sendable>(
        _ call: CallContext,
        _ next: (CallContext) async throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        defer {
            let line = "\(call.method.name): \(start.duration(to: .now).formatted())\n"
            FileHandle.standardError.write(Data(line.utf8))
        }
        return try await next(call)
    }
}
