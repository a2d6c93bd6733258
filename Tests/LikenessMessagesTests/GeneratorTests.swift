import Foundation
import Testing

/// protoc with protoc-gen-likeness on contracts of a few lines.
@Suite struct GeneratorTests {
    @Test(
        arguments: [
            ("rpc Get(A) returns (A);", "likeness.t.S.Get: has no option (likeness.options.v1.method)"),
            (
                "rpc Get(A) returns (A) { option (likeness.options.v1.method) = { default_timeout_ms: 5 }; }",
                "likeness.t.S.Get: its policy has no required_role"
            ),
        ]
    )
    func `a method without a role is refused`(method: String, message: String) throws {
        let run = try Self.generate("message A {} service S { \(method) }")
        #expect(run.status != 0)
        #expect(run.errors.contains(message))
    }

    @Test(
        arguments: [
            ("int32 f = 1", "string: { max_len: 1 }", "string"), ("string f = 1", "int64: { has_gte: true }", "int64"),
            ("bytes f = 1", "double: { finite: true }", "double"),
            ("string f = 1", "repeated: { min_items: 1 }", "repeated"),
            ("repeated string f = 1", "string: { uuid: true }", "string"), ("string f = 1", "ignore: true", "ignore"),
            ("repeated int32 f = 1", "repeated: { items: { string: { min_len: 1 } } }", "repeated.items.string"),
            ("repeated A f = 1", "repeated: { items: { required: true } }", "repeated.items"),
            ("string f = 1", "bytes: { max_len: 1 }", "bytes"), ("int32 f = 1", "enum: { defined_only: true }", "enum"),
            ("repeated bytes f = 1", "bytes: { max_len: 1 }", "bytes"), ("A f = 1", "map: { max_pairs: 1 }", "map"),
            ("map<int32, string> f = 1", "map: { keys: { slug: true } }", "map.keys"),
            ("map<string, int32> f = 1", "map: { values: { slug: true } }", "map.values"),
            ("repeated string f = 1", "repeated: { items: { int64: { has_gte: true } } }", "repeated.items.int64"),
            ("repeated string f = 1", "repeated: { items: { bytes: { max_len: 1 } } }", "repeated.items.bytes"),
            ("repeated string f = 1", "repeated: { items: { enum: { defined_only: true } } }", "repeated.items.enum"),
        ]
    )
    func `a rule that does not fit its field is refused`(field: String, rule: String, name: String) throws {
        let run = try Self.generate("message A { \(field) [(likeness.options.v1.field) = { \(rule) }]; }")
        #expect(run.status != 0)
        #expect(run.errors.contains("likeness.t.A.f: the rule \(name)"))
        #expect(run.errors.contains("not fit") || run.errors.contains("only rules of texts"))
    }

    @Test(
        arguments: [
            ("pattern: 'a'", "a pattern needs a max_len or max_bytes beside it"),
            ("max_len: 9 pattern: '(a'", "the pattern (a: a ( has no )"),
            ("max_bytes: 9 pattern: '(?=a)'", "only (?: may follow a ("),
        ]
    )
    func `a pattern that cannot be used is refused`(rule: String, message: String) throws {
        let option = "(likeness.options.v1.field) = { string: { \(rule) } }"
        let run = try Self.generate("message A { string f = 1 [\(option)]; }")
        #expect(run.status != 0)
        #expect(run.errors.contains("likeness.t.A.f: ") && run.errors.contains(message), "\(run.errors)")
    }

