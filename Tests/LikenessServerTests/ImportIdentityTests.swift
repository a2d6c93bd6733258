import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// Who a person in a file is: docs/decisions/import-identity.md.
@Suite(.freshDatabase) struct ImportIdentityTests {
    @Test func `people of one name stay apart, and an identity finds its person again`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func run(_ lines: [String], _ arguments: [String] = [], status: Int32 = 0) async throws
                    -> ImportCommand.Report
                {
                    try await ImportCommand.run(
                        "-",
                        arguments,
                        input: lines.joined(separator: "\n"),
                        client: connect,
                        status: status
                    ).report
                }
                let nameless = [#"{"basics":{"name":"山田太郎"}}"#, #"{"basics":{"name":"김민준"}}"#]
                let first = try await run(nameless)
                #expect(first.outcomes == ["created", "created"])
                #expect(first.people[0].slug.hasPrefix("shan-tian-tai-lang-"))
                #expect(first.people[1].slug.hasPrefix("gimminjun-"))
                #expect(try await run(nameless + nameless).outcomes == Array(repeating: "unchanged", count: 4))

                let smiths = [
                    #"{"basics":{"name":"John Smith","summary":"A smith."}}"#,
                    #"{"basics":{"name":"John Smith","summary":"A baker."}}"#,
                    #"{"basics":{"name":"John Smith","email":"js@example.org","summary":"A miller."}}"#,
                    #"{"meta":{"canonical":"john-smith"},"basics":{"name":"John Smith","summary":"A slug."}}"#,
                ]
                let created = try await run(smiths)
                #expect(created.outcomes == Array(repeating: "created", count: 4))
                #expect(created.people.map(\.identity) == [nil, nil, "email", "slug"])
                #expect(Set(created.people.map(\.slug)).count == 4)

                let edited = try await run([
                    #"{"basics":{"name":"J. Smith","email":"JS@example.org","summary":"Retired."}}"#,
                    #"{"basics":{"name":"John Smith","summary":"A new smith."}}"#,
                ])
                #expect(edited.outcomes == ["updated", "created"])
                #expect(edited.people[0].id == created.people[2].id)

                let twins = [
                    #"{"basics":{"name":"Twin","email":"hr@example.org","summary":"1"},"id":"p1"}"#,
                    #"{"basics":{"name":"Twin","email":"hr@example.org","summary":"2"},"id":"p2"}"#,
                ]
                #expect(try await run(twins).outcomes == ["created", "created"])
                // A mailbox of a department is no key, and one that people have for themselves is one with the name.
                #expect(try await run(twins, ["--match", "email"]).outcomes == ["unchanged", "unchanged"])
                let greeted = twins.map { $0.replacing("hr@", with: "hello@") }
                let byMail = try await run(greeted, ["--match", "email"], status: 1)
                #expect(byMail.outcomes == ["created", "refused"])
                #expect(byMail.people[1].reason?.contains("line 1") == true)
                #expect(try await run(twins, ["--match", "none"]).outcomes == ["unchanged", "unchanged"])

                // Who was deleted does not come back by an import.
                _ = try await fixture.client.profiles.deleteProfile(
                    .init(key: .init(key: .id(created.people[2].id))),
                    options: .init()
                )
                let deleted = try await run([smiths[2]], status: 1)
                #expect(deleted.outcomes == ["refused"] && deleted.people[0].reason?.contains("deleted") == true)
            }
        }
    }

    @Test(arguments: [
        "https://github.com/jsonresume/resume-schema/blob/v1.0.0/schema.json",
        "https://raw.githubusercontent.com/jsonresume/resume-schema/master/resume.json", "v1.0.0", "resume",
    ]) func `what a template says makes no two people one`(canonical: String) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func document(_ email: String, _ summary: String) -> String {
                    #"{"basics":{"name":"John Smith","email":"\#(email)","summary":"\#(summary)"},"#
                        + #""meta":{"canonical":"\#(canonical)","version":"v1.0.0"}}"#
                }
                func run(_ lines: [String]) async throws -> ImportCommand.Report {
                    try await ImportCommand.run("-", input: lines.joined(separator: "\n"), client: connect).report
                }
                let first = try await run([document("john.smith@a.example", "Welder")])
                let second = try await run([
                    document("j.smith@b.example", "Pianist"), document("john.smith@a.example", "Master welder"),
                ])
                #expect(first.outcomes + second.outcomes == ["created", "created", "updated"])
                #expect(second.people[1].id == first.people[0].id && second.people[0].id != first.people[0].id)
                // Without anything else, the content counts.
                let poor = try await run([
                    document("john@example.com", "Baker"), document("john@example.com", "Miller"),
                ])
                #expect(poor.outcomes == ["created", "created"] && poor.people.allSatisfy { $0.identity == nil })
            }
        }
    }

    @Test func `a key does not make one of two who have other names and other addresses`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func run(_ name: String, _ email: String, _ arguments: [String] = [], status: Int32 = 0) async throws
                    -> ImportCommand.Report.Person
                {
                    let address = email.isEmpty ? "" : #","email":"\#(email)""#
                    let document =
                        #"{"meta":{"canonical":"https://firm.example/cv"},"basics":{"name":"\#(name)"\#(address)},"#
                        + #""work":[{"name":"Firm","position":"Clerk","startDate":"2010"}]}"#
                    let report = try await ImportCommand.run(
                        "-",
                        arguments,
                        input: document,
                        client: connect,
                        status: status
                    )
                    return try #require(report.report.people.first)
                }
                let stored = try await run("Anna Schmidt", "schmidt@firm.example")
                #expect(stored.outcome == "created" && stored.identity == "canonical")
                let other = try await run("Anna Weber", "weber@firm.example", status: 1)
                #expect(other.outcome == "refused")
                #expect(other.reason?.contains("who has another name and another e-mail address") == true, "\(other)")
                // With an equal address, or none, or an equal name, the experience decides as it does otherwise.
                for (name, email) in [
                    ("Anna Weber", "SCHMIDT@firm.example"), ("Anna Braun", ""),
                    ("Anna Schmidt", "schmidt@firm.example"),
                    ("A. Schmidt", "a.s@firm.example"),
                ] {
                    let person = try await run(name, email)
                    #expect(person.outcome == "updated" && person.id == stored.id, "\(person)")
                }
                #expect(try await run("Anna Weber", "weber@firm.example", ["--match", "email"]).outcome == "created")
                #expect(try await run("Anna Weber", "w@firm.example", ["--allow-rename"]).outcome == "updated")
            }
        }
    }

    /// A name as stored, the name of a later file, what the experiences of both are (of "" none), and what comes of it.
    private static let renames: [(stored: String, name: String, lives: (String, String), outcome: String)] = [
        ("Zoë Łucka Braun", "Zoë Łucka Braun", ("", ""), "updated"),
        ("Zoë Łucka Braun", "ZOE LUCKA BRAUN", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Braun, Zoe Lucka", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Z. Braun", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Dr. Zoe Braun", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Zoë Weber", ("", "b"), "renamed"),
        ("Zoë Łucka Braun", "Zoë Weber", ("a", "a"), "renamed"),
        ("Zoë Łucka Braun", "Ines Okafor", ("a", "a"), "renamed"),
        ("Zoë Łucka Braun", "Zoë Weber", ("a", "b"), "refused"),
        ("Zoë Łucka Braun", "Ines Okafor", ("a", "b"), "refused"),
        ("Zoë Łucka Braun", "Ines Okafor", ("", ""), "refused"),
    ]

    @Test(arguments: [
        ("slug", #""meta":{"canonical":"person-%"},"#, ""),
        ("canonical", #""meta":{"canonical":"https://example.org/people/%"},"#, ""),
        ("id", #""id":"crm-0000-4711-%","#, ""), ("email", "", #","email":"info-%@example.org""#),
    ])
    func `a later file replaces the person whom its key names, not a stranger`(
        kind: String,
        outside: String,
        inside: String
    ) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func document(_ row: Int, _ name: String, _ life: String, _ summary: String) -> String {
                    let (out, inner) = (outside.replacing("%", with: "\(row)"), inside.replacing("%", with: "\(row)"))
                    let work = #"{"name":"Firm","position":"Work of \#(life)","startDate":"2010-05"}"#
                    return #"{\#(out)"basics":{"name":"\#(name)","summary":"\#(summary)"\#(inner)},"#
                        + #""work":[\#(life.isEmpty ? "" : work)]}"#
                }
                func run(_ lines: [String], _ arguments: [String] = [], status: Int32 = 0) async throws
                    -> ImportCommand.Report
                {
                    let input = lines.joined(separator: "\n")
                    return try await ImportCommand.run("-", arguments, input: input, client: connect, status: status)
                        .report
                }
                let rows = Array(Self.renames.enumerated())
                let first = try await run(rows.map { document($0, $1.stored, $1.lives.0, "Stored.") })
                #expect(first.created == rows.count && first.people.allSatisfy { $0.identity == kind })
                let later = rows.map { document($0, $1.name, $1.lives.1, "Later.") }
                let report = try await run(later, status: 1)
                for (row, (stored, person)) in zip(Self.renames, zip(first.people, report.people)).map({ ($0, $1) }) {
                    let replaced = person.warnings.filter {
                        $0.message.contains("replaces what is stored under another")
                    }
                    let profile = try #require(
                        try await fixture.client.profiles.getProfile(
                            .init(key: .init(key: .id(stored.id))),
                            options: .init()
                        ).profile
                    )
                    if row.outcome == "refused" {
                        let reason = person.reason ?? ""
                        for part in [kind, stored.id, stored.slug, row.stored, "--allow-rename", "--match"] {
                            #expect(reason.contains(part), "\(row): \(reason)")
                        }
                        #expect(person.outcome == "refused" && profile.displayName == row.stored, "\(row): \(person)")
                        #expect(profile.summary == "Stored.", "\(row)")
                    } else {
                        #expect(person.outcome == "updated" && person.id == stored.id, "\(row): \(person)")
                        #expect(profile.displayName == row.name && profile.summary == "Later.", "\(row)")
                        #expect(replaced.count == (row.outcome == "renamed" ? 1 : 0), "\(row): \(person)")
                    }
                }
                #expect(report.refused == Self.renames.count { $0.outcome == "refused" })
                let meant = try await run(later, ["--allow-rename"])
                #expect(meant.updated == report.refused && meant.refused == 0 && meant.warnings >= report.refused)
            }
        }
    }

    @Test func `an unknown kind of match is refused`() async throws {
        let run = try await BuiltProgram("likeness").run(["profile", "import", "-", "--match", "name"])
        #expect(
            run.status == 64
                && run.errors.contains("--match takes some of external-id, slug, canonical, id, email, url"),
            "\(run)"
        )
    }

    @Test func `a mailbox that is not read makes no two people one, and keys of two people name both`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func run(_ table: String, status: Int32 = 0) async throws -> ImportCommand.Report {
                    try await ImportCommand.run("-", input: table, client: connect, status: status).report
                }
                for mailbox in ["noreply@x.example", "messages-no-reply@x.example", "jobs@x.example"] {
                    let table = "Name,Email,Summary\nJo Smith,\(mailbox),"
                    let first = try await run("\(table)Bakes for \(mailbox).\n")
                    let second = try await run("\(table)Sails for \(mailbox).\n")
                    #expect(first.outcomes + second.outcomes == ["created", "created"])
                    #expect(second.people[0].warnings.map(\.path) == ["Email"])
                }
                let header = "Name,External ID (crm),External ID (hr)\n"
                _ = try await run("\(header)Ada King,1,\nBo Baker,,7\n")
                let crossed = try await run("\(header)Ada King,1,7\nCy Day,3,\n", status: 1)
                #expect(crossed.outcomes == ["refused", "created"])
                let reason = crossed.people[0].reason ?? ""
                #expect(reason.contains("\"Ada King\"") && reason.contains("\"Bo Baker\""), "\(reason)")
            }
        }
    }

    @Test func `one mailbox of an office is that of all who work there`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func run(_ people: [(name: String, summary: String)]) async throws -> ImportCommand.Report {
                    let lines = people.map {
                        #"{"basics":{"name":"\#($0.name)","summary":"\#($0.summary)","email":"contact@firm.example"}}"#
                    }
                    return try await ImportCommand.run("-", input: lines.joined(separator: "\n"), client: connect)
                        .report
                }
                let first = try await run([("Anna Schmidt", "1."), ("Bob Braun", "1.")])
                #expect(first.outcomes == ["created", "created"])
                let second = try await run([("Bob Braun", "2."), ("Cy Day", "1."), ("Anna Schmidt", "1.")])
                #expect(second.outcomes == ["updated", "created", "unchanged"])
                #expect(second.people[0].id == first.people[1].id)
            }
        }
    }
}
