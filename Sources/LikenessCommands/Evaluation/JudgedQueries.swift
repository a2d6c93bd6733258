package import Foundation

/// Judged queries, of one file or of two.
///
/// Queries are one JSON document (`{"name": …, "queries": [{"id", "text", "kind", "relevant": [{"slug", "grade"}]}]}`), JSON Lines
/// (`{"id", "text", "kind"}`, or `_id`), or lines of id and text with a tab between. Judgements of a second file are those of TREC
/// (`query iteration profile grade`), the same without an iteration, or JSON Lines (`{"query", "profile", "grade"}`).
package struct JudgedQueries: Sendable {
    /// What keeps a file from being read, without its name.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// Of the set; empty when the file does not say.
    package internal(set) var name = ""
    package private(set) var queries: [JudgedQuery] = []
    /// Judgements of queries that are not there.
    package private(set) var strayJudgements = 0
    private var places: [String: Int] = [:]

    /// - Returns: Queries in the order of the file; at least one.
    package init(queries: Data) throws(Fault) {
        if Self.isJSON(queries) {
            try self.readObjects(queries)
        } else {
            try self.readRows(queries)
        }
        guard !self.queries.isEmpty else { throw Fault(description: "holds no query") }
    }

    /// Adds the judgements of a second file.
    package mutating func judge(_ judgements: Data) throws(Fault) {
        let before = self.judgementCount + self.strayJudgements
        if Self.isJSON(judgements) {
            try self.readJudgedObjects(judgements)
        } else {
            try self.readJudgedRows(judgements)
        }
        guard self.judgementCount + self.strayJudgements > before else {
            throw Fault(description: "holds no judgement")
        }
    }

    private var judgementCount: Int { self.queries.reduce(0) { $0 + $1.grades.count } }

    mutating func add(_ query: JudgedQuery, at place: String) throws(Fault) {
        guard !query.id.isEmpty else { throw Fault(description: "\(place): a query without id") }
        guard query.text.contains(where: { !$0.isWhitespace }) else {
            throw Fault(description: "\(place): query \"\(query.id)\" has no text")
        }
        guard self.places.updateValue(self.queries.count, forKey: query.id) == nil else {
            throw Fault(description: "\(place): query \"\(query.id)\" is there twice")
        }
        self.queries.append(query)
    }

    mutating func grade(_ query: String, _ profile: String, _ grade: Int, at place: String) throws(Fault) {
        guard grade <= JudgedQuery.gradeMax else {
            throw Fault(description: "\(place): grade \(grade) is above \(JudgedQuery.gradeMax)")
        }
        guard let index = self.places[query] else {
            self.strayJudgements += 1
            return
        }
        if let before = self.queries[index].grades.updateValue(grade, forKey: profile), before != grade {
            throw Fault(
                description: "\(place): \"\(profile)\" has grade \(before) and grade \(grade) for query \"\(query)\""
            )
        }
    }
}
