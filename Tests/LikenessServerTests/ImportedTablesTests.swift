import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// Tables of people, imported into a real service.
@Suite(.freshDatabase) struct ImportedTablesTests {
    private static func stored(_ slug: String, in fixture: ServiceFixture) async throws -> Profile {
        try #require(
            try await fixture.client.profiles.getProfile(.init(key: .init(key: .slug(slug))), options: .init()).profile
        )
    }

    @Test func `a table is imported, a bad row costs that row, and the second time nothing changes`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let long = String(repeating: "x", count: 101)
                let file = """
                    Name;E-Mail;Slug;Tags;Shoe size\r
                    Mira;mira@x.example;mira;north;38\r
                    Bo;bo@x.example;Not A Slug;;\r
                    Cy;cy@x.example;cy;\(long);\r
                    Dee;"dee@x.example;dee;;\r
                    Eli;eli@x.example;eli;;40\r

                    """
                let (report, run) = try await ImportCommand.run("-", input: file, client: connect, status: 1)
                #expect(report.people.map(\.line) == [2, 3, 4, 5, 6])
                #expect(report.outcomes == ["created", "refused", "refused", "refused", "created"], "\(report)")
                #expect(report.people[0].warnings.map(\.path) == ["Shoe size"] && report.warnings == 1)
                #expect(run.errors.contains("-:3: refused: column \"Slug\": \"Not A Slug\" is no slug"), "\(run)")
                #expect(run.errors.contains("-:4: refused: column \"Tags\": "), "\(run)")
                #expect(
                    run.errors.contains("-:5: refused: column \"E-Mail\": the quote that opens on line 5"),
                    "\(run)"
                )
                let mira = try await Self.stored(report.people[0].slug, in: fixture)
                #expect(mira.tags == ["north"] && mira.attributesJson.contains("Shoe size"))
                let again = try await ImportCommand.run("-", input: file, client: connect, status: 1).report
                #expect(again.outcomes == ["unchanged", "refused", "refused", "refused", "unchanged"], "\(again)")
            }
        }
    }

    @Test func `what a table has no column for stays as another file has set it`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let document = """
                    {"basics": {"name": "Mira Example", "email": "mira@x.example", "label": "Baker", "summary": "Bakes.",
                     "location": "Sneek"}, "work": [{"name": "Oven", "position": "Baker", "startDate": "2019"},
                     {"name": "Mill", "position": "Hand"}], "skills": ["Rye"], "languages": [{"language": "Dutch"}]}
                    """
                let first = try await ImportCommand.run("-", input: document, client: connect).report
                let before = try await Self.stored(first.people[0].slug, in: fixture)

                // A post that is stored is no new one; nothing else of the profile has a column.
                let known = "Name,Email,Company,Job title\nMira Example,mira@x.example,Oven,Baker\n"
                _ = try await ImportCommand.run("-", input: known, client: connect)
                var after = try await Self.stored(first.people[0].slug, in: fixture)
                #expect(
                    after.summary == "Bakes." && after.location == "Sneek" && after.experiences == before.experiences
                )
                #expect(after.skills == before.skills && after.attributesJson.contains("json_resume"))
                #expect(
                    try await ImportCommand.run("-", input: known, client: connect).report.outcomes == ["unchanged"]
                )

                let changed =
                    "Name,Email,Company,Job title,Skills,Tags\nMira Example,mira@x.example,Sea,Sailor,Knots,north\n"
                #expect(
                    try await ImportCommand.run("-", input: changed, client: connect).report.outcomes == ["updated"]
                )
                after = try await Self.stored(first.people[0].slug, in: fixture)
                #expect(after.experiences.map(\.organization) == ["Sea", "Oven", "Mill"] && after.headline == "Sailor")
                #expect(after.skills.map(\.name) == ["Knots", "Dutch"] && after.tags == ["north"])
                #expect(
                    try await ImportCommand.run("-", input: changed, client: connect).report.outcomes == ["unchanged"]
                )

                let tagged = "Name,Email,Tags\nMira Example,mira@x.example,south\n"
                #expect(try await ImportCommand.run("-", input: tagged, client: connect).report.outcomes == ["updated"])
                after = try await Self.stored(first.people[0].slug, in: fixture)
                #expect(after.tags == ["north", "south"] && after.experiences.count == 3 && after.headline == "Sailor")
            }
        }
    }

    @Test func `a second job of the same title and organization is kept, and a corrected end replaces the old one`()
        async throws
    {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func run(_ job: String) async throws -> (ImportCommand.Report, [Experience]) {
                    let table = "Name,Email,Company,Job title,Start,End\nMira,mira@x.example,\(job)\n"
                    let report = try await ImportCommand.run("-", input: table, client: connect).report
                    return (report, try await Self.stored(report.people[0].slug, in: fixture).experiences)
                }
                var (report, jobs) = try await run("Oven,Baker,2010,2012")
                (report, jobs) = try await run("Oven,Baker,2019,")
                #expect(report.outcomes == ["updated"] && jobs.map(\.startDate?.year) == [2019, 2010])
                (report, jobs) = try await run("Oven,Baker,2019-04,2021")
                #expect(jobs.count == 2 && jobs[0].startDate == PartialDate(year: 2019, month: 4))
                #expect(jobs[0].endDate == PartialDate(year: 2021) && report.warnings == 0)
                (report, jobs) = try await run("Oven,Baker,2019,2022")
                #expect(jobs.count == 2 && jobs[0].endDate == PartialDate(year: 2022) && report.warnings == 1)
                (report, jobs) = try await run("Oven,Baker,2019,2022")
                #expect(report.outcomes == ["unchanged"] && report.warnings == 0)
                (report, jobs) = try await run("Oven,Baker,,")
                #expect(report.outcomes == ["unchanged"] && jobs.count == 2)
            }
        }
    }

    @Test func `columns and the format can be chosen, and a file that is no table says why`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let file = "Who,Known for\nAda,Sums\n"
                let chosen = ["--column", "Who=name", "--column", "known for=summary"]
                let report = try await ImportCommand.run("-", chosen, input: file, client: connect).report
                #expect(report.outcomes == ["created"])
                #expect(try await Self.stored(report.people[0].slug, in: fixture).summary == "Sums")
                let likeness = try BuiltProgram("likeness")
                for (arguments, status, reason) in [
                    ([], 1, "-: line 1 has no column for a name (\"Who\", \"Known for\")"),
                    (["--column", "Nobody=name"], 1, "-: line 1 has no column \"Nobody\" for --column"),
                    (["--column", "Who=shoe"], 64, "--column \"Who=shoe\": TITLE=FIELD"),
                    (["--format", "json", "--column", "Who=name"], 1, "-: is read as json, which has no columns"),
                ] as [([String], Int32, String)] {
                    let run = try await likeness.run(
                        ["profile", "import", "-", "--quiet", "--no-wait"] + arguments,
                        environment: ["LIKENESS_CONNECT": connect],
                        input: file
                    )
                    #expect(run.status == status && run.errors.contains(reason), "\(arguments): \(run)")
                }
            }
        }
    }
}
