import Foundation
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// What the contract says of fields, and what the schema and the filters make of it.
@Suite(.freshDatabase) struct FieldFactsTests {
    /// A field of one of the three tables, without the type of its record.
    private struct Field {
        let table: FilterField.Table
        let name: String
        let filtering: FieldFilter?
        let isSearchable: Bool
        /// `nil` for rows.
        let column: String?

        /// As a filter of profiles names it.
        var filterName: String? {
            guard let filter = self.filtering else { return nil }
            let name = filter.kind == .json ? "\(filter.name).key" : filter.name
            return self.table == .profile ? name : "\(self.table.rawValue).\(name)"
        }
    }

    private static func fields<Record>(_ table: FilterField.Table, _ facts: [FieldFacts<Record>]) -> [Field] {
        facts.map {
            Field(
                table: table,
                name: $0.name,
                filtering: $0.filter,
                isSearchable: $0.isSearchable,
                column: $0.column?.text
            )
        }
    }

    private static var fields: [Field] {
        Self.fields(.profile, Profile.fieldFacts) + Self.fields(.experiences, Experience.fieldFacts)
            + Self.fields(.skills, Skill.fieldFacts) + Self.fields(.externalIDs, ExternalId.fieldFacts)
    }

    @Test func `rows are those that have a table`() {
        let rows = Profile.fieldFacts.compactMap { if case .rows(let name) = $0.filtering { name } else { nil } }
        #expect(rows == FilterField.Table.allCases.dropFirst().map(\.rawValue))
    }

    @Test func `a filter knows the fields that can be filtered, and no others`() async throws {
        try await RepositoryFixture.run { fixture in
            for field in Self.fields {
                if let name = field.filterName {
                    _ = try await fixture.profiles.list(filter: "\(name):*")
                } else {
                    let name = field.table == .profile ? field.name : "\(field.table.rawValue).\(field.name)"
                    #expect(throws: RepositoryError.self, "\(name)") { try Filter("\(name):*") }
                }
            }
        }
    }

    @Test func `every field has its column`() async throws {
        try await RepositoryFixture.run { fixture in
            for field in Self.fields {
                guard let column = field.column else { continue }
                try await fixture.execute("SELECT \(column) FROM \(field.table.name) LIMIT 0")
            }
        }
    }

    /// Those of lists are GIN, and those of texts are of their folded form.
    @Test func `what is indexed has an index that a filter can use, and nothing else has`() async throws {
        try await RepositoryFixture.run { fixture in
            for field in Self.fields {
                guard let filter = field.filtering, let column = field.column else { continue }
                let key =
                    switch filter.kind {
                    case .text, .prose: "fold_term(\(column))"
                    case .uuid, .key, .list, .time, .date, .number, .category, .json: column
                    }
                let method = filter.kind == .list || filter.kind == .json ? "gin" : "btree"
                let count: Int = try await fixture.value(
                    """
                    SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
                    WHERE i.indrelid = '\(field.table.name)'::regclass AND m.amname = '\(method)'
                        AND pg_get_indexdef(i.indexrelid, 1, true) = '\(key)'
                    """
                )
                #expect((count > 0) == filter.isIndexed, "\(field.table.name).\(field.name)")
            }
        }
    }

    /// Of each column that can hold a word.
    @Test func `a search finds the words of searchable fields, and of no others`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.curie())
            for field in Self.fields {
                guard let column = field.column else { continue }
                // Their rows are no sections.
                guard field.table != .externalIDs else {
                    #expect(!field.isSearchable, "\(field.name)")
                    continue
                }
                let type: String = try await fixture.value(
                    """
                    SELECT format_type(atttypid, NULL) FROM pg_attribute
                    WHERE attrelid = '\(field.table.name)'::regclass AND attname = '\(column)'
                    """
                )
                let word = "wombat"
                let value: String
                switch type {
                case "text": value = "'\(word)'"
                case "text[]": value = "ARRAY['\(word)']"
                case "jsonb": value = "'{\"a\": \"\(word)\"}'"
                default:
                    #expect(!field.isSearchable, "\(field.table.name).\(field.name)")
                    continue
                }
                try await fixture.execute("UPDATE \(field.table.name) SET \(column) = \(value)")
                let found: Bool = try await fixture.value(
                    "SELECT bool_or(search @@ words_query('\(word)')) FROM \(field.table.name)"
                )
                #expect(found == field.isSearchable, "\(field.table.name).\(field.name)")
                try await fixture.execute(
                    "UPDATE \(field.table.name) SET \(column) = \(value.replacing(word, with: "x"))"
                )
            }
        }
    }

    @Test func `an update mask knows the fields that are writable, and no others`() throws {
        for field in Profile.fieldFacts {
            if field.isWritable {
                _ = try UpdateMask([field.name])
            } else {
                #expect(throws: RepositoryError.self, "\(field.name)") { try UpdateMask([field.name]) }
            }
        }
        var all = Profile()
        try UpdateMask(["*"]).apply(from: Samples.curie(), to: &all)
        var curie = Samples.curie()
        for field in Profile.fieldFacts where !field.isWritable { field.copy(from: Profile(), to: &curie) }
        #expect(all == curie)
    }

    // MARK: The document

    /// The rows of the table with a heading in a document: the names in the first column, and what the last says.
    private static func documented(
        _ heading: String = "| field | knows | index |",
        in document: String = "docs/filters.md"
    ) throws -> [(names: [String], index: String)] {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: repository.appending(path: document), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: heading[...]))
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            // `experiences.` `title`, `organization`; `skills.name`: what ends in a point stands before those that follow.
            var names: [String] = []
            for part in cells[0].split(separator: ";") {
                var prefix = ""
                for code in part.matches(of: /`([^`]+)`/).map({ String($0.1) }) {
                    if code.hasSuffix(".") { prefix = code } else { names.append(prefix + code) }
                }
            }
            return (names, cells.last { !$0.isEmpty } ?? "")
        }
    }

    @Test func `the document has each field whose values are counted`() throws {
        let documented = try Self.documented("| facet | values |", in: "docs/search.md").flatMap(\.names)
        #expect(documented.filter { $0 != "attributes.KEY.KEY" }.sorted() == FacetField.names.sorted())
    }

    @Test func `the document has each field once, beside fields of its kind, with its index`() throws {
        let filtered = Self.fields.compactMap { field in
            field.filtering.map { filter in
                let name = field.table == .profile ? filter.name : "\(field.table.rawValue).\(filter.name)"
                return (filter.kind == .json ? "\(name).KEY" : name, filter)
            }
        }
        let facts = Dictionary(uniqueKeysWithValues: filtered)
        var documented: [String] = []
        for row in try Self.documented() {
            // Of attributes it shows three ways to write a place.
            let names = row.names.contains { facts[$0]?.kind == .json } ? Array(row.names.prefix(1)) : row.names
            documented += names
            #expect(Set(names.map { facts[$0]?.kind }).count == 1, "\(names)")
            // "`:`" alone is about words, which an index always finds.
            let isIndexed = row.index == "yes" || row.index.contains("`=`")
            for name in names { #expect(facts[name]?.isIndexed == isIndexed, "\(name): \(row.index)") }
        }
        #expect(documented.sorted() == facts.keys.sorted())
    }
}
