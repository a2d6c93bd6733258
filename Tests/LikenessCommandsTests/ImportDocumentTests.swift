import Foundation
import LikenessMessages
import Testing

@testable import LikenessCommands

/// The lists of docs/import.md are those of the code.
@Suite struct ImportDocumentTests {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../docs/import.md"
    )

    /// What a row of the table of names is about, and the names.
    private static let rows: [(part: String, names: [String])] = {
        typealias Names = ResumeVocabulary
        var rows = [
            ("people", Names.people), ("wrapper", Names.wrappers), ("person", Names.persons), ("name", Names.name),
            ("given name", Names.givenName), ("middle name", Names.middleName), ("family name", Names.familyName),
            ("headline", Names.label), ("summary", Names.summary), ("place", Names.location),
            ("city", Names.places[0]), ("region", Names.places[1]), ("country", Names.places[2]),
            ("code of the country", Names.places[3]), ("start", Names.start), ("end", Names.end),
            ("start and end", Names.range), ("skills", Names.skills), ("skill: name", Names.skillName),
            ("skill: level", Names.skillLevel), ("skill: keywords", Names.skillKeywords),
            ("languages", Names.languages), ("language: name", Names.languageName),
            ("language: level", Names.languageLevel), ("id", Names.externalID), ("e-mail", Names.email),
            ("page", Names.url), ("silent", Names.keptUnread.sorted()),
        ]
        for known in TableField.known where !known.titles.isEmpty {
            rows.append(("column: \(known.word)", known.titles))
        }
        for section in JSONResumeSection.all {
            let name = section.names[0]
            rows.append((name, section.names))
            rows += [
                ("title", section.title), ("organization", section.organization), ("place", section.location),
                ("date", section.date), ("description", section.description), ("highlights", section.highlights),
            ].filter { !$0.1.isEmpty }.map { ("\(name): \($0.0)", $0.1) }
        }
        return rows
    }()

    @Test func `the names in the document are those that are read`() throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        var documented: [String: [String]] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 2 else { continue }
            documented[cells[0]] = cells[1].split(separator: "`").filter { $0 != " " && $0 != ", " }.map(String.init)
        }
        for (part, names) in Self.rows { #expect(documented[part] == names, "\(part)") }
    }

    @Test func `the kinds of identity are in the order in which they count`() throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        let places = PersonIdentity.Kind.usual.map { text.firstRange(of: "| `\($0.rawValue)` |")?.lowerBound }
        #expect(places.allSatisfy { $0 != nil } && places.compactMap(\.self).sorted() == places.compactMap(\.self))
    }

    @Test func `the dates in the document are read as it says`() throws {
        let text = try String(contentsOf: Self.document, encoding: .utf8)
        var seen = 0
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 2 else { continue }
            for example in cells[0].split(separator: "`").filter({ !$0.hasPrefix(",") && !$0.hasPrefix(":") }) {
                let date = ResumeDate(String(example))
                switch cells[1] {
                case "the year":
                    #expect(
                        date == .date(.init(year: 2_020), exact: false)
                            || date == .date(.init(year: 2_019), exact: false)
                    )
                case "the year: the day may be either": #expect(date == .date(.init(year: 2_019), exact: false))
                case "the month": #expect(date == .date(.init(year: 2_019, month: 2), exact: false))
                case "the one day that there is":
                    #expect(date == .date(.init(year: 2_019, month: 4, day: 13), exact: true))
                default: continue
                }
                seen += 1
            }
        }
        #expect(seen == 8)
    }
}
