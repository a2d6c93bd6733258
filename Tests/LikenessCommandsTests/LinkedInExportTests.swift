import Foundation
import LikenessFormats
import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessCommands

/// What LinkedIn gives a member.
@Suite struct LinkedInExportTests {
    private static let example = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../examples/linkedin"
    )

    private static func files(in folder: String = "") throws -> [ZipWriter.File] {
        try FileManager.default.contentsOfDirectory(atPath: Self.example.path).sorted().map { name in
            ZipWriter.File(folder + name, Array(try Data(contentsOf: Self.example.appending(path: name))))
        }
    }

    private static func read(_ archive: [UInt8]) throws -> ReadResume {
        try #require(Array(try ImportFile(Data(archive))).first).resume.get()
    }

    @Test func `damaged tables count towards what is unpacked of an archive`() throws {
        let row = Array("Name\nAda\n".utf8)
        let damaged = ["Positions.csv", "Education.csv", "Skills.csv", "Languages.csv"].map { name in
            var file = ZipWriter.File(name, row)
            file.saidBytes = UInt32(ZipArchive.entryBytesMax)
            return file
        }
        let files = damaged + [ZipWriter.File("Profile.csv", row)]
        let reasons = try LinkedInExport(zip: ZipWriter(files: files).bytes).files.map { file -> String in
            if case .failure(let error) = file.contents { "\(error)" } else { "" }
        }
        #expect(reasons.prefix(4).allSatisfy { $0.hasPrefix("holds 9 bytes") }, "\(reasons)")
        #expect(reasons.last == "is too much: at most 64 MiB of an archive are read")
    }

    @Test func `the tables of an archive are one person`() throws {
        let resume = try Self.read(ZipWriter(files: try Self.files(in: "Basic_Export/")).bytes)
        let profile = resume.profile
        #expect(profile.displayName == "Ines Caldeira" && profile.headline == "Ceramic engineer")
        #expect(profile.location == "Aveiro, Portugal" && profile.summary.hasSuffix("repaired organs."))
        #expect(
            profile.experiences.map(\.category) == [
                .work, .work, .volunteer, .education, .project, .award, .certificate,
            ]
        )
        #expect(
            profile.experiences.map(\.title) == [
                "Ceramic engineer", "Organ builder", "Restorer", "MSc, Materials Engineering", "Open glaze tables",
                "Tile of the year", "Kiln safety",
            ]
        )
        #expect(profile.experiences[0].startDate == PartialDate(year: 2021, month: 9))
        #expect(
            profile.experiences[0].endDate == nil && profile.experiences[1].endDate == PartialDate(year: 2021, month: 8)
        )
        #expect(profile.experiences[3].startDate == PartialDate(year: 2009))
        #expect(
            profile.skills.map(\.name) == ["Ceramics", "Glaze chemistry", "Organ building", "Portuguese", "English"]
        )
        #expect(
            profile.skills[4].level == "Professional working proficiency" && profile.skills[4].category == "language"
        )
        #expect(resume.identity == PersonIdentity(.email, "ines.caldeira@tiles.example") && resume.warnings.isEmpty)
        // What has no field is kept, and an address is not taken for a place.
        for kept in ["IKB-77", "inestiles", "3810", "ines@old.example", "+351 234 000 000", "Arts and Culture"] {
            #expect(profile.attributesJson.contains(kept), "\(kept)")
        }
        #expect(profile.violations().isEmpty)
    }

    @Test func `what has no field is kept, whatever its title`() throws {
        let archive = OddFiles.archive(
            #"Profile.csv: First Name,,Summary\nAda,7,First. ¦ Profile Summary.csv: Profile Summary\nSecond."#
                + #" ¦ Email Addresses.csv: E-Mail,Primary\nold@x.example,No\na@x.example,Yes"#
                + #" ¦ Phone Numbers.csv: Extension,Number,Type\n12,555,Work ¦ Positions.csv: Title,Title,\nWeaver,Hand,x"#
        )
        let resume = try Self.read(archive)
        #expect(resume.identity == PersonIdentity(.email, "a@x.example") && resume.profile.summary == "First.")
        for kept in [
            #""column 2":"7""#, "Second.", "old@x.example", #"{"Extension":"12","Number":"555","Type":"Work"}"#, "Hand",
            #""column 3":"x""#,
        ] {
            #expect(resume.profile.attributesJson.contains(kept), "\(kept): \(resume.profile.attributesJson)")
        }
        #expect(resume.warnings.contains { $0.path == "Profile Summary.csv:2: Profile Summary" })
    }

    @Test
    func
        `deflated archives are read, and one that is made to fill a memory is refused, so is what is too much together`()
        async throws
    {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let script = """
                import zipfile, sys, os
                with zipfile.ZipFile(sys.argv[1] + "/good.zip", "w", zipfile.ZIP_DEFLATED) as z:
                    for name in os.listdir(sys.argv[2]): z.write(sys.argv[2] + "/" + name, name)
                with zipfile.ZipFile(sys.argv[1] + "/bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
                    z.writestr("Profile.csv", "First Name\\nAda\\n")
                    z.writestr("Positions.csv", b"\\0" * (15 << 20))
                    z.writestr("Skills.csv", b"Name\\n" + b"Sums\\n" * 1000)
                with zipfile.ZipFile(sys.argv[1] + "/large.zip", "w", zipfile.ZIP_STORED) as z:
                    for name in ["Profile", "Positions", "Education", "Skills", "Honors"]:
                        z.writestr(name + ".csv", b" " * (15 << 20))
                """
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/python3")
            process.arguments = ["-c", script, folder, Self.example.path]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let stored = try Self.read(ZipWriter(files: try Self.files()).bytes)
            let deflated = try Self.read(Array(try Data(contentsOf: URL(filePath: "\(folder)/good.zip"))))
            #expect(deflated.profile == stored.profile)
            let bomb = try Self.read(Array(try Data(contentsOf: URL(filePath: "\(folder)/bomb.zip"))))
            #expect(bomb.profile.displayName == "Ada" && bomb.profile.skills.count == 500)
            let message = "holds 200 times its size: unzip it first if it is what it says: not read"
            #expect(bomb.warnings.contains(ResumeWarning(path: "Positions.csv", message: message)), "\(bomb.warnings)")
            // All tables together have a bound too.
            let large = try LinkedInExport(zip: Array(try Data(contentsOf: URL(filePath: "\(folder)/large.zip"))))
            #expect(large.files.map(\.name).count == 5 && large.files.count { (try? $0.contents.get()) != nil } == 4)
            guard case .failure(let error)? = large.files.last?.contents else {
                Issue.record("the last of the tables is read")
                return
            }
            #expect(error.description == "is too much: at most 64 MiB of an archive are read")
        }
    }
}
