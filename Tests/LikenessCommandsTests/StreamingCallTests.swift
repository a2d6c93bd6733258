import Foundation
import LikenessInterop
import LikenessTesting
import Logging
import Testing

/// `likeness call` as a user runs it, over the wire, against the methods of gRPC's interoperability cases.
@Suite(.timeLimit(.minutes(10))) struct StreamingCallTests {
    @Test func `all four kinds: JSON values in, one line for each answer`() async throws {
        try await InteropFixture.run { fixture in
            let unary = try await fixture.call("Echo", #"{"values": [1, 2.5]}"#, "--output", "json")
            #expect(unary == .init(status: 0, output: "{\"values\":[1,2.5]}\n", errors: ""))

            let sizes = #"{"responseParameters": [{"size": 3}, {"size": 1}, {}]}"#
            let server = try await fixture.call("StreamingOutputCall", sizes)
            let bodies = [#"{"body":"AAAA"}"#, #"{"body":"AA=="}"#, "{}"]
            #expect(server.output == bodies.map { "{\"payload\":\($0)}\n" }.joined())

            let lines = "{\"payload\":{\"body\":\"AAAA\"}}\n{\"payload\":\n{\"body\":\"AA==\"}} {}\n"
            let client = try await fixture.call("StreamingInputCall", "-", "--output", "json", input: lines)
            #expect(client.output == "{\"aggregatedPayloadSize\":\"4\"}\n", "\(client)")

            let one = #"{"responseParameters":[{"size":1}]}"#
            let both = try await fixture.call("FullDuplexCall", one, one, "-", input: one + one)
            #expect(both.output == String(repeating: "{\"payload\":{\"body\":\"AA==\"}}\n", count: 4), "\(both)")
            let half = try await fixture.call("HalfDuplexCall", one, one)
            #expect(half.output == String(repeating: "{\"payload\":{\"body\":\"AA==\"}}\n", count: 2), "\(half)")
            let none = try await fixture.call("FullDuplexCall")
            #expect(none == .init(status: 0, output: "", errors: ""))
        }
    }

    @Test func `a stream of more than its credit goes through`() async throws {
        try await InteropFixture.run { fixture in
            let body = String(repeating: "AAAA", count: 8_000)
            let lines = String(repeating: "{\"payload\":{\"body\":\"\(body)\"}}\n", count: 100)
            let client = try await fixture.call("StreamingInputCall", "-", "--output", "json", input: lines)
            #expect(client.output == "{\"aggregatedPayloadSize\":\"2400000\"}\n", "\(client)")
            let server = try await fixture.call(
                "StreamingOutputCall",
                #"{"responseParameters": [{"size": 30000}], "repetitions": 100}"#
            )
            #expect(server.status == 0)
            #expect(server.output.utf8.count == 100 * (40_000 + 24), "\(server.output.utf8.count)")
        }
    }

    @Test func `an answer is printed as soon as it comes, while requests are still to come`() async throws {
        try await InteropFixture.run { fixture in
            let call = try fixture.start("FullDuplexCall", "-")
            for number in 1...3 {
                try call.write("{\"responseParameters\":[{\"size\":\(number)}]}\n")
                let body = Data(count: number).base64EncodedString()
                #expect(await call.piece() == "{\"payload\":{\"body\":\"\(body)\"}}\n")
            }
            try call.closeInput()
            #expect(await call.ended() == .init(status: 0, output: "", errors: ""))
        }
    }

    @Test func `metadata travels, as text and as bytes, and trailers can be read`() async throws {
        try await InteropFixture.run { fixture in
            let pairs = ["--metadata", "x-interop-initial=ä=b", "--metadata", "x-interop-trailing-bin=q6ur"]
            let seen = try await fixture.call("GetCall", pairs)
            #expect(seen.output.contains(#""key": "x-interop-initial""#), "\(seen)")
            #expect(seen.output.contains(#""value": "q6ur""#))
            let quiet = try await fixture.call("UnaryCall", pairs)
            #expect(quiet == .init(status: 0, output: "{\n  \"payload\": {}\n}\n", errors: ""))
            let loud = try await fixture.call("UnaryCall", pairs + ["--verbose"])
            #expect(loud.errors == "trailer x-interop-initial=ä=b\ntrailer x-interop-trailing-bin=q6ur\n")
            let wrong = try await fixture.call("GetCall", ["--metadata", "x-bin=***"])
            #expect(wrong.status == 64 && wrong.errors.contains("is not KEY-bin=BASE64"), "\(wrong)")
        }
    }

    @Test func `a failure says its code, and with --verbose its details and trailers`() async throws {
        try await InteropFixture.run { fixture in
            for (method, input) in [("UnaryCall", ""), ("StreamingOutputCall", ""), ("FullDuplexCall", "")] {
                let status = #"{"responseStatus": {"code": 5, "message": "not\nhere"}}"#
                let failed = try await fixture.call(method, [status], input: input)
                #expect(failed == .init(status: 69, output: "", errors: "likeness: NOT_FOUND: not here\n"))
            }
            let pairs = ["--metadata", "x-interop-initial=a", "-v"]
            let failed = try await fixture.call("UnaryCall", [#"{"responseStatus": {"code": 8}}"#] + pairs)
            #expect(failed.status == 72)
            #expect(failed.errors.contains("\n  trailer x-interop-initial=a\n"), "\(failed)")
            let invalid = try await fixture.call("UnaryCall", [#"{"responseSize": 99999999}"#, "-v"])
            #expect(invalid.status == 67)
            let detail = #"BadRequest {"fieldViolations":[{"field":"response_size""#
            #expect(invalid.errors.contains("\n  likeness.rpc.v1.\(detail)"), "\(invalid)")
            #expect(invalid.errors.contains("\n  likeness.rpc.v1.ErrorInfo {"))
            // What came before the failure is printed.
            let late = #"{"responseParameters": [{"size": 1}], "responseStatus": {"code": 14}}"#
            let partial = try await fixture.call("StreamingOutputCall", late)
            #expect(partial.output == "{\"payload\":{\"body\":\"AA==\"}}\n")
            #expect(partial.status == 78)
            // An answer may come before the requests are through.
            let early = try await fixture.call("FullDuplexCall", #"{"responseStatus": {"code": 9}}"#, "{}", "{}")
            #expect(early.status == 73, "\(early)")
        }
    }

    @Test func `a time limit ends the call here and there`() async throws {
        try await InteropFixture.run { fixture in
            let slow = #"{"responseParameters": [{"size": 1}, {"intervalUs": 60000000}]}"#
            let call = try await fixture.call("StreamingOutputCall", slow, "--timeout", "1.5")
            #expect(call.status == 68, "\(call)")
            #expect(call.output == "{\"payload\":{\"body\":\"AA==\"}}\n")
            try await fixture.untilNothingRuns()
        }
    }

    @Test(arguments: ["StreamingOutputCall", "FullDuplexCall"])
    func `Ctrl-C cancels the call`(_ method: String) async throws {
        try await InteropFixture.run { fixture in
            let slow = #"{"responseParameters": [{"size": 1}, {"intervalUs": 60000000}]}"#
            let call = try fixture.start(method, slow)
            #expect(await call.piece() == "{\"payload\":{\"body\":\"AA==\"}}\n")
            call.interrupt()
            #expect(await call.ended() == .init(status: 130, output: "", errors: "likeness: interrupted\n"))
            try await fixture.untilNothingRuns()
            #expect(fixture.server.activity.now.cancelled == 1)
        }
    }

    @Test func `Ctrl-C ends a call whose requests come from a silent standard input`() async throws {
        try await InteropFixture.run { fixture in
            let call = try fixture.start("FullDuplexCall", "-")
            try call.write(#"{"responseParameters": [{"size": 1}]}"# + "\n")
            #expect(await call.piece() == "{\"payload\":{\"body\":\"AA==\"}}\n")
            call.interrupt()
            #expect(await call.ended().status == 130)
            try await fixture.untilNothingRuns()
        }
    }

    @Test func `describe shows roles, idempotency and limits`() async throws {
        try await InteropFixture.run { fixture in
            let method = try await fixture.likeness(["describe", "InteropService/CacheableUnaryCall"])
            #expect(method.output.contains("option idempotency_level = NO_SIDE_EFFECTS;"), "\(method)")
            #expect(method.output.contains("required_role: ROLE_NONE"))
            #expect(method.output.contains("lte: 67108864"))
            let message = try await fixture.likeness(["describe", "UnaryCallRequest"])
            #expect(message.output.contains("  // Size of the payload wanted, in bytes.\n"), "\(message)")
            let stream = try await fixture.likeness(["describe", "AdminCall"])
            #expect(stream.status == 64)
            let admin = try await fixture.likeness(["describe", "InteropService/AdminCall"])
            #expect(admin.output.contains("rpc AdminCall(stream AdminCallRequest) returns (stream AdminCallResponse)"))
            let list = try await fixture.likeness(["list", "InteropService"])
            #expect(list.output.contains("both streaming") && list.output.contains("admin"), "\(list)")
        }
    }
}

/// An interoperability server in this process, and `likeness` beside it.
private struct InteropFixture {
    let server: InteropServer
    let program: BuiltProgram
    let environment: [String: String]

    static func run(_ body: (InteropFixture) async throws -> Void) async throws {
        try await TestFolders.withPath { folder in
            let certificates = InteropCertificates(folder: folder)
            try certificates.make()
            let server = try await InteropServer.start(
                host: "127.0.0.1",
                port: 0,
                files: .init(certificates),
                logger: Logger(label: "call.tests")
            )
            let client = """
                {"endpoint": "127.0.0.1:\(server.port)", "ca_file": "ca.pem", "certificate_file": "admin.pem",
                 "key_file": "admin.key"}
                """
            try client.write(toFile: "\(folder)/client.json", atomically: true, encoding: .utf8)
            let result = await Result {
                try await body(
                    InteropFixture(
                        server: server,
                        program: try BuiltProgram("likeness"),
                        environment: ["LIKENESS_CONNECT": "\(folder)/client.json", "NO_COLOR": "1"]
                    )
                )
            }
            await server.shutDown(within: .seconds(5))
            try result.get()
        }
    }

    func likeness(_ arguments: [String], input: String = "") async throws -> BuiltProgram.Run {
        try await self.program.run(arguments, environment: self.environment, input: input)
    }

    func call(_ method: String, _ arguments: String..., input: String = "") async throws -> BuiltProgram.Run {
        try await self.call(method, arguments, input: input)
    }

    func call(_ method: String, _ arguments: [String], input: String = "") async throws -> BuiltProgram.Run {
        try await self.likeness(["call", "InteropService/\(method)"] + arguments, input: input)
    }

    func start(_ method: String, _ arguments: String...) throws -> BuiltProgram.Started {
        try self.program.start(["call", "InteropService/\(method)"] + arguments, environment: self.environment)
    }

    func untilNothingRuns() async throws {
        let hasEnded = try await Patience.until { self.server.activity.now.running == 0 }
        #expect(hasEnded)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
