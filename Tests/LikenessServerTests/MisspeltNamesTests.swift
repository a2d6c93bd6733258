import Foundation
import LikenessClient
import LikenessCommands
import LikenessMessages
import LikenessTesting
import Testing

/// The example people, looked for by their names as people type them: with errors, begun, in another order. The real model.
@Suite(.freshDatabase, .timeLimit(.minutes(10))) struct MisspeltNamesTests {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples/profiles.jsonl")

    private static func run(_ body: (Names, [Profile]) async throws -> Void) async throws {
        try await ServiceFixture.run { fixture in
            var options = CallOptions()
            options.timeout = .seconds(300)
            let people = try JSONResumeFile(try Data(contentsOf: Self.file)).map { try $0.profile.get() }
            var token = ""
            for start in stride(from: 0, to: people.count, by: 50) {
                let some = Array(people[start..<min(start + 50, people.count)])
                token = try await fixture.client.profiles.batchUpsertProfiles(
                    .init(profiles: some, waitFor: .embedded),
                    options: options
                ).consistencyToken
            }
            let isEmbedded = try await Patience.until(every: .milliseconds(200)) {
                try await fixture.client.admin.getStatistics(.init(), options: .init()).outboxPending == 0
            }
            #expect(isEmbedded)
            try await body(Names(client: fixture.client, token: token), people)
        }
    }

    private struct Names {
        let client: LikenessClient
        /// Of the import: which words resemble one is known of all that it wrote.
        let token: String

        func first(_ text: String) async throws -> String {
            let request = QueryRequest(
                query: .init(ask: .text(.init(text: text))),
                limit: 1,
                skipHighlights: true,
                consistencyToken: self.token
            )
            return try await self.client.search.query(request, options: .init()).hits.first?.profile?.slug ?? ""
        }
    }

    @Test func `the person comes first`() async throws {
        try await Self.run { names, people in
            for (text, slug) in [
                ("Florance Nigtingail", "florence-nightingale"), ("nighting", "florence-nightingale"),
                ("Florence Nightingail", "florence-nightingale"), ("Nihtingal Florense", "florence-nightingale"),
                ("lovelace ada", "ada-lovelace"), ("Ada Lovlase", "ada-lovelace"), ("Clara Barto", "clara-barton"),
                ("Clara Bato", "clara-barton"),
                ("William Hravye", "william-harvey"), ("Elizrbeh Blackwell", "elizabeth-blackwell"),
                ("anning mary", "mary-anning"),
            ] {
                #expect(try await names.first(text) == slug, "\(text)")
            }

            var random = SeededNumbers(seed: 8)
            var found: [Kind: (first: Int, all: Int)] = [:]
            for person in people {
                let words = person.displayName.split(separator: " ").map(String.init)
                guard words.count > 1, words.allSatisfy({ $0.allSatisfy(\.isLetter) }), (words.last ?? "").count > 3
                else {
                    continue
                }
                for kind in Kind.allCases {
                    let text = kind.text(words, &random)
                    let isFirst = try await names.first(text) == person.slug
                    found[kind, default: (0, 0)].all += 1
                    found[kind, default: (0, 0)].first += isFirst ? 1 : 0
                }
            }
            for (kind, counts) in found {
                #expect(counts.all > 80)
                #expect(Double(counts.first) >= kind.share * Double(counts.all), "\(kind): \(counts)")
            }
        }
    }

    private enum Kind: CaseIterable {
        case error, twoErrors, errorInEach, begun, lastFirst, lastFirstWithError

        /// Of the people who are to come first. Several share a first name and how their last one begins.
        var share: Double {
            switch self {
            case .error, .lastFirstWithError: 0.97
            case .twoErrors, .errorInEach, .begun: 0.93
            case .lastFirst: 1
            }
        }

        func text(_ words: [String], _ random: inout SeededNumbers) -> String {
            var words = words
            let last = words.count - 1
            let longest = words.indices.max { words[$0].count < words[$1].count } ?? last
            switch self {
            case .error: words[longest] = Self.error(words[longest], &random)
            case .twoErrors: words[longest] = Self.error(Self.error(words[longest], &random), &random)
            case .errorInEach:
                for place in words.indices where words[place].count > 3 {
                    words[place] = Self.error(words[place], &random)
                }
            case .begun: words[last] = String(words[last].prefix(max(4, (words[last].count * 2 + 2) / 3)))
            case .lastFirst: words = [words[last]] + words[..<last]
            case .lastFirstWithError: words = [Self.error(words[last], &random)] + words[..<last]
            }
            return words.joined(separator: " ")
        }

        /// A letter more, less or other, or two that have changed places; the first one stays.
        private static func error(_ word: String, _ random: inout SeededNumbers) -> String {
            var letters = Array(word)
            let place = random.number(1...letters.count - 1)
            let letter = random.pick(Array("abcdefghijklmnopqrstuvwxyz"))
            switch random.number(0...3) {
            case 0: letters.insert(letter, at: place)
            case 1 where letters.count > 3: letters.remove(at: place)
            case 2 where place + 1 < letters.count: letters.swapAt(place, place + 1)
            default: letters[place] = letter
            }
            return String(letters)
        }
    }
}
