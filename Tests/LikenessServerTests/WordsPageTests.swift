import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessServer

/// Whatever `docs/words.md` says that people find.
@Suite(.freshDatabase, .timeLimit(.minutes(10))) struct WordsPageTests {
    @Test func `each line of the page is true`() async throws {
        let tables = try Self.tables()
        let (people, texts, filters) = (tables["The people"] ?? [], tables["Texts"] ?? [], tables["Filters"] ?? [])
        #expect(people.count > 30 && texts.count > 35 && filters.count >= 8)
        try await ServiceFixture.run { fixture in
            let profiles = people.map { row in
                Profile(
                    slug: row[0],
                    displayName: row[1],
                    summary: row[2],
                    location: row[4],
                    skills: row[3].isEmpty ? [] : [Skill(name: row[3])]
                )
            }
            let stored = try await fixture.client.profiles.batchUpsertProfiles(
                BatchUpsertProfilesRequest(profiles: profiles, waitFor: .embedded),
                options: .init()
            )
            for result in stored.results {
                if case .error(let status)? = result.result { Issue.record("refused: \(status.message)") }
            }
            for row in texts {
                let answer = try await fixture.client.search.query(
                    QueryRequest(query: .init(ask: .text(.init(text: row[1])))),
                    options: .init()
                )
                #expect(answer.hits.first?.profile?.slug == row[2], "\(row[1])")
            }
            for row in filters {
                let list = try await fixture.client.profiles.listProfiles(.init(filter: row[1]), options: .init())
                #expect(list.profiles.map(\.slug) == row[2].split(separator: " ").map(String.init), "\(row[1])")
            }
            // To the model all of these signs are one.
            let words = try await fixture.client.search.query(
                QueryRequest(query: .init(ask: .text(.init(text: "\u{710A}\u{63A5}")))),
                options: .init()
            )
            #expect(words.hits.count == 1 && words.strategy == "text" && words.completeness?.level == .truncated)
            let refused = await ServiceFixture.failure {
                try await fixture.client.search.query(
                    QueryRequest(query: .init(ask: .text(.init(text: "\u{710A}\u{63A5}", mode: .vector)))),
                    options: .init()
                )
            }
            #expect(refused?.code == .invalidArgument && refused?.message.contains("query.text.text") == true)
            for text in ["-smith", "++ ##"] {
                let answer = try await fixture.client.search.query(
                    QueryRequest(query: .init(ask: .text(.init(text: text, mode: .text)))),
                    options: .init()
                )
                #expect(answer.hits.isEmpty && answer.completeness?.level == .truncated, "\(text)")
            }
        }
    }

    /// The rows of each table, by the heading above it: cells without the marks of code, escapes resolved.
    private static func tables() throws -> [String: [[String]]] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/words.md"), encoding: .utf8)
        var (tables, heading): ([String: [[String]]], String) = ([:], "")
        for line in page.split(separator: "\n") {
            if line.hasPrefix("## ") { heading = String(line.dropFirst(3)) }
            guard line.hasPrefix("|"), !line.hasPrefix("|---") else { continue }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
            tables[heading, default: []].append(
                cells.map { Self.unescaped($0.trimmingCharacters(in: .whitespaces).trimmingCharacters(in: ["`"])) }
            )
        }
        // Without the names of the columns.
        return tables.mapValues { Array($0.dropFirst()) }
    }

    private static func unescaped(_ cell: String) -> String {
        cell.replacing(#/\\u\{([0-9A-F]+)\}/#) { match in
            UInt32(match.output.1, radix: 16).flatMap(UnicodeScalar.init).map { String($0) } ?? ""
        }
    }
}
