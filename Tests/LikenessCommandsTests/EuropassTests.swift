import Foundation
import LikenessFormats
import LikenessMessages
import LikenessReflection
import Testing

@testable import LikenessCommands

/// The XML of Europass, in both forms.
@Suite struct EuropassTests {
    private static func read(_ name: String) throws -> ReadResume {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples/\(name)")
        return try #require(Array(try ImportFile(try Data(contentsOf: file))).first).resume.get()
    }

    @Test func `a CV of version 3 is read`() throws {
        let resume = try Self.read("europass.xml")
        let profile = resume.profile
        #expect(profile.displayName == "Kalina Todorova" && profile.headline == "Night nurse")
        #expect(profile.location == "Varna, Bulgaria")
        #expect(
            profile.experiences.map(\.title) == [
                "Ward nurse", "Ambulance crew", "Diploma in nursing", "Nurse of the year",
            ]
        )
        #expect(profile.experiences.map(\.category) == [.work, .work, .education, .award])
        #expect(profile.experiences[0].startDate == PartialDate(year: 2012, month: 8, day: 1))
        #expect(profile.experiences[0].endDate == nil && profile.experiences[0].location == "Varna, Bulgaria")
        #expect(
            profile.experiences[0].description.contains("Night shifts")
                && !profile.experiences[0].description.contains("<")
        )
        #expect(profile.experiences[1].endDate == PartialDate(year: 2012, month: 6))
        let languages = profile.skills.filter { $0.category == "language" }
        #expect(languages.map(\.name) == ["Bulgarian", "English"])
        #expect(languages.map(\.level) == ["Mother tongue", "Listening C1, Reading C1, Writing B2"])
        #expect(profile.skills.filter { $0.category.isEmpty }.map(\.name) == ["Communication", "Computer", "Driving"])
        #expect(profile.skills.first { $0.name == "Driving" }?.keywords == ["B", "C1"])
        #expect(resume.identity == PersonIdentity(.email, "kalina.todorova@ward.example"))
        #expect(resume.warnings.map(\.message).contains { $0.contains("HTML") })
        #expect(
            resume.warnings.contains { $0.path.hasSuffix("WorkExperience[1]/Employer/Sector/Label") },
            "\(resume.warnings)"
        )
        #expect(profile.violations().isEmpty)
    }

    @Test func `the second of a thing is kept and named`() throws {
        let one = "<Communication><ChannelCode>Email</ChannelCode><URI>%@</URI></Communication>"
        let text = """
            <Candidate xmlns="http://www.europass.eu/1.0"><CandidatePerson><PersonName><FormattedName>A B</FormattedName></PersonName>
            \(one.replacing("%@", with: "a@x.example"))
            \(one.replacing("%@", with: "b@x.example"))
            </CandidatePerson></Candidate>
            """
        let resume = try #require(Array(try ImportFile(Data(text.utf8))).first).resume.get()
        #expect(resume.identity?.text == "a@x.example")
        #expect(resume.profile.attributesJson.contains("b@x.example"))
        #expect(resume.warnings.contains { $0.path.contains("Communication[2]") }, "\(resume.warnings)")
    }

    @Test func `long names of elements cost their length once`() throws {
        let name = String(repeating: "N", count: 20_000)
        let text = "<SkillsPassport><\(name)>\(String(repeating: "<a>1</a>", count: 2_000))</\(name)></SkillsPassport>"
        let node = EuropassNode(try XMLDocument.parse(Array(text.utf8)))
        #expect(node.left.count == 2_000 && node.left.allSatisfy { $0.path.utf8.count < 200 })
    }

    @Test func `a profile in terms of HR-XML is read`() throws {
        let resume = try Self.read("europass-candidate.xml")
        let profile = resume.profile
        #expect(profile.displayName == "Jonas Bergkvist" && profile.summary == "Maps peat, and what it holds.")
        #expect(profile.location == "Umeå, Sweden")
        #expect(profile.experiences.map(\.title) == ["Soil surveyor", "MSc in soil science"])
        #expect(profile.experiences.map(\.organization) == ["Bog Survey", "Norrland College"])
        #expect(profile.experiences[0].startDate == PartialDate(year: 2018, month: 3, day: 1))
        #expect(profile.experiences[1].endDate == PartialDate(year: 2018))
        #expect(profile.skills.map(\.name) == ["Geographic information systems", "Swedish", "English"])
        #expect(profile.skills.map(\.level) == ["", "Mother tongue", "Listening C1"])
        #expect(resume.identity?.kind == .email && profile.attributesJson.contains("Skating"))
        #expect(
            resume.warnings.map(\.path) == [
                "line 57: CandidateProfile/Hobbies/Hobby/Title", "line 18: CandidateProfile/ExecutiveSummary",
            ]
        )
    }

    @Test func `what is deeper, longer or larger than any CV is refused`() {
        let deep = String(repeating: "<a>", count: 65)
        let many = "<SkillsPassport>" + String(repeating: "<a/>", count: XMLDocument.elementsMax) + "</SkillsPassport>"
        let large = "<SkillsPassport>" + String(repeating: " ", count: XMLDocument.bytesMax) + "</SkillsPassport>"
        for (text, reason) in [
            (deep, "line 1, column 193: more than 64 elements within each other"), (many, "more than 50000 elements"),
            (large, "holds 16 MiB of XML: at most 16 are read"),
        ] {
            let error = #expect(throws: FormatError.self) { try ImportFile(Data(text.utf8)) }
            #expect(error?.description.contains(reason) == true, "\(error as Any)")
        }
    }

    @Test func `attributes that are passed over are kept, and reported once for each kind`() throws {
        let text = """
            <SkillsPassport locale="en"><LearnerInfo><Identification><PersonName><FirstName>Ada</FirstName></PersonName></Identification>
            <WorkExperienceList>
            <WorkExperience nature="seasonal"><Period><From year="2012" month="--03" calendar="julian"/></Period></WorkExperience>
            <WorkExperience nature="lasting" id="w2"/>
            </WorkExperienceList></LearnerInfo></SkillsPassport>
            """
        let resume = try #require(Array(try ImportFile(Data(text.utf8))).first).resume.get()
        for kept in [
            #""LearnerInfo/WorkExperienceList/WorkExperience[1]/@nature":"seasonal""#,
            #""LearnerInfo/WorkExperienceList/WorkExperience[2]/@nature":"lasting""#,
            #""LearnerInfo/WorkExperienceList/WorkExperience[2]/@id":"w2""#,
            #""LearnerInfo/WorkExperienceList/WorkExperience[1]/Period/From/@calendar":"julian""#,
        ] { #expect(resume.profile.attributesJson.contains(kept), "\(resume.profile.attributesJson)") }
        #expect(!resume.profile.attributesJson.contains("locale") && !resume.profile.attributesJson.contains("@year"))
        #expect(resume.profile.experiences.first?.startDate == PartialDate(year: 2012, month: 3))
        #expect(
            resume.warnings.map(\.path) == [
                "line 3: LearnerInfo/WorkExperienceList/WorkExperience[1]/@nature",
                "line 3: LearnerInfo/WorkExperienceList/WorkExperience[1]/Period/From/@calendar",
            ]
        )
    }

    /// Elements in each other with long names, each with a text: all their paths would take 300 MB.
    @Test func `what is left of a document is bounded before it is put together`() throws {
        let name = String(repeating: "N", count: 90)
        let depth = XMLDocument.depthMax - 2
        let inner = (0..<40_000).map { "<e\($0)>1</e\($0)>" }.joined()
        let open = (0..<depth).map { "<\(name)\($0)>" }.joined()
        let close = (0..<depth).reversed().map { "</\(name)\($0)>" }.joined()
        let text = "<SkillsPassport>\(open)\(inner)\(close)</SkillsPassport>"
        var left = EuropassLeftovers()
        left.add(EuropassNode(try XMLDocument.parse(Array(text.utf8))))
        #expect(left.kept.reduce(0) { $0 + $1.name.utf8.count } <= ResumeReader.attributesBytesMax)
        #expect(left.kept.count > 10 && left.warnings.count <= 101)
        let item = try #require(Array(try ImportFile(Data(text.utf8))).first)
        let refusal = #expect(throws: ImportRefusal.self) { try item.resume.get() }
        #expect(refusal?.description.hasSuffix("at most so many are kept in attributes") == true, "\(refusal as Any)")
    }

    @Test func `kinds that are many are reported by their number`() throws {
        let many = (0..<130).map { "<e\($0)>1</e\($0)>" }.joined()
        var left = EuropassLeftovers()
        left.add(EuropassNode(try XMLDocument.parse(Array("<SkillsPassport>\(many)</SkillsPassport>".utf8))))
        #expect(left.kept.count == 130 && left.warnings.count == 101)
        #expect(left.warnings.last?.message == "30 more elements are not read: kept in attributes")
    }
}
