import Foundation
import LikenessCommands
import Testing

/// What docs/import-odd-inputs.md says of files that are broken or unusual.
@Suite struct OddInputTests {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../docs/import-odd-inputs.md"
    )

    /// Reads each file of one table of the page, and compares what is reported of it.
    private static func check(_ heading: String, countMin: Int, _ read: (String) throws -> ImportFile) throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix("\(heading)\n") })
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count >= countMin)
        for row in rows {
            let cells = row.replacing(#"\|"#, with: "\u{1}").split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces).replacing("\u{1}", with: "|")
            }
            let file = String(cells[0].dropFirst().dropLast())
            #expect(OddFiles.report { try read(file) } == (cells.count > 1 ? cells[1] : ""), "\(file)")
        }
    }

    @Test func `tables are read as the page says`() throws {
        try Self.check("Tables", countMin: 40) { try ImportFile(Data(OddFiles.bytes($0))) }
    }

    @Test func `tables of LinkedIn are read as the page says`() throws {
        try Self.check("LinkedIn", countMin: 40) { try ImportFile(Data(OddFiles.archive($0))) }
    }

    @Test func `archives are read as the page says`() throws {
        try Self.check("Archives", countMin: 40) {
            try ImportFile(Data(try #require(OddFiles.archive(named: $0), "no such archive")))
        }
    }

    @Test func `JSON is read as the page says`() throws {
        try Self.check("JSON", countMin: 40) { try ImportFile(Data(OddFiles.bytes($0))) }
    }

    @Test func `files of other kinds are named as the page says`() throws {
        try Self.check("Other kinds", countMin: 30) { try ImportFile(Data(OddFiles.bytes($0))) }
    }

    @Test func `XML is read as the page says`() throws {
        try Self.check("Europass", countMin: 40) { try ImportFile(Data(OddFiles.bytes($0))) }
    }

    @Test func `a tar archive is known by all of its mark`() throws {
        func report(_ mark: String, _ rest: String) -> String {
            let start = #"{"basics":{"name":"Ada","summary":""#
            let filling = String(repeating: "x", count: 257 - start.utf8.count)
            return OddFiles.report { try ImportFile(Data("\(start)\(filling)\(mark)\(rest)".utf8)) }
        }
        // As in "mustard".
        #expect(!report("ustard", #""}}"#).contains("tar"))
        for mark in ["ustar\u{0}00", "ustar  \u{0}"] {
            #expect(report(mark, "").contains("is a tar archive"), "\(mark)")
        }
    }
}
