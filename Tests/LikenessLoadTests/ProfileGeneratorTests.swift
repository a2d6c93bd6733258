import Foundation
import LikenessCommands
import LikenessMessages
import LikenessStatistics
import Testing

@testable import LikenessLoad

@Suite struct ProfileGeneratorTests {
    private static let people = (0..<1_500).map { ProfileGenerator(seed: 1).profile($0) }

    private static func bytes(_ indices: some Sequence<Int>, seed: UInt64) -> [UInt8] {
        let generator = ProfileGenerator(seed: seed)
        var bytes: [UInt8] = []
        for index in indices { JSONResumeLine.append(generator.profile(index), to: &bytes) }
        return bytes
    }

    @Test func `the same seed makes the same bytes`() {
        #expect(Self.bytes(0..<200, seed: 7) == Self.bytes(0..<200, seed: 7))
        #expect(Self.bytes(0..<20, seed: 7) != Self.bytes(0..<20, seed: 8))
        // A person does not depend on who else is made.
        #expect(Self.bytes(0..<50, seed: 7).suffix(500) == Self.bytes(40..<50, seed: 7).suffix(500))
    }

    /// The same in every process and on every machine. A change of the vocabulary or of the rules changes everybody's data,
    /// so it should be meant, and recorded here.
    @Test func `the first hundred of seed 1`() {
        let first = Self.people[0].profile
        #expect(first.slug.hasSuffix("-001"))
        #expect(first.id.count == 36 && first.id.dropFirst(14).first == "4")
        let hash = Self.bytes(0..<100, seed: 1).reduce(14_695_981_039_346_656_037 as UInt64) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        #expect(hash == 16_159_938_262_836_366_488)
    }

    @Test func `an import reads the same profile back`() throws {
        for made in Self.people.prefix(300) {
            var bytes: [UInt8] = []
            JSONResumeLine.append(made, to: &bytes)
            let read = try #require(Array(JSONResumeFile(Data(bytes))).first).profile.get()
            var expected = made.profile
            (expected.id, expected.tags, expected.keywords) = ("", [], [])
            for index in expected.experiences.indices { expected.experiences[index].id = "" }
            for index in expected.skills.indices { expected.skills[index].id = "" }
            // The same members in another order.
            let attributes = try [read, expected].map {
                try JSONSerialization.jsonObject(
                    with: Data(($0.attributesJson.isEmpty ? "{}" : $0.attributesJson).utf8)
                )
                    as? NSDictionary
            }
            #expect(attributes[0] == attributes[1])
            expected.attributesJson = read.attributesJson
            #expect(read == expected)
        }
    }

    @Test func `every profile keeps the contract`() {
        for made in Self.people {
            let violations = made.profile.violations()
            #expect(violations.isEmpty, "\(made.profile.slug): \(violations)")
        }
        #expect(Set(Self.people.map(\.profile.slug)).count == Self.people.count)
        #expect(Set(Self.people.map(\.profile.id)).count == Self.people.count)
    }

    @Test func `careers make sense in time`() {
        func month(_ date: PartialDate?, orElse other: Int32) -> Int32 {
            date.map { $0.year * 12 + max($0.month, 1) - 1 } ?? other
        }
        for made in Self.people {
            let jobs = made.profile.experiences.filter { $0.category == .work }
            let studies = made.profile.experiences.filter { $0.category == .education }
            #expect((1...6).contains(jobs.count) && (1...2).contains(studies.count))
            // Latest first, none before the one before it was over, none before school was over.
            for (later, earlier) in zip(jobs, jobs.dropFirst()) {
                let (start, end) = (later.startDate?.year ?? 0, earlier.endDate?.year ?? 0)
                #expect(start >= end && end >= (earlier.startDate?.year ?? 0), "\(made.profile.slug)")
            }
            let lastStudy = studies.compactMap { $0.endDate?.year }.max() ?? 0
            #expect((jobs.last?.startDate?.year ?? 0) >= lastStudy, "\(made.profile.slug)")
            for experience in made.profile.experiences {
                #expect(month(experience.startDate, orElse: 0) <= month(experience.endDate, orElse: 30_000))
                #expect(month(experience.endDate, orElse: 0) <= 2_026 * 12 + 6)
            }
        }
    }

    @Test func `jobs do not overlap, and responsibility falls only with a change of field`() {
        for seed in 0..<5_000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let person = Person(&random)
            let career = Career(person, &random)
            let months = career.jobs.map { ($0.span.first, $0.span.last ?? Career.thisMonth) }
            #expect(months.allSatisfy { $0.0 <= $0.1 && $0.1 <= Career.thisMonth }, "seed \(seed)")
            #expect(zip(months, months.dropFirst()).allSatisfy { $0.1 < $1.0 }, "seed \(seed)")
            #expect(career.jobs.dropLast().allSatisfy { $0.span.last != nil }, "seed \(seed)")
            let studied = career.studies.compactMap(\.span.last).max() ?? 0
            #expect(studied < months[0].0 && months[0].0 / 12 - person.birthYear >= 18, "seed \(seed)")
            for (job, next) in zip(career.jobs, career.jobs.dropFirst()) {
                #expect((1...4).contains(next.level) && next.level - job.level <= 2, "seed \(seed)")
                if next.level < job.level {
                    #expect(next.field != job.field && next.level == job.level - 1, "seed \(seed)")
                }
                #expect(next.field == job.field || Lexicon.neighbours[job.field].contains(next.field), "seed \(seed)")
            }
            // Nobody leads as a beginner.
            if let first = career.jobs.first { #expect(first.level <= 2, "seed \(seed)") }
        }
    }

