import Foundation
import LikenessMessages
import Testing

@testable import LikenessRepository

/// Tables of relevance, and what turns them round.
@Suite struct RelevanceTableTests {
    /// Those that were measured, and some with other knots.
    private static let tables: [RelevanceTable] = {
        var chance = SystemRandomNumberGenerator()
        let others = (0..<40).map { number in
            func ascending(_ count: Int) -> [Double] {
                Set((0..<count).map { _ in Double.random(in: 0.001...1, using: &chance) }).sorted()
            }
            let (scores, shares) = (ascending(2 + number % 9), ascending(2 + number % 9))
            return RelevanceTable("random", zip(scores, shares).map { (score: $0, relevance: $1) })
        }
        return RelevanceTable.all + others
    }()

    @Test(arguments: Self.tables) func `a higher score is never less relevant`(table: RelevanceTable) {
        let near = table.knots.flatMap { [$0.score.nextDown, $0.score, $0.score.nextUp] }
        let scores = ((0..<2_000).map { _ in Double.random(in: -1...1.1) } + near).sorted()
        let shares = scores.map(table.relevance(of:))
        #expect(shares == shares.sorted())
        #expect(shares.allSatisfy { table.range.contains($0) })
        #expect(table.relevance(of: -1) == table.range.lowerBound && table.relevance(of: 1.1) == table.range.upperBound)
        for knot in table.knots { #expect(table.relevance(of: knot.score) == knot.relevance) }
    }

    @Test(arguments: Self.tables) func `the least score parts those that have a relevance from those that have not`(
        table: RelevanceTable
    ) throws {
        let found = (0..<500).map { _ in table.relevance(of: .random(in: 0...1)) }
        let wanted = (0..<500).map { _ in Double.random(in: table.range) } + found + table.knots.map(\.relevance)
        for relevance in wanted {
            guard let least = table.leastScore(of: relevance) else {
                #expect(relevance == table.range.lowerBound)
                continue
            }
            #expect(least > 0 && least <= table.knots[table.knots.count - 1].score)
            #expect(table.relevance(of: least) >= relevance)
            #expect(table.relevance(of: least.nextDown) < relevance)
        }
        #expect(table.leastScore(of: 0) == nil && table.leastScore(of: table.range.lowerBound) == nil)
        let ordered = wanted.sorted().map { table.leastScore(of: $0) ?? 0 }
        #expect(ordered == ordered.sorted())
    }

    @Test func `nothing is said of other models, and never that something is certain`() {
        for mode in [SearchMode.vector, .hybrid, .unspecified] {
            #expect(QueryRelevance.of(mode, model: "other@1").table == nil)
            #expect(QueryRelevance.of(mode, model: "all-MiniLM-L6-v2-int8@1.0.0").table != nil)
        }
        #expect(QueryRelevance.of(.text).table?.name == "text")
        for table in RelevanceTable.all { #expect(table.range.lowerBound > 0 && table.range.upperBound < 1) }
    }

    /// The rows of a table of `docs/search.md`, by its heading.
    private static func rows(_ heading: String) throws -> [[String]] {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: repository.appending(path: "docs/search.md"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: heading[...]), "\(heading)")
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private static func table(_ mode: String) throws -> RelevanceTable {
        try #require(RelevanceTable.all.first { $0.name.split(separator: "/")[0] == mode })
    }

    @Test func `the document says what the tables say`() throws {
        let tables = try ["vector", "text", "hybrid"].map(Self.table)
        let rows = try Self.rows("| score | VECTOR | TEXT | HYBRID |")
        #expect(rows.count == 9)
        for row in rows {
            let score = try #require(Double(row[0]))
            for (cell, table) in zip(row.dropFirst(), tables) {
                // Behind it, in brackets, is how sure that is.
                let share = try #require(Double(cell.prefix { $0 != " " }))
                #expect(abs(share - table.relevance(of: score)) < 0.0051, "\(table.name) at \(score): \(cell)")
            }
        }
        let minima = try Self.rows("| `min_relevance` | VECTOR | TEXT | HYBRID |")
        #expect(minima.count == 5)
        for row in minima {
            let wanted = try #require(Double(row[0]))
            for (cell, table) in zip(row.dropFirst(), tables) {
                guard table.range.contains(wanted) else {
                    #expect(cell == "refused", "\(table.name) for \(wanted): \(cell)")
                    continue
                }
                let least = try #require(table.leastScore(of: wanted))
                #expect(abs(try #require(Double(cell)) - least) < 0.00051, "\(table.name) for \(wanted): \(cell)")
            }
        }
    }
}
