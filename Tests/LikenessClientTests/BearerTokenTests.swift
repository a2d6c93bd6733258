import Foundation
import LikenessClient
import LikenessMessages
import Testing

/// Tokens that come from files.
@Suite struct BearerTokenTests {
    private static func inFolder(_ body: (_ folder: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "likeness-token-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// What a call with these options carries.
    private static func sent(_ interceptor: BearerToken, _ options: CallOptions = .init()) async throws -> [String] {
        let call = CallContext(method: SearchServiceMethods.query.info, options: options)
        return try await interceptor.intercept(call) { call in
            call.options.metadata.filter { $0.key == "authorization" }.map(\.value)
        }
    }

    @Test func `the token of a file goes with each call, and a new one takes its place`() async throws {
        try await Self.inFolder { folder in
            let file = "\(folder)/token"
            try Self.write(" first\n", to: file)
            let interceptor = try BearerToken(file: file)
            #expect(try await Self.sent(interceptor) == ["Bearer first"])
            var options = CallOptions()
            options.metadata.append(("authorization", "Bearer own"))
            #expect(try await Self.sent(interceptor, options) == ["Bearer own"])
            try Self.write("second", to: file)
            var seen = ["Bearer first"]
            for _ in 0..<300 where seen == ["Bearer first"] {
                try await Task.sleep(for: .milliseconds(100))
                seen = try await Self.sent(interceptor)
            }
            #expect(seen == ["Bearer second"])
        }
    }

    @Test(arguments: ["", "  \n", "two tokens", "sec\u{7}ret", "t\u{F6}ken", String(repeating: "x", count: 5_000)])
    func `a file that is not one token is refused without being quoted`(text: String) async throws {
        try await Self.inFolder { folder in
            let file = "\(folder)/token"
            try Self.write(text, to: file)
            let error = #expect(throws: LikenessError.self) { try BearerToken(file: file) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == "\(file): is not one token")
        }
    }

    @Test func `client json names a file beside it, and nothing prints the token`() async throws {
        try await Self.inFolder { folder in
            let client = #"{"endpoint": "localhost:1", "ca_file": "ca.pem", "token_file": "token"}"#
            try Self.write(client, to: "\(folder)/c")
            try Self.write("CA", to: "\(folder)/ca.pem")
            let error = #expect(throws: LikenessError.self) { try ClientConfiguration(file: "\(folder)/c") }
            #expect(error?.message == "\(folder)/token: cannot be read: No such file or directory")
            try Self.write("s3cret", to: "\(folder)/token")
            let configuration = try ClientConfiguration(file: "\(folder)/c")
            let interceptor = try #require(configuration.interceptors.first as? BearerToken)
            #expect(try await Self.sent(interceptor) == ["Bearer s3cret"])
            var dumped = ""
            dump(configuration, to: &dumped)
            #expect(!dumped.contains("s3cret") && !"\(configuration)".contains("s3cret"))
        }
    }
}
