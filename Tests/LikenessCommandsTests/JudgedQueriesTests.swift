import Foundation
import LikenessCommands
import Testing

@Suite struct JudgedQueriesTests {
    private static func set(_ queries: String, qrels: String? = nil) throws -> JudgedQueries {
        var set = try JudgedQueries(queries: Data(queries.utf8))
        if let qrels { try set.judge(Data(qrels.utf8)) }
        return set
    }

    private static let two = [
        JudgedQuery(id: "1", text: "nurse", kind: "words", grades: ["ada": 2, "florence": 3]),
        JudgedQuery(id: "2", text: "calm in storms", kind: "", grades: [:]),
    ]

    @Test func `the same set is read from every form`() throws {
        let document = """
            {"name": "few", "queries": [
              {"id": "1", "text": "nurse", "kind": "words",
               "relevant": [{"slug": "florence", "grade": 3}, {"slug": "ada", "grade": 2}]},
              {"id": 2, "text": "calm in storms"}]}
            """
        let set = try Self.set(document)
        #expect(set.queries == Self.two && set.name == "few")

        let lines =
            "{\"id\": \"1\", \"text\": \"nurse\", \"kind\": \"words\"}\n{\"_id\": \"2\", \"text\": \"calm in storms\"}\n"
        for judgements in [
            "1 0 florence 3\n1\t0\tada\t2\n",
            "query-id\tcorpus-id\tscore\n1\tflorence\t3\r\n\n1\tada\t2",
            "{\"query\": 1, \"profile\": \"florence\", \"grade\": 3}\n{\"query\": \"1\", \"profile\": \"ada\", \"grade\": 2}",
        ] {
            #expect(try Self.set(lines, qrels: judgements).queries == Self.two, "\(judgements)")
        }
        let rows = try Self.set("1\tnurse\r\n\n2\tcalm in storms\n", qrels: "1 0 florence 3\n1 0 ada 2")
        #expect(
            rows.queries.map(\.text) == Self.two.map(\.text) && rows.queries.map(\.grades) == Self.two.map(\.grades)
        )
        #expect(try Self.set("[{\"id\": \"7\", \"text\": \"x\"}]").queries.map(\.id) == ["7"])
    }

    @Test func `a repeated judgement counts once, one of an unknown query is counted`() throws {
        let set = try Self.set("1\tnurse", qrels: "1 0 ada 2\n1 0 ada 2\n9 0 ada 1\n1 0 bob -1\n1 0 cy 0")
        #expect(set.queries[0].grades == ["ada": 2, "bob": -1, "cy": 0] && set.strayJudgements == 1)
    }

    @Test(arguments: [
        ("", "holds no query"),
        (" \n", "holds no query"),
        ("{\"queries\": []}", "holds no query"),
        ("nurse", "line 1: neither JSON nor an id and a text with a tab between"),
        ("<top>\n<num> 301", "line 1: neither JSON nor an id and a text with a tab between"),
        ("1\tnurse\n1\tdoctor", "line 2: query \"1\" is there twice"),
        ("1\tnurse\n\t doctor", "line 2: a query without id"),
        ("1\t  ", "line 1: query \"1\" has no text"),
        ("{\"id\": \"1\"}", "line 1: query \"1\" has no text"),
        ("{\"id\": \"1\", \"text\": 4}", "line 1: text is a number, not a string"),
        ("{\"id\": \"1\", \"_id\": \"2\", \"text\": \"x\"}", "line 1: id is \"1\", and _id \"2\""),
        ("[1]", "line 1: neither JSON nor an id and a text with a tab between"),
        ("{\"id\": \"1\", \"txt\": \"nurse\"}", "line 1: \"txt\" is none of id, _id, text, kind, relevant, metadata"),
        ("{\"id\": \"1\", \"id\": \"2\", \"text\": \"x\"}", "line 1: id is there twice"),
        (
            "{\"id\": \"1\", \"text\": \"x\"}\n{\"id\": ",
            "invalid JSON at line 2, column 8: the text ends where a value should be"
        ),
        ("{\"queries\": {}}", "line 1: queries is an object, not an array"),
        ("{\"queries\": [3]}", "queries[0]: a number, not an object"),
        (
            "{\"queries\": [{\"id\": \"1\", \"text\": \"x\", \"relevant\": [{\"grade\": 1}]}]}",
            "queries[0], relevant[0]: slug is missing"
        ),
        (
            "{\"queries\": [{\"id\": \"1\", \"text\": \"x\", \"relevant\": [{\"slug\": \"a\", \"grade\": 1.5}]}]}",
            "queries[0], relevant[0]: grade is not a whole number"
        ),
        (
            "{\"queries\": [{\"id\": \"1\", \"text\": \"x\", \"relevant\": [{\"slug\": \"a\"}]}]}",
            "queries[0], relevant[0]: grade is missing"
        ),
    ])
    func `what is wrong with queries is said with its place`(text: String, message: String) throws {
        let fault = #expect(throws: JudgedQueries.Fault.self) { try Self.set(text) }
        #expect(fault?.description == message)
    }

    @Test(arguments: [
        ("", "holds no judgement"),
        ("1 0 ada", "line 1: grade \"ada\" is not a whole number"),
        ("1 0 ada 2\n1 ada", "line 2: 2 words, not query, iteration, profile and grade"),
        ("1 0 ada two", "line 1: grade \"two\" is not a whole number"),
        ("1 0 ada 11", "line 1: grade 11 is above 10"),
        ("1 0 ada 99999999999999999999", "line 1: grade \"99999999999999999999\" is not a whole number"),
        ("1 0 ada 1\n1 0 ada 2", "line 2: \"ada\" has grade 1 and grade 2 for query \"1\""),
        ("{\"query\": \"1\", \"grade\": 1}", "line 1: profile is missing"),
        ("{\"query\": \"1\", \"profile\": \"a\", \"grade\": \"1\"}", "line 1: grade is not a whole number"),
        ("[{}, 1]", "line 1: [1] is a number, not an object"),
    ])
    func `what is wrong with judgements is said with its place`(text: String, message: String) throws {
        let fault = #expect(throws: JudgedQueries.Fault.self) { try Self.set("1\tnurse", qrels: text) }
        #expect(fault?.description == message)
    }

    @Test func `bytes that are no text are refused`() throws {
        let fault = #expect(throws: JudgedQueries.Fault.self) { try JudgedQueries(queries: Data([0x31, 0x09, 0xFF])) }
        #expect(fault?.description == "is not UTF-8")
    }
}
