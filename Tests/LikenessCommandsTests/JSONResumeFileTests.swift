import Foundation
import LikenessCommands
import LikenessMessages
import Testing

/// How a file is cut into documents.
@Suite struct JSONResumeFileTests {
    @Test func `a list of people, and an object that has one, are people with lines`() throws {
        let list = """
            [
              {"basics":{"name":"One"}},
              {"basics":{"name":"Two"}
            ,},
              {"basics":
                {"name":"Three"}}
            ]
            """
        let items = Array(JSONResumeFile(Data(list.utf8)))
        #expect(items.map(\.line) == [2, 3, 5])
        #expect(items.map { (try? $0.profile.get())?.displayName } == ["One", nil, "Three"])
        #expect(
            throws: JSONResumeError.invalidJSON(
                "invalid JSON at line 4, column 2: a name in double quotes is missing: lines 3 to 4 are not read"
            )
        ) {
            try items[1].profile.get()
        }
        let rows = Array(JSONResumeFile(Data("[{\"name\":\"A\"}]\n[{\"name\":\"B\"},{\"name\":\"C\"}]\n".utf8)))
        #expect(rows.map(\.line) == [1, 2, 2])
    }

    @Test func `a broken line is reported and the others are kept`() {
        let lines = """
            {"basics":{"name":"One"}}

            {"basics":{"name":"Two"}
            {"basics":{"name":"Three"}}
            """
        let items = Array(JSONResumeFile(Data(lines.utf8)))
        #expect(items.map(\.line) == [1, 3, 4])
        #expect(items.map { (try? $0.profile.get())?.displayName } == ["One", nil, "Three"])
        #expect(Self.fault(items[1]) == "invalid JSON at line 3, column 25: a comma or } is missing")
    }

    @Test(arguments: [
        ("{\"name\":\"A\"}\n{\"name\":\"B\",}\n", "line 2, column 13"),
        ("\n\n  {\"name\":\"é\",}\n{\"name\":\"B\"}", "line 3, column 15"),
        ("[{\"name\":\"A\"}, {\"name\":\"B\",}]", "line 1, column 28"),
        ("[{\"name\":\"A\"},\n {\"name\":\"B\",\n}]", "line 3, column 1"),
        ("{\"people\":[\n{\"name\":\"A\"}, {\"name\":tru}]}", "line 2, column 23"),
        ("{\"name\":\"A\"} {\"name\":\n\"B\",}", "line 2, column 5"),
    ]) func `what is broken is named by its place in the file`(file: String, place: String) {
        let faults = Array(JSONResumeFile(Data(file.utf8))).compactMap(Self.fault)
        #expect(faults.count == 1 && faults[0].hasPrefix("invalid JSON at \(place): "), "\(faults)")
    }

    private static func fault(_ item: JSONResumeFile.Item) -> String? {
        do {
            _ = try item.profile.get()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `a document over many lines is one document`() throws {
        let items = Array(JSONResumeFile(Data("{\n \"basics\": {\n  \"name\": \"One\"\n }\n}\n".utf8)))
        #expect(items.count == 1)
        #expect(try items[0].profile.get().displayName == "One")
        #expect(Array(JSONResumeFile(Data("{\n \"basics\":\n".utf8))).count == 1)
    }

    /// The names of the documents of a file; nil for one that is refused.
    private static func names(_ data: Data) -> [String?] {
        JSONResumeFile(data).map { (try? $0.profile.get())?.displayName }
    }

    @Test(
        arguments: [
            (#"{"total":2,"people":[{"name":"A"},{"name":"B"}]}"#, ["A", "B"]),
            (#"{"type":"people","people":[{"name":"A"},{"name":"B"}]}"#, ["A", "B"]),
            (#"{"employees":[{"name":"A"}],"candidates":[{"name":"B"}]}"#, ["A", "B"]),
            (#"{"people":[{"name":"A"},{"name":tru},{"name":"B"}]}"#, ["A", nil, "B"]),
            (#"[[{"name":"A"}],{"name":"B"}]"#, ["A", "B"]),
            (#"{"name":"A"} {"name":"B"}{"name":"C"}"#, ["A", "B", "C"]),
            ("{\"name\":\"A\"}\r{\"name\":\"B\"}\r", ["A", "B"]),
            ("{\"name\":\"A\"},\n{\"name\":\"B\"},\n{\"name\":\"C\"}\n", ["A", "B", "C"]),
            ("{\"data\":[{\"x\":1}],\"y\":tru\n{\"name\":\"B\"}\n{\"name\":\"C\"}\n", [nil, "B", "C"]),
            // Without a name it is still about one person.
            (#"{"basics":{"email":"a@x.example"},"values":[{"name":"Integrity"}]}"#, [nil]),
            (#"{"work":[{"name":"Acme"}],"values":[{"name":"Integrity"}]}"#, [nil]),
        ] as [(String, [String?])]
    ) func `people are found wherever a file has them`(file: String, names: [String?]) {
        #expect(Self.names(Data(file.utf8)) == names)
    }

    @Test(
        arguments: [
            (#"[{"name":"A"},{"name":"B"}"#, ["A", "B", nil]), (#"{"people":[{"name":"A"}"#, ["A", nil]),
            (#"[{"name":"A"},{"name":"#, ["A", nil]), ("{\"name\":\"A\"}\n{\"name\":", ["A", nil]),
            ("[[1,2]", [nil, nil, nil]),
        ] as [(String, [String?])]
    ) func `a file that is cut off says so`(file: String, names: [String?]) {
        #expect(Self.names(Data(file.utf8)) == names)
    }

    /// Its last skill stands alone on its line.
    private static let overLines = """
        {
          "basics": {"name": "Ada"},
          "skills": [
            {"name": "Sums"},
            {"name": "Weaving"}
          ]%
          "work": []
        }

        """

    @Test func `what parses within a document is no person`() {
        let (good, broken) = (Self.overLines.replacing("%", with: ","), Self.overLines.replacing("%", with: ""))
        #expect(Self.names(Data((good + good).utf8)) == ["Ada", "Ada"])
        #expect(Self.names(Data(broken.utf8)) == [nil])
        #expect(Self.names(Data((broken + good).utf8)) == [nil, "Ada"])
        #expect(Self.names(Data(("{\"name\":\"Bo\"}\n" + good).utf8)) == ["Bo", "Ada"])
    }

    @Test(arguments: [false, true]) func `UTF-16 is read with and without a mark, and half a pair costs its text`(
        isBigEndian: Bool
    ) {
        let text = #"[{"name":"Ś"},{"name":"x"},{"name":"🙂"}]"#
        var units = Array(text.utf16)
        func data(_ units: [UInt16]) -> Data {
            Data(
                units.flatMap {
                    isBigEndian ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)]
                }
            )
        }
        #expect(Self.names(data(units)) == ["Ś", "x", "🙂"])
        #expect(Self.names(data([0xFEFF] + units)) == ["Ś", "x", "🙂"])
        for index in units.indices where units[index] == 0x78 { units[index] = 0xD83D }
        #expect(Self.names(data(units)) == ["Ś", nil, "🙂"])
    }

    /// What is read of a file, and of the others the line and the first words of the reason.
    private static func outcomes(_ file: String) -> [String] {
        JSONResumeFile(Data(file.utf8)).map { item in
            (try? item.profile.get())?.displayName ?? "\(item.line): \(Self.fault(item) ?? "")"
        }
    }

    private static let afterQuote = "a control character inside a string"

    @Test(
        arguments: [
            // A quote that is missing at the end of a text, and at its beginning.
            ("[{\"name\":\"A},\n{\"name\":\"B\"},\n{\"name\":\"C\"}]", ["1: ", "B", "C"]),
            ("[{\"name\":A\"},\n{\"name\":\"B\"},\n{\"name\":\"C\"}]", ["1: ", "B", "C"]),
            // Over several lines, with parts that are whole and no people.
            (
                "[\n {\n  \"name\": \"A,\n  \"work\": [\n   {\"name\": \"Mill\"}\n  ]\n },\n {\n  \"name\": \"B\"\n }\n]",
                ["2: ", "B"]
            ),
            (
                "[\n{\n\"name\": \"A,\n\"work\": [\n{\"name\": \"Mill\"},\n{\"name\": \"Loom\"}\n]\n},\n{\n\"name\": \"B\"\n}\n]",
                ["2: ", "B"]
            ),
            // All on one line.
            (
                "[{\"name\":\"A,\"work\":[{\"name\":\"Mill\"},{\"name\":\"Loom\"}]},{\"name\":\"B\"},{\"name\":\"C\"}]",
                ["1: ", "B", "C"]
            ),
            // A bracket that is missing, or of the wrong kind.
            ("[{\"name\":\"A\",\"work\":[{\"name\":\"Mill\"},\n{\"name\":\"B\"}]", ["1: ", "B"]),
            ("[{\"name\":\"A\",\"work\":[1},\n{\"name\":\"B\"},\n{\"name\":\"C\"}]", ["1: ", "B", "C"]),
            // In an object that has other members, and before another list.
            ("{\"people\":[{\"name\":\"A},\n{\"name\":\"B\"}],\n\"total\":2}", ["1: ", "B"]),
            ("{\"people\":[{\"name\":\"A},\n{\"name\":\"B\"}],\n\"items\":[{\"name\":\"C\"}]}", ["1: ", "B", "C"]),
            ("[{\"name\":\"A},\n{\"name\":\"B\"}]\n[{\"name\":\"C\"}]\n", ["1: ", "B", "C"]),
            // Documents that follow each other.
            (
                "{\n \"name\": \"A,\n \"skills\": [\n  {\"name\": \"Sums\"}\n ]\n}\n{\n \"name\": \"B\"\n}",
                ["1: ", "B"]
            ),
            ("{\"name\":\"A}\n{\"name\":\"B\"}\n{\"name\":\"C\"}", ["1: ", "B", "C"]),
            // A file that is cut off has no end to go by: what its lines are told by is their margin.
            ("[{\"name\":\"A},\n{\"name\":\"B\"},\n{\"name\":\"C\"}", ["1: ", "B", "C", "3: "]),
            ("{\"name\":\"A\",\n\"x\":\"y,\n\"work\":[\n{\"name\":\"Mill\"},\n{\"name\":\"Loom\"}", ["1: "]),
            ("[{\"name\":\"A\",\n\"x\":\"y,\n\"work\":[\n{\"name\":\"Mill\"},\n{\"name\":\"Loom\"}", ["1: "]),
            (
                "[\n {\n  \"name\": \"A,\n  \"work\": [\n   {\"name\": \"Mill\"},\n   {\"name\": \"Loom\"",
                ["2: "]
            ),
        ] as [(String, [String])]
    ) func `a quote or a bracket that is missing costs its person alone`(file: String, outcomes: [String]) {
        let read = Self.outcomes(file)
        #expect(read.count == outcomes.count && zip(read, outcomes).allSatisfy { $0.hasPrefix($1) }, "\(read)")
    }

    @Test(arguments: [
        // The bracket that opens it, that opens a part of it, and one that closes too early.
        #"["basics":{"name":"A"},"work":[{"name":"Mill","position":"Hand"}]},{"name":"B"}]"#,
        #"[{"basics":"name":"A"},"work":[{"name":"Mill","position":"Hand"}]},{"name":"B"}]"#,
        #"[{"basics":{"name":"A"}},"work":[{"name":"Mill","position":"Hand"}]},{"name":"B"}]"#,
    ]) func `parts of a person whose brackets do not match are no people`(file: String) {
        let read = Self.names(Data(file.utf8)).compactMap(\.self)
        #expect(read.contains("B") && !read.contains("Mill"), "\(Self.outcomes(file))")
    }

    @Test(arguments: [#""name": "%,"#, #""name": %","#, #""name": "%", "work": [{"name": "Mill"},"#])
    func `a person who is broken hides no other, however many are`(broken: String) {
        let people = (0..<900).map { number in
            let name = "P\(number)"
            guard number % 3 == 1 else {
                return "  {\n    \"name\": \"\(name)\",\n    \"work\": [{\"name\": \"Mill\"}]\n  }"
            }
            return "  {\n    \(broken.replacing("%", with: name))\n    \"label\": \"Weaver\"\n  }"
        }
        let read = Self.names(Data("[\n\(people.joined(separator: ",\n"))\n]".utf8))
        #expect(read == (0..<900).map { $0 % 3 == 1 ? nil : "P\($0)" })
    }

    @Test func `what is not read for a missing quote is said with its lines`() {
        let file = "[\n {\n  \"name\": \"A,\n  \"label\": \"x\"\n },\n {\"name\": \"B\"}\n]"
        #expect(
            Self.outcomes(file) == [
                "2: invalid JSON at line 3, column 14: \(Self.afterQuote): lines 2 to 5 are not read", "B",
            ]
        )
    }
}