    @Test func `titles fit their organizations`() {
        let fits = TitleFits("Judge, Clerk = Court; Hotel > Hotel/Inn")
        #expect(fits.allows("Presiding Judge", at: "District Court") && !fits.allows("Judge", at: "Kent & Co"))
        #expect(!fits.allows("Lawyer", at: "District Court") && fits.allows("Lawyer", at: "Kent & Co"))
        #expect(fits.allows("Hotel Manager", at: "The Inn") && !fits.allows("Hotel Manager", at: "Kent Bakery"))
        #expect(fits.allows("Cook", at: "Hotel Post"))
        let jobs = Self.people.flatMap { $0.profile.experiences }.filter { $0.category == .work }
        for (title, organizations) in [
            ("Judge", ["Court"]), ("Public Prosecutor", ["Court"]), ("Hotel Manager", ["Hotel"]),
            ("Master Baker", ["Bakery"]),
            ("Hoteldirektion", ["Hotel", "Kurhaus"]), ("Bäckermeister", ["Bäckerei"]), ("Vorsitzende", ["gericht"]),
            ("Directrice d'hôtel", ["Hôtel"]), ("Dirección de hotel", ["Hotel"]),
            ("Fiscal", ["Tribunal", "Juzgado", "Audiencia"]),
        ] {
            for job in jobs where job.title.contains(title) {
                #expect(organizations.contains { job.organization.contains($0) }, "\(title) at \(job.organization)")
            }
        }
        #expect(jobs.contains { $0.title.contains("Judge") } && jobs.contains { $0.title == "Hotel Manager" })
    }

    @Test func `texts say what the skills say`() {
        // Of those with several skills, nearly all name one of them in their texts.
        let told = Self.people.filter { made in
            let parts = made.profile.experiences.flatMap { [$0.description] + $0.highlights }
            let text = (parts + [made.profile.summary, made.profile.headline]).joined(separator: " ").lowercased()
            return made.profile.skills.contains { skill in
                skill.category.isEmpty && ([skill.name] + skill.keywords).contains { text.contains($0.lowercased()) }
            }
        }
        #expect(told.count > Self.people.count * 95 / 100)
    }

    @Test func `texts are not one template`() {
        let summaries = Self.people.map(\.profile.summary)
        #expect(Set(summaries).count == summaries.count)
        // Four words in a row that two summaries of one language share: rare.
        func shingles(_ text: String) -> Set<String> {
            let words = text.split(separator: " ")
            return Set(words.indices.dropLast(3).map { words[$0...$0 + 3].joined(separator: " ") })
        }
        let sets = summaries.prefix(400).map { shingles($0) }
        var shared = 0.0
        var pairs = 0.0
        for (index, set) in sets.enumerated() {
            for other in sets[(index + 1)...] {
                shared += Double(set.intersection(other).count) / Double(max(1, min(set.count, other.count)))
                pairs += 1
            }
        }
        #expect(shared / pairs < 0.02, "\(shared / pairs)")
        let sentences = Self.people.flatMap { $0.profile.experiences.map(\.description) }.filter { $0.count > 40 }
        #expect(Set(sentences).count > sentences.count * 97 / 100)
    }

    @Test func `people come from everywhere and write in several languages`() {
        #expect(Set(Self.people.map(\.country)).count > 30)
        let german = Self.people.filter { $0.profile.skills.contains { $0.name == "Deutsch" } }.count
        let french = Self.people.filter { $0.profile.skills.contains { $0.name == "français" } }.count
        let spanish = Self.people.filter { $0.profile.skills.contains { $0.name == "español" } }.count
        #expect(min(german, french, spanish) > 40)
        #expect(Set(Self.people.map { $0.fields[0] }).count == 14)
    }

    @Test func `no rule is left unsaid`() {
        for made in Self.people {
            let texts =
                [made.profile.displayName, made.profile.headline, made.profile.summary]
                + made.profile.experiences.flatMap { [$0.title, $0.organization, $0.description] + $0.highlights }
            for text in texts {
                let hasSlot = text.contains { "{}[]|<>".contains($0) }
                let hasGap = text.contains("  ") || text.contains(" .") || text.first == " " || text.last == " "
                #expect(!hasSlot && !hasGap, "\(text)")
            }
        }
    }
}
