import Foundation
import LikenessMessages
import LikenessRPC
import LikenessTesting
import LikenessWire
import Synchronization
import Testing

/// An import into a service that fails whole calls because of single documents.
@Suite struct ImportHalvingTests {
    /// What `BatchUpsertProfiles` was called with.
    private final class Store: Sendable {
        private let batches = Mutex<[[String]]>([])

        var calls: [[String]] { self.batches.withLock(\.self) }

        func called(with names: [String]) -> Int {
            self.batches.withLock { batches in
                batches.append(names)
                return batches.count
            }
        }
    }

    private struct Report: Decodable {
        struct Person: Decodable {
            let line: Int
            let outcome: String
            let name: String
            let reason: String?
        }

        let created: Int
        let refused: Int
        let people: [Person]
        let stoppedAtLine: Int?
        let unansweredLines: [Int]?
    }

    /// Imports people named by their lines.
    ///
    /// - Parameter failure: The error of a call, by its names and its number, 1 for the first.
    private static func run(
        count: Int,
        failure: @escaping @Sendable ([String], Int) -> RPCError?
    ) async throws -> (report: Report, status: Int32, calls: [[String]]) {
        let store = Store()
        var router = MethodRouter()
        router.unary(ProfileServiceMethods.batchUpsertProfiles) { request, _ in
            let names = request.profiles.map(\.displayName)
            let number = store.called(with: names)
            if let error = failure(names, number) { throw error }
            return BatchUpsertProfilesResponse(
                results: names.map { .init(result: .upserted(.init(id: $0, slug: $0, outcome: .created))) },
                isEmbedded: true
            )
        }
        let lines = (1...count).map { #"{"basics":{"name":"\#($0)"}}"# }.joined(separator: "\n")
        return try await LoopbackServer.run(router) { server in
            try await server.withEnvironment { environment in
                let run = try await BuiltProgram("likeness").run(
                    ["profile", "import", "-", "--quiet", "--timeout", "120", "--output", "json"],
                    environment: environment,
                    input: lines
                )
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let report = try decoder.decode(Report.self, from: Data(run.output.utf8))
                return (report, run.status, store.calls)
            }
        }
    }

    private static let codes: [(code: StatusCode, name: String)] = [
        (.invalidArgument, "INVALID_ARGUMENT"), (.resourceExhausted, "RESOURCE_EXHAUSTED"), (.internal, "INTERNAL"),
    ]

    @Test(arguments: [1, 2, 3, 50])
    func `a document that fails its batch is refused alone, and all others are stored once`(count: Int) async throws {
        for (number, place) in Set([1, (count + 1) / 2, count]).sorted().enumerated() {
            let (code, name) = Self.codes[number % Self.codes.count]
            let (report, status, calls) = try await Self.run(count: count) { names, _ in
                names.contains("\(place)") ? RPCError(code, "no room for \(place)") : nil
            }
            #expect(status == 1 && report.stoppedAtLine == nil)
            #expect(report.created == count - 1 && report.refused == 1)
            #expect(
                report.people.map(\.line) == Array(1...count)
                    && report.people.map(\.name) == (1...count).map(String.init)
            )
            #expect(report.people.filter { $0.outcome == "refused" }.map(\.line) == [place])
            let reason = report.people[place - 1].reason ?? ""
            #expect(reason.contains(name) && reason.contains("no room for \(place)"), "\(reason)")
            let stored = calls.filter { !$0.contains("\(place)") }.flatMap(\.self)
            #expect(Set(stored).count == stored.count && stored.count == count - 1, "\(calls)")
            // Of each length that halving leads to, two calls at most.
            let depth = Int(log2(Double(count)).rounded(.up))
            #expect(calls.count <= 1 + 2 * depth, "\(calls.map(\.count))")
        }
    }

