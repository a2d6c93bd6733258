internal import LikenessMessages
internal import LikenessPostgres

/// What is done to an index between its build and its first use: rows that come one by one are added with fewer candidates than it was
/// built with, and it says itself how it was built, for `OperationStatements.describe`.
extension IndexBuild {
    /// Candidates of an HNSW index for a row that is added to it. At once, in memory, a vector costs a fraction of what it costs in
    /// the pages of the index, so that a careful build is worth its time where a careful insertion is not.
    private static let insertionCandidates = 64

    /// What an insertion uses: never more than the build, and what pgvector wants at least.
    var insertionEfConstruction: Int { max(min(self.efConstruction, Self.insertionCandidates), 2 * self.m) }

    /// What an operation remembers of a build, and an index. A JSON object.
    var parametersJSON: String { self.parameters.text }

    /// PostgreSQL's name of the method.
    var methodSQL: SQL { self.method == .ivfflat ? "ivfflat" : "hnsw" }

    private var parameters: SQL {
        """
        {"method":"\(self.methodSQL)","m":\(self.m),"ef_construction":\(self.efConstruction),"lists":\(self.lists),"vectors":\(self.rows)}
        """
    }

    /// Takes no lock that a search or a write waits for.
    func comment(on index: SQL) -> SQL { "COMMENT ON INDEX \(index) IS '\(self.parameters)'" }

    /// Waits for everyone who uses the index, and they for it. `nil` where nothing is to be changed.
    func easeInsertions(into index: SQL) -> SQL? {
        guard self.method == .hnsw, self.insertionEfConstruction != self.efConstruction else { return nil }
        return "ALTER INDEX \(index) SET (ef_construction = \(self.insertionEfConstruction))"
    }
}
