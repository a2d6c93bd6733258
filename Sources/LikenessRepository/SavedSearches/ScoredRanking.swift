internal import FoundationEssentials
internal import LikenessPostgres

/// A saved search that needs no more than the scores of its ranking: one statement, prepared once, for each of its vectors.
///
/// What its text means is the bound's: phrases, fusions and the embeddings that a view shows take a search of their own.
enum ScoredRanking: Sendable {
    case words(SearchWords)
    case vectors([Vector], EmbeddingSpaceInfo)
    case both(SearchWords, [Vector], EmbeddingSpaceInfo)
    /// Through a view, whose projection has this id.
    case shownWords(SearchWords, projection: UUID, KindWeights)

    /// - Parameters:
    ///   - words: Of the profiles that are compared, through the search's view.
    ///   - space: Of the search; `nil` when there is none.
    /// - Returns: `nil` for a search that has to run as any other.
    init?(_ search: SavedQuery, words: HeldWords?, space: EmbeddingSpaceInfo?) {
        switch (search.bound, search.view) {
        case (.words(let reading)?, let view):
            guard reading.query.required.isEmpty, let words else { return nil }
            guard let view else {
                self = .words(words.weighed(reading))
                return
            }
            guard let projection = words.projection else { return nil }
            self = .shownWords(words.weighed(reading), projection: projection, view.weights)
        case (.meaning?, nil):
            guard let space, let vectors = search.query?.vectors(of: space) else { return nil }
            self = .vectors(vectors, space)
        case (.both(_, let reading)?, nil):
            guard reading.query.required.isEmpty, let words, let space, let vectors = search.query?.vectors(of: space)
            else { return nil }
            self = .both(words.weighed(reading), vectors, space)
        case (.meaning?, _?), (.both?, _?), (.any?, _), (.mean?, _), (nil, _): return nil
        }
    }

    /// What has to be there still when its statement has run; `nil` without a view.
    var projection: UUID? {
        switch self {
        case .words, .vectors, .both: nil
        case .shownWords(_, let projection, _): projection
        }
    }

    /// Adds its statements, each of which gives rows of a profile and its score; of several scores of a profile the best counts.
    ///
    /// - Returns: How many.
    func add(to batch: inout Batch, profiles: [UUID], _ statements: StatementCache) -> Int {
        switch self {
        case .words(let words):
            var parameters = words.parameters
            parameters.append(profiles)
            batch.add(SearchStatements.textScores, parameters)
            return 1
        case .vectors(let vectors, let space):
            for vector in vectors {
                let parameters = Parameters(vector, profiles)
                let shape = StatementShape.named("saved_search_vector_scores", of: space.table.name.text)
                let statement = statements.statement(shape, parameters.types) {
                    SearchStatements.vectorScores(space)
                }
                batch.add(statement, parameters)
            }
            return vectors.count
        case .both(let words, let vectors, let space):
            for vector in vectors {
                var parameters = words.parameters
                parameters.append(vector)
                parameters.append(profiles)
                let shape = StatementShape.named("saved_search_hybrid_scores", of: space.table.name.text)
                let statement = statements.statement(shape, parameters.types) {
                    SearchStatements.hybridScores(space)
                }
                batch.add(statement, parameters)
            }
            return vectors.count
        case .shownWords(let words, let projection, let weights):
            var parameters = words.parameters
            parameters.append(projection)
            parameters.append(profiles)
            let shape = StatementShape.named("saved_search_view_text_scores", of: weights.sql("k").text)
            let statement = statements.statement(shape, parameters.types) {
                SearchStatements.viewTextScores(weights)
            }
            batch.add(statement, parameters)
            return 1
        }
    }
}

extension SearchQuery {
    /// The vectors that it asks by, of length 1; `nil` where one does not fit the space.
    fileprivate func vectors(of space: EmbeddingSpaceInfo) -> [Vector]? {
        let first: [Float]
        switch self.ask {
        case .vector(let values), .hybrid(_, let values): first = values
        case .text, .fusion: return nil
        }
        var vectors: [Vector] = []
        for values in [first] + self.furtherVectors {
            let path = "query.vector.values"
            guard let unit = try? UnitVector.values(values, dimension: space.dimension, path: path) else { return nil }
            vectors.append(Vector(unit))
        }
        return vectors
    }
}