    @Test func `two documents that fail are both refused, and an import goes on with the next batch`() async throws {
        let bad = ["7", "8", "60"]
        let (report, status, calls) = try await Self.run(count: 120) { names, _ in
            names.contains(where: bad.contains) ? RPCError(.invalidArgument, "not these") : nil
        }
        #expect(status == 1 && report.created == 117)
        #expect(report.people.filter { $0.outcome == "refused" }.map(\.name) == bad)
        let stored = calls.filter { !$0.contains(where: bad.contains) }.flatMap(\.self)
        #expect(Set(stored).count == stored.count && stored.count == 117)
    }

    /// The last is of a service that is busy, which is no document's fault.
    private static let stops: [RPCError] = [
        RPCError(.permissionDenied, "not you"), RPCError(.unimplemented, "not here"),
        RPCError(.resourceExhausted, reason: "OVERLOADED", "busy", RPCRetryInfo(retryDelay: .init(seconds: 3_600))),
    ]

    @Test(arguments: 0..<3) func `what no document would change stops the import, with the line`(index: Int)
        async throws
    {
        let stop = Self.stops[index]
        let (report, status, calls) = try await Self.run(count: 120) { _, number in number == 2 ? stop : nil }
        #expect(status != 0 && status != 1)
        #expect(report.created == 50 && report.refused == 0 && report.stoppedAtLine == 51)
        #expect(calls.count == 2)
    }

    @Test func `an import that stops while it halves says which lines were not stored`() async throws {
        // 8 people: 1...8 fail, 1...4 are stored, 5...8 fail, 5...6 are stored, then the service goes.
        let (report, _, calls) = try await Self.run(count: 8) { names, number in
            if number == 5 { return RPCError(.permissionDenied, "no longer") }
            return names.contains("8") ? RPCError(.internal, "8") : nil
        }
        #expect(calls.map(\.count) == [8, 4, 4, 2, 2])
        #expect(report.created == 6 && report.refused == 0 && report.stoppedAtLine == 7)
        #expect(report.people.map(\.line) == Array(1...6))
    }

    @Test func `an interrupted import says what it stored, what may be stored, and where to continue`() async throws {
        let calls = Atomic(0)
        let (waiting, arrived) = AsyncStream<Void>.makeStream()
        var router = MethodRouter()
        router.unary(ProfileServiceMethods.batchUpsertProfiles) { request, _ in
            if calls.wrappingAdd(1, ordering: .relaxed).newValue == 2 {
                arrived.yield()
                // Until the call is cancelled.
                let (never, end) = AsyncStream<Void>.makeStream()
                for await _ in never {}
                end.finish()
                throw RPCError(.cancelled, "gone")
            }
            return BatchUpsertProfilesResponse(
                results: request.profiles.map {
                    .init(result: .upserted(.init(slug: $0.displayName, outcome: .created)))
                },
                isEmbedded: true
            )
        }
        let lines = (1...120).map { #"{"basics":{"name":"\#($0)"}}"# }.joined(separator: "\n")
        for output in ["json", "table"] {
            calls.store(0, ordering: .relaxed)
            let run = try await LoopbackServer.run(router) { server in
                try await server.withEnvironment { environment in
                    let started = try BuiltProgram("likeness").start(
                        ["profile", "import", "-", "--quiet", "--timeout", "120", "--output", output],
                        environment: environment
                    )
                    try started.write(lines)
                    try started.closeInput()
                    for await _ in waiting { break }
                    started.interrupt()
                    return await started.ended()
                }
            }
            #expect(run.status == 130 && run.errors.contains("interrupted"), "\(run)")
            if output == "json" {
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let report = try decoder.decode(Report.self, from: Data(run.output.utf8))
                #expect(report.created == 50 && report.stoppedAtLine == 51)
                #expect(report.unansweredLines == Array(51...100))
            } else {
                #expect(run.output.contains("50 created"), "\(run)")
                #expect(run.output.contains("50 of lines 51 to 100 were sent without an answer, and may be stored\n"))
                #expect(run.output.contains("stopped at line 51: continue from there"), "\(run)")
            }
        }
    }
}
