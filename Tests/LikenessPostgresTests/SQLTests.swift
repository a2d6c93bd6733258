import LikenessPostgres
import LikenessTesting
import Testing

@Suite struct SQLTests {
    @Test func `texts are made of literals, other texts and numbers`() {
        let columns: SQL = "id, name"
        let text: SQL = "SELECT \(columns) FROM \(SQL(quoting: "t")) LIMIT \(10) OFFSET \(0.5)"
        #expect(text.text == #"SELECT id, name FROM "t" LIMIT 10 OFFSET 0.5"#)
    }

    @Test func `a plain name needs no quotes`() {
        for name in ["a", "embeddings_all_minilm_l6_v2", "_x9", String(repeating: "n", count: 63)] {
            #expect(SQL(plainName: name)?.text == name)
        }
        for name in ["", "9a", "A", "a b", "a\"", "a;b", "ä", "a\0", String(repeating: "n", count: 64)] {
            #expect(SQL(plainName: name) == nil, "\(name)")
        }
    }

    @Test(.freshDatabase, arguments: ["plain", "select", "with space", "a\"b", "\"; DROP TABLE t; --", "ä名", "$1"])
    func `a quoted name is one name, whatever is in it`(_ name: String) async throws {
        let result = try await TestDatabase.current.pool.execute(
            Statement("", "SELECT x.\(SQL(quoting: name)) FROM (SELECT 1::int4 AS \(SQL(quoting: name))) AS x")
        )
        #expect(try result.value(0, 0, as: Int32.self) == 1)
    }
}