    @Test(
        arguments: [
            ("A f = 1 {}; string g = 2;", "A.g: has no option (likeness.options.v1.facts)"),
            ("string f = 1 {searchable: true};", "A.f: its facts have no filtering"),
            ("bool f = 1 {filtering: FILTERING_VALUE};", "A.f: a filter cannot compare its values"),
            ("A f = 1 {filtering: FILTERING_VALUE};", "A.f: a filter cannot compare its values"),
            ("int32 f = 1 {filtering: FILTERING_WORDS};", "A.f: has no words to filter by"),
            ("repeated string f = 1 {filtering: FILTERING_WORDS};", "A.f: has no words to filter by"),
            ("A f = 1 {filtering: FILTERING_ROWS};", "A.f: has no rows to filter by"),
            ("repeated B f = 1 {filtering: FILTERING_ROWS};", "A.f: the fields of its rows have no facts"),
            ("string f = 1 {filtering: FILTERING_VALUE};", "A.f: is filtered by its words, so it must be searchable"),
            ("int32 f = 1 {filtering: FILTERING_NONE indexed: true};", "A.f: is indexed, but not filtered"),
            (
                "int32 f = 1 {filtering: FILTERING_NONE filter_name: 'n'};",
                "A.f: has a filter_name, but is not filtered"
            ),
            ("oneof o { int32 f = 1 {filtering: FILTERING_VALUE}; }", "A.f: a member of a oneof has no facts"),
            (
                "int32 f = 1 {filtering: FILTERING_VALUE}; int32 g = 2 {filtering: FILTERING_VALUE filter_name: 'f'};",
                "A.g: another field has its filter_name"
            ),
            (
                "repeated A f = 1 {filtering: FILTERING_ROWS}; int32 g = 2 {filtering: FILTERING_NONE writable: true};",
                "A.g: is written with its row"
            ),
        ]
    )
    func `facts that are missing or cannot be so are refused`(fields: String, message: String) throws {
        let run = try Self.generate("message A { \(Self.withFacts(fields)) } message B { int32 n = 1; }")
        #expect(run.status != 0)
        #expect(run.errors.contains("likeness.t.\(message)"), "\(run.errors)")
    }

