import Foundation
import LikenessMessages
import Testing

/// The facts of the contract about the fields of a profile.
@Suite struct FieldFactsTests {
    private static let profile = Profile(
        id: "11111111-2222-4333-8444-555555555555",
        identityId: "21111111-2222-4333-8444-555555555555",
        slug: "ada",
        displayName: "Ada",
        headline: "Nurse",
        summary: "Calm.",
        location: "Ulm",
        tags: ["remote"],
        keywords: ["nights"],
        attributesJson: "{}",
        experiences: [Experience(title: "Nurse")],
        skills: [Skill(name: "Triage")],
        revision: 7,
        createTime: ProtobufTimestamp(seconds: 1),
        updateTime: ProtobufTimestamp(seconds: 2),
        deleteTime: ProtobufTimestamp(seconds: 3),
        externalIds: [ExternalId(system: "crm", id: "7")]
    )

    @Test func `each field is copied by itself, and all of them are the profile`() {
        var all = Profile()
        var lone: Set<Profile> = [all]
        for field in Profile.fieldFacts {
            var one = Profile()
            field.copy(from: Self.profile, to: &one)
            #expect(lone.insert(one).inserted, "\(field.name) has a copy of its own")
            field.copy(from: Self.profile, to: &all)
        }
        #expect(all == Self.profile)
        #expect(lone.count == 18)
    }

    @Test func `what the server sets is not writable`() {
        let readOnly = Profile.fieldFacts.filter { !$0.isWritable }.map(\.name)
        #expect(readOnly == ["id", "revision", "create_time", "update_time", "delete_time"])
        // They say which profile it is, and which state of it.
        #expect(Profile.fieldFacts.filter { !$0.isMaskable }.map(\.name) == readOnly)
    }

    @Test func `a field whose values are counted can be filtered by them`() {
        func check<Record>(_ facts: [FieldFacts<Record>]) {
            for field in facts where field.isFacetable { #expect(field.filter != nil, "\(Record.self).\(field.name)") }
        }
        check(Profile.fieldFacts)
        check(Experience.fieldFacts)
        check(Skill.fieldFacts)
        check(ExternalId.fieldFacts)
    }

    // MARK: Documents

    private static func text(of path: String) throws -> String {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    }

    /// The comment is what `likeness describe` shows of the request.
    @Test func `the comment of update_mask names what is writable`() throws {
        let text = try Self.text(of: "proto/likeness/v1/profile_service.proto")
        let comment = try #require(text.firstMatch(of: /\/\/ Paths of Profile: ([^"]*), or "\*"/)).1
        let names = comment.replacing(/\n +\/\//, with: "").split(separator: ", ").map(String.init)
        #expect(Set(names) == Set(Profile.fieldFacts.filter(\.isWritable).map(\.name)))
        #expect(names.count == Set(names).count)
    }

    @Test func `the table of sections names what is searchable`() throws {
        let text = try Self.text(of: "docs/search.md")
        func documented(_ section: String) throws -> [String] {
            let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("| \(section) | ") })
            let cell = try #require(row.split(separator: "|").last { $0.contains("`") })
            return cell.matches(of: /`([^`]+)`/).map { String($0.1) }
        }
        #expect(try documented("SUMMARY") == Profile.fieldFacts.filter(\.isSearchable).map(\.name))
        #expect(try documented("EXPERIENCE") == Experience.fieldFacts.filter(\.isSearchable).map(\.name))
        #expect(try documented("SKILLS") == Skill.fieldFacts.filter(\.isSearchable).map(\.name))
    }
}
