package import LikenessMessages
internal import LikenessPostgres

/// What a rebuild of a vector index makes, and the memory it needs.
package struct IndexBuild: Sendable, Hashable {
    package let method: IndexMethod
    package let m: Int
    package let efConstruction: Int
    package let lists: Int
    package let dimension: Int
    package let indexPrecision: EmbeddingSpaceInfo.IndexPrecision
    package let rows: Int

    /// What a build takes that is not told: the contract says the same (`BuiltGraphTests`). Built with 200 candidates in place of 64, a graph
    /// finds as much with fewer: `docs/decisions/recall.md`.
    static let (mDefault, efConstructionDefault) = (16, 200)

    /// - Parameter request: Zeros mean defaults; lists by the number of rows.
    /// - Throws: `.invalidField`.
    package init(_ request: ReindexRequest, space: EmbeddingSpaceInfo, rows: Int) throws(RepositoryError) {
        self.method = request.method == .unspecified ? space.indexMethod : request.method
        guard self.method == .hnsw || self.method == .ivfflat else {
            throw .invalidField(path: "method", reason: "is not an index method")
        }
        self.m = request.m == 0 ? Self.mDefault : Int(request.m)
        self.efConstruction = request.efConstruction == 0 ? Self.efConstructionDefault : Int(request.efConstruction)
        self.lists = request.lists == 0 ? Self.lists(rows: rows) : Int(request.lists)
        self.dimension = space.dimension
        self.indexPrecision = space.indexPrecision
        self.rows = rows
        guard (2...100).contains(self.m) else { throw .invalidField(path: "m", reason: "is not within 2...100") }
        guard (4...1000).contains(self.efConstruction) else {
            throw .invalidField(path: "ef_construction", reason: "is not within 4...1000")
        }
        guard self.efConstruction >= 2 * self.m || self.method == .ivfflat else {
            throw .invalidField(path: "ef_construction", reason: "is less than twice m")
        }
        guard (1...32_768).contains(self.lists) else {
            throw .invalidField(path: "lists", reason: "is not within 1...32768")
        }
    }

    /// pgvector's advice: a list for every 1,000 rows up to a million, the square root of the rows above.
    package static func lists(rows: Int) -> Int {
        max(1, min(rows <= 1_000_000 ? rows / 1_000 : Int(Double(rows).squareRoot()), 32_768))
    }

    /// PostgreSQL's name of the method.
    var methodName: String { self.methodSQL.text }

    /// The maintenance_work_mem into which the build fits, in MiB; at least 64.
    ///
    /// An IVFFlat build fails rather than spills when k-means does not fit (its sums are those of pgvector's
    /// ivfkmeans.c); an HNSW build slows down many times when the graph does not. A quarter is added for what the sums
    /// leave out.
    package var neededMemoryMiB: Int {
        let numberBytes = self.indexPrecision == .half ? 2 : 4
        let bytes: Int
        if self.method == .ivfflat {
            let samples = min(max(self.lists * 50, 10_000), max(self.rows, 1))
            let vectors = (samples + 2 * self.lists) * (self.dimension * numberBytes + 8)
            bytes =
                vectors + samples * self.lists * 4 + self.lists * self.lists * 4 + samples * 8 + self.lists
                * self.dimension * 4
        } else {
            // Element, its vector, and 2m neighbours below with m more on few layers above, of 16 bytes each.
            bytes = self.rows * (self.dimension * numberBytes + 8 + 128 + (2 * self.m + 2) * 16)
        }
        return max(bytes / 4 * 5 / 1_048_576 + 1, 64)
    }
}