    /// `{…}` behind a field as its facts; `{}` as those of a field that no filter asks for.
    private static func withFacts(_ fields: String) -> String {
        fields.replacing("{}", with: "{filtering: FILTERING_NONE}")
            .replacing(/{(filtering|searchable)([^}]*)}/) {
                "[(likeness.options.v1.facts) = {\($0.1)\($0.2)}]"
            }
    }

    @Test func `facts become one table, with the comparisons that type and rules give`() throws {
        let run = try Self.generate(
            """
            enum E { E_UNSPECIFIED = 0; }
            message A {
              \(Self.withFacts(
                """
                string plain = 1 {filtering: FILTERING_VALUE indexed: true searchable: true};
                string long = 2 {filtering: FILTERING_WORDS searchable: true maskable: true};
                repeated string labels = 3 {filtering: FILTERING_VALUE facetable: true};
                int64 size = 4 {filtering: FILTERING_VALUE filter_name: "bytes"};
                E kind = 5 {filtering: FILTERING_VALUE};
                bool flag = 6 {filtering: FILTERING_NONE writable: true};
                repeated Row rows = 7 {filtering: FILTERING_ROWS};
                """
              ))
              string key = 8 [
                (likeness.options.v1.field) = { string: { uuid: true } },
                (likeness.options.v1.facts) = { filtering: FILTERING_VALUE }
              ];
              message Row { \(Self.withFacts("int32 in = 1 {filtering: FILTERING_NONE};")) }
            }
            """
        )
        #expect(run.status == 0, "\(run.errors)")
        let expected = """
            extension A {
                /// What the service does with each field, in the order of the contract.
                public static let fieldFacts: [FieldFacts<Self>] = [
                    FieldFacts("plain", filtering: .value(FieldFilter("plain", .text, isIndexed: true)), isSearchable: true) { $1.plain = $0.plain },
                    FieldFacts("long", filtering: .value(FieldFilter("long", .prose)), isSearchable: true, isMaskable: true) { $1.long = $0.long },
                    FieldFacts("labels", filtering: .value(FieldFilter("labels", .list)), isFacetable: true) { $1.labels = $0.labels },
                    FieldFacts("size", filtering: .value(FieldFilter("bytes", .number))) { $1.size = $0.size },
                    FieldFacts("kind", filtering: .value(FieldFilter("kind", .category))) { $1.kind = $0.kind },
                    FieldFacts("flag", filtering: .none, isWritable: true) { $1.flag = $0.flag },
                    FieldFacts("rows", filtering: .rows("rows")) { $1.rows = $0.rows },
                    FieldFacts("key", filtering: .value(FieldFilter("key", .uuid))) { $1.key = $0.key },
                ]
            }

            extension A.Row {
                /// What the service does with each field, in the order of the contract.
                public static let fieldFacts: [FieldFacts<Self>] = [
                    FieldFacts("in", filtering: .none) { $1.`in` = $0.`in` },
                ]
            }

            """
        #expect(run.files["t.facts.swift"]?.hasSuffix("\n\n" + expected) == true, "\(run.files["t.facts.swift"] ?? "")")
    }

    @Test func `proto2 and explicit presence are refused`() throws {
        let proto2 = try Self.generate("message A { optional int32 f = 1; }", syntax: "proto2")
        #expect(proto2.status != 0)
        #expect(proto2.errors.contains("only proto3"))
        let presence = try Self.generate("message A { optional int32 f = 1; }")
        #expect(presence.status != 0)
        #expect(presence.errors.contains("optional"))
    }

    @Test func `comments of the contract become doc comments`() throws {
        let run = try Self.generate(
            """
            // A thing.
            message A {
              // Its name.
              //
              // Unique.
              string name = 1;
            }
            """
        )
        #expect(run.status == 0, "\(run.errors)")
        let values = try #require(run.files["t.values.swift"])
        #expect(
            values.contains(
                "\n/// A thing.\npublic struct A: GeneratedMessage {\n    /// Its name.\n    ///\n    /// Unique.\n"
            )
        )
        #expect(values.hasPrefix("// Code generated by protoc-gen-likeness. DO NOT EDIT.\n"))
        #expect(
            run.files.keys.sorted() == ["Contract+Contents.swift", "t.codec.swift", "t.rules.swift", "t.values.swift"]
        )
    }

    @Test func `an option it does not know is refused`() throws {
        let run = try Self.generate("message A {}", options: "acess=internal")
        #expect(run.status != 0)
        #expect(run.errors.contains("unknown option acess=internal"))
    }

    // MARK: Running it

    private struct Run {
        let status: Int32
        let errors: String
        let files: [String: String]
    }

    private static func generate(_ body: String, syntax: String = "proto3", options: String = "") throws -> Run {
        let folder = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString)")
        let out = folder.appending(path: "out")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = """
            syntax = "\(syntax)";
            package likeness.t;
            import "likeness/options/v1/options.proto";
            \(body)
            """
        try source.write(to: folder.appending(path: "t.proto"), atomically: false, encoding: .utf8)
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        let errors = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "protoc", "-I\(repository.appending(path: "proto").path)", "-I\(folder.path)",
            "--plugin=protoc-gen-likeness=\(try Self.builtGenerator())", "--likeness_out=\(out.path)",
            "--likeness_opt=\(options)", "t.proto",
        ]
        process.standardError = errors
        try process.run()
        let said = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        var files: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: out.path) {
            files[name] = try String(contentsOf: out.appending(path: name), encoding: .utf8)
        }
        return Run(status: process.terminationStatus, errors: String(decoding: said, as: UTF8.self), files: files)
    }

    /// Beside the bundle of these tests.
    private static func builtGenerator() throws -> String {
        let arguments = ProcessInfo.processInfo.arguments
        let flag = arguments.firstIndex(of: "--test-bundle-path")
        let bundle = flag.map { arguments[$0 + 1] } ?? "/proc/self/exe"
        let folder = URL(filePath: bundle).resolvingSymlinksInPath().deletingLastPathComponent()
        let generator = folder.appending(path: "protoc-gen-likeness").path
        try #require(FileManager.default.isExecutableFile(atPath: generator), "\(generator) is not there")
        return generator
    }
}
