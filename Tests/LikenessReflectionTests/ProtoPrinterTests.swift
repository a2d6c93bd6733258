import Foundation
import LikenessMessages
import LikenessReflection
import Testing

@Suite struct ProtoPrinterTests {
    @Test func `what is printed compiles to the same descriptors`() throws {
        // With descriptor.proto, which names the options.
        let sets = [try TestProtos.fileDescriptorSet.get(), Contract.fileDescriptorSet]
        let pool = try DescriptorPool(fileDescriptorSets: sets)
        let printer = ProtoPrinter(pool: pool)
        let file = try #require(pool.file("modern.proto"))
        var text = "syntax = \"proto3\";\npackage \(file.package);\n"
        text += file.imports.map { "import \"\($0)\";\n" }.joined()
        text += file.messages.map { printer.text(of: $0) }.joined() + file.enums.map { printer.text(of: $0) }.joined()
        let folder = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try text.write(to: folder.appending(path: "modern.proto"), atomically: true, encoding: .utf8)
        let printed = try TestProtos.compiled("modern.proto", in: folder.path)
        #expect(printed == (try TestProtos.compiled("modern.proto", in: TestProtos.folder.path)))
        #expect(text.contains("// Plain values.\nmessage Plain {\n  int32 int32_value = 1;\n"))
    }

    @Test func `a method is printed with its comment and policy, a field with its rules`() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        let service = try #require(pool.service("likeness.rpc.v1.HealthService"))
        let text = ProtoPrinter(pool: pool).text(of: service)
        let method = """
              // The status now. NOT_FOUND for a service that the server does not have.
              rpc Check(CheckRequest) returns (CheckResponse) {
                option idempotency_level = NO_SIDE_EFFECTS;
                option (likeness.options.v1.method) = { required_role: ROLE_NONE default_timeout_ms: 5000 };
              }
            """
        #expect(text.contains(method), "\(text)")
        #expect(text.contains("rpc Watch(WatchRequest) returns (stream WatchResponse) {"))
        let request = try #require(pool.message("likeness.rpc.v1.CheckRequest"))
        let field = "string service = 1 [(likeness.options.v1.field) = { string: { max_bytes: 255 } }];"
        #expect(ProtoPrinter(pool: pool).text(of: request).contains(field))
    }
}
