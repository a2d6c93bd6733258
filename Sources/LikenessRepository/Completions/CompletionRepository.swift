internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Completes what somebody types to texts that live profiles have.
///
/// `completion_terms` holds each text once. A write adds its texts in its own transaction; how many profiles have them is
/// counted in the background, and whether any live one has them is looked up for each suggestion. Through a view they are the
/// texts of what it shows, which its projection counts.
package struct CompletionRepository: Sendable {
    private let database: Database
    private let views: ViewIndexes

    package init(database: Database, views: ViewIndexes? = nil) {
        self.database = database
        self.views = views ?? ViewIndexes(database: database)
    }

    package struct Answer: Sendable {
        package var suggestions: [Suggestion]
        package var completeness: Completeness
    }

    /// Characters of a prefix from which later words count, and from which similar spellings do.
    private static let wordsFrom = 3
    private static let similarFrom = 4
    /// Suggestions of all kinds that one call may ask for.
    package static let limitMax = 50

    /// - Parameters:
    ///   - prefix: 1...100 characters, not only white space.
    ///   - kinds: Which to complete to; none means all, through a view all that it does not hide.
    ///   - limit: 1...50.
    ///   - view: What the caller sees of profiles; `nil` for everything.
    /// - Throws: `.invalidField`; through a view `.unavailable(.viewNotReady)` and `.failedPrecondition`.
    package func suggest(
        _ prefix: String,
        kinds: [SuggestionKind] = [],
        limit: Int = 10,
        view: View? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Answer {
        guard (1...Self.limitMax).contains(limit) else {
            throw .invalidField(path: "limit", reason: "is not within 1...\(Self.limitMax)")
        }
        let prefix = String(prefix.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        guard !prefix.isEmpty else { throw .invalidField(path: "prefix", reason: "has no characters but white space") }
        let asked = Asked(prefix: prefix, kinds: try Self.numbers(of: kinds), limit: limit, deadline: deadline)
        guard let view else { return try await self.answer(asked, projection: nil) }
        try Self.require(view, shows: kinds)
        return try await SearchRepository.renewing { () throws(RepositoryError) in
            try await self.answer(asked, through: view)
        }
    }

    /// A checked request.
    private struct Asked {
        let prefix: String
        let kinds: [Int16]
        let limit: Int
        let deadline: ContinuousClock.Instant?
    }

    private static let attemptsMax = 3

    private func answer(_ asked: Asked, through view: View) async throws(RepositoryError) -> Answer {
        let words = self.views.words(of: view)
        let reads = self.database.reads(at: nil, deadline: asked.deadline)
        for _ in 0..<Self.attemptsMax {
            let version = try await words.current(reads)
            let answer = try await self.answer(asked, projection: version.id)
            // What is dropped is cleared away: its rows may have been missing.
            if try await words.isThere(version, reads) { return answer }
        }
        throw .unavailable(.viewNotReady)
    }

    /// - Throws: `.invalidField` for a kind that is asked for by name and of which the view hides all.
    private static func require(_ view: View, shows kinds: [SuggestionKind]) throws(RepositoryError) {
        for (index, kind) in kinds.enumerated() {
            guard let field = kind.field, let objection = view.hides(field) else { continue }
            throw .invalidField(
                path: "kinds[\(index)]",
                reason: "asks for \(field.joined(separator: ".")), which \(objection)"
            )
        }
    }

    /// - Parameter projection: Of the view; `nil` for everything.
    private func answer(_ asked: Asked, projection: UUID?) async throws(RepositoryError) -> Answer {
        let statements = projection == nil ? CompletionStatements.all : .view
        // As people count them: an e and its accent are one, in whichever way they are encoded.
        let characters = asked.prefix.count
        // A letter of a dense script says as much as several others.
        let isShort = characters < Self.wordsFrom && !asked.prefix.unicodeScalars.contains(where: DenseScript.contains)
        let statement = isShort ? statements.short(characters: characters) : statements.long
        var found = try await self.enough(statement, asked, projection)
        if found.suggestions.count < asked.limit, characters >= Self.similarFrom {
            let similar = try await self.enough(statements.similar, asked, projection)
            found.isCut = found.isCut || similar.isCut
            found.suggestions += similar.suggestions.filter { one in
                !found.suggestions.contains { $0.kind == one.kind && $0.text == one.text }
            }
        }
        return Answer(
            suggestions: Array(found.suggestions.prefix(asked.limit)),
            completeness: found.isCut
                ? Completeness(level: .truncated, reason: "more texts match than were looked at; type more")
                : Completeness(level: .exact)
        )
    }

    private struct Found {
        var suggestions: [Suggestion] = []
        /// Candidates that the statement ranked, of deleted profiles too.
        var ranked = 0
        var isCut = false
    }

    /// Looks at more candidates when too many of the best are of profiles that have been deleted since they were counted.
    private func enough(
        _ statement: Statement,
        _ asked: Asked,
        _ projection: UUID?
    ) async throws(RepositoryError) -> Found {
        var candidates = asked.limit * 2 + 10
        while true {
            let found = try await self.rows(statement, asked, candidates, projection)
            guard found.suggestions.count < asked.limit, found.ranked >= candidates else { return found }
            guard candidates < CompletionStatements.examinedMax else {
                var found = found
                found.isCut = true
                return found
            }
            candidates = CompletionStatements.examinedMax
        }
    }

    private static func numbers(of kinds: [SuggestionKind]) throws(RepositoryError) -> [Int16] {
        var numbers: [Int16] = []
        for (index, kind) in kinds.enumerated() {
            switch kind {
            case .name, .title, .organization, .skill, .location: numbers.append(Int16(kind.rawValue))
            case .unspecified: throw .invalidField(path: "kinds[\(index)]", reason: "is unspecified")
            case .unrecognized(let value):
                throw .invalidField(path: "kinds[\(index)]", reason: "has the unknown value \(value)")
            }
        }
        return numbers.isEmpty ? [1, 2, 3, 4, 5] : Array(Set(numbers)).sorted()
    }

    private func rows(
        _ statement: Statement,
        _ asked: Asked,
        _ candidates: Int,
        _ projection: UUID?
    ) async throws(RepositoryError) -> Found {
        var parameters = Parameters(asked.prefix, asked.kinds, Int64(candidates))
        if let projection { parameters.append(projection) }
        let result = try await self.database.query(
            statement,
            parameters,
            settings: CompletionStatements.settings,
            deadline: asked.deadline
        )
        return try readRows { () throws(DatabaseError) in
            var found = Found()
            for row in 0..<result.rowCount {
                found.ranked = try result.value(row, 7)
                found.isCut = try result.value(row, 8)
                if !result.isNull(row, 0) {
                    found.suggestions.append(try CompletionRow.suggestion(result, row: row))
                }
            }
            return found
        }
    }

    // MARK: Counting

    /// Any number that nothing else locks: "completi" in ASCII.
    private static let lock: Int64 = 0x636F_6D70_6C65_7469

    /// Counts anew how many live profiles have each text, unless another server does.
    package func count(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) {
        try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            let locked = try await transaction.query(CompletionStatements.tryLock, Parameters(Self.lock))
            guard try readRows({ () throws(DatabaseError) in try locked.value(0, 0, as: Bool.self) }) else { return }
            _ = try await transaction.query(CompletionStatements.count)
        }
    }
}

extension SuggestionKind {
    /// Of what field it is the text, as filters name fields.
    fileprivate var field: [String]? {
        switch self {
        case .name: [ViewField.displayName]
        case .title: ["experiences", "title"]
        case .organization: ["experiences", "organization"]
        case .skill: ["skills", "name"]
        case .location: ["location"]
        case .unspecified, .unrecognized: nil
        }
    }
}

/// A row of `CompletionStatements`.
enum CompletionRow {
    static func suggestion(_ result: borrowing QueryResult, row: Int) throws(DatabaseError) -> Suggestion {
        let text: String = try result.value(row, 1)
        var suggestion = Suggestion(
            kind: SuggestionKind(rawValue: Int32(try result.value(row, 0, as: Int16.self))),
            text: text,
            profileCount: try result.value(row, 2),
            profileId: try result.value(row, 3, as: String?.self) ?? "",
            match: SuggestionMatch(rawValue: Int32(try result.value(row, 4, as: Int16.self)))
        )
        if let place = try result.value(row, 5, as: Int32?.self) {
            suggestion.span = self.span(text, place: Int(place), length: Int(try result.value(row, 6, as: Int32.self)))
        }
        return suggestion
    }

    /// - Parameters:
    ///   - place: Where the match begins, in characters as PostgreSQL counts them, from 1.
    ///   - length: In the same characters.
    private static func span(_ text: String, place: Int, length: Int) -> TextSpan {
        let scalars = text.unicodeScalars
        let start = scalars.index(scalars.startIndex, offsetBy: place - 1, limitedBy: scalars.endIndex)
        let from = start ?? scalars.endIndex
        let to = scalars.index(from, offsetBy: length, limitedBy: scalars.endIndex) ?? scalars.endIndex
        return TextSpan(
            start: Int32(text.utf8.distance(from: text.startIndex, to: from)),
            length: Int32(text.utf8.distance(from: from, to: to))
        )
    }
}
