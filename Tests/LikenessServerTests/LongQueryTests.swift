import Foundation
import LikenessCommands
import LikenessEmbedding
import LikenessMessages
import LikenessRepository
import Testing

/// How the parts of a long search text become one ranking, compared on judged questions that are hidden in long texts. Takes
/// minutes, so it runs where it is asked for: `LIKENESS_MEASURE=long-queries swift test --filter LongQueryTests`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LIKENESS_MEASURE"] == "long-queries", "it was not asked for"))
struct LongQueryTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What stands in such texts beside what is looked for.
    private static let padding = [
        "We are a growing organisation with offices in several cities and a friendly team.",
        "You will report to the head of the department and take part in our weekly meetings.",
        "We offer flexible hours, thirty days of holiday, a pension and a contribution to your commute.",
        "Applications should include a letter, two references and the earliest possible starting date.",
        "We welcome everybody regardless of origin, age, faith or gender.",
        "The position is permanent after a probation of six months and paid according to our scale.",
        "Good communication, reliability and willingness to learn are as important to us as diplomas.",
        "Interviews take place in person or by video, and we answer every letter within three weeks.",
    ]

    struct Question {
        let text: String
        /// Grades by slug.
        let relevant: [String: Int]
    }

    enum Fusion: String, CaseIterable {
        case firstPart = "first part only", meanVector = "mean vector", best = "best part", meanOfBest =
            "mean of parts' best"
        case reciprocalRanks = "reciprocal ranks, k 60"
    }

    @Test(arguments: ["laureates", "examples"]) func `fusions are compared`(set: String) async throws {
        let file =
            set == "laureates"
            ? Self.root.appending(path: "../shared/data/laureates.jsonl").standardizedFileURL
            : Self.root.appending(path: "examples/profiles.jsonl")
        let model = try await SentenceTransformer.load()
        let people = try await People(JSONResumeFile(try Data(contentsOf: file)), model)
        let judged = try JudgedQueries(
            queries: Data(contentsOf: Self.root.appending(path: "examples/queries/\(set).json"))
        ).queries.map { Question(text: $0.text, relevant: $0.grades) }
        print("| \(set) | parts | \(Fusion.allCases.map(\.rawValue).joined(separator: " | ")) |")
        try await self.compare(
            "the question at the end",
            judged.indices.map { Self.text(of: [judged[$0]], padding: 24) },
            people,
            model
        )
        try await self.compare(
            "3 questions",
            judged.indices.map { place in
                Self.text(of: (0..<3).map { judged[(place + 13 * $0) % judged.count] }, padding: 8)
            },
            people,
            model
        )
        try await self.compare(
            "8 questions",
            judged.indices.map { place in
                Self.text(of: (0..<8).map { judged[(place + 5 * $0) % judged.count] }, padding: 4)
            },
            people,
            model
        )
        let some = stride(from: 0, to: people.slugs.count, by: max(1, people.slugs.count / 60)).map { person in
            let texts = people.texts(of: person)
            return Self.text(
                of: [Question(text: texts.joined(separator: " "), relevant: [people.slugs[person]: 3])],
                padding: 24
            )
        }
        try await self.compare("a person's own texts at the end", some, people, model)
        await model.shutdown()
    }

    /// Each question behind so many sentences of padding.
    private static func text(of questions: [Question], padding count: Int) -> Question {
        var text: [String] = []
        for (place, question) in questions.enumerated() {
            for sentence in 0..<count { text.append(self.padding[(place * count + sentence) % self.padding.count]) }
            text.append(question.text + ".")
        }
        return Question(
            text: text.joined(separator: " "),
            relevant: questions.reduce(into: [:]) { $0.merge($1.relevant, uniquingKeysWith: max) }
        )
    }

    private func compare(_ name: String, _ questions: [Question], _ people: People, _ model: SentenceTransformer)
        async throws
    {
        var sums = [Double](repeating: 0, count: Fusion.allCases.count)
        var partCount = 0
        for question in questions {
            let parts = try await model.embed(
                model.parts(of: question.text, countMax: QueryText.partsMax).texts,
                priority: .background,
                deadline: nil
            )
            partCount += parts.count
            let perPart = parts.map { people.similarities(to: $0) }
            for (place, fusion) in Fusion.allCases.enumerated() {
                let scores: [Double]
                switch fusion {
                case .firstPart: scores = perPart[0]
                case .meanVector:
                    var sum = [Float](repeating: 0, count: 384)
                    for part in parts { for index in sum.indices { sum[index] += part[index] } }
                    scores = people.similarities(to: sum)
                case .best: scores = people.slugs.indices.map { person in perPart.map { $0[person] }.max() ?? 0 }
                case .meanOfBest: scores = people.slugs.indices.map { person in perPart.reduce(0) { $0 + $1[person] } }
                case .reciprocalRanks:
                    var fused = [Double](repeating: 0, count: people.slugs.count)
                    for part in perPart {
                        for (rank, person) in People.ranking(part).enumerated() {
                            fused[person] += 1 / Double(60 + rank + 1)
                        }
                    }
                    scores = fused
                }
                let slugs = People.ranking(scores).prefix(10).map { people.slugs[$0] }
                let measures = RankingMeasures(
                    found: slugs.map { question.relevant[$0] ?? 0 },
                    judged: Array(question.relevant.values),
                    cutoff: 10
                )
                sums[place] += measures.ndcg
            }
        }
        let columns = sums.map { String(format: "%.3f", $0 / Double(questions.count)) }.joined(separator: " | ")
        print("| \(name) | \(String(format: "%.1f", Double(partCount) / Double(questions.count))) | \(columns) |")
    }
}

/// People with the vectors of their sections.
private struct People {
    var slugs: [String] = []
    private var sections: [(person: Int, text: String)] = []
    private var vectors: [[Float]] = []

    init(_ documents: JSONResumeFile, _ model: SentenceTransformer) async throws {
        for item in documents {
            var profile = try item.profile.get()
            profile.id = "p"
            for place in profile.experiences.indices { profile.experiences[place].id = "e" }
            for section in SectionText.sections(of: profile) { self.sections.append((self.slugs.count, section.text)) }
            self.slugs.append(profile.slug)
        }
        let texts = Array(Set(self.sections.map(\.text)))
        let vectors = try await model.embed(texts, priority: .background, deadline: nil)
        let known = Dictionary(uniqueKeysWithValues: zip(texts, vectors))
        self.vectors = self.sections.map { known[$0.text] ?? [] }
    }

    func texts(of person: Int) -> [String] { self.sections.filter { $0.person == person }.map(\.text) }

    /// Of each person's best section.
    func similarities(to vector: [Float]) -> [Double] {
        var best = [Double](repeating: -2, count: self.slugs.count)
        vector.withUnsafeBufferPointer { vector in
            for (section, other) in zip(self.sections, self.vectors) {
                let sum = other.withUnsafeBufferPointer { other in
                    var sums = SIMD16<Float>()
                    for index in stride(from: 0, to: vector.count, by: 16) {
                        let left = UnsafeRawPointer(vector.baseAddress! + index).loadUnaligned(as: SIMD16<Float>.self)
                        let right = UnsafeRawPointer(other.baseAddress! + index).loadUnaligned(as: SIMD16<Float>.self)
                        sums += left * right
                    }
                    return Double(sums.sum())
                }
                if sum > best[section.person] { best[section.person] = sum }
            }
        }
        return best
    }

    static func ranking(_ scores: [Double]) -> [Int] {
        scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    }
}
