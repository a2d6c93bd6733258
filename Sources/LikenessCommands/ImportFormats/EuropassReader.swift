internal import Foundation
internal import LikenessFormats
internal import LikenessMessages
internal import LikenessReflection

/// Reads the XML of Europass: a CV of version 3 (`SkillsPassport`), or the newer profile in terms of HR-XML (`Candidate`).
///
/// The common parts become a document of JSON Resume, which is read as those are. What it has no place for is kept in attributes by the
/// path of its element, and reported.
///
/// - SeeAlso: Europass XML schema 3.4; Europass XML Document elements 4.0.
struct EuropassReader {
    static func read(_ bytes: [UInt8], match: [PersonIdentity.Kind]) throws(FormatError) -> ImportItem {
        let root = EuropassNode(try XMLDocument.parse(bytes))
        var document = EuropassDocument()
        switch root.name {
        case "SkillsPassport", "Europass", "LearnerInfo": Self.readPassport(root, into: &document)
        case "Candidate": Self.readCandidate(root, into: &document)
        case "html", "HTML": throw FormatError(UnreadFormat.isPage)
        case let name:
            throw FormatError(
                "is XML, but not Europass: its root is \(name.prefix(80)), not SkillsPassport or Candidate"
            )
        }
        var left = EuropassLeftovers()
        left.add(root)
        var origin = DocumentOrigin(attributesMember: DocumentOrigin.europassMember)
        if !left.kept.isEmpty { origin.kept = [.init("elements", .object(left.kept))] }
        let resume = Result { () throws(ImportRefusal) in
            try left.check()
            return try Self.resume(document, match, origin, left.warnings, root)
        }
        return ImportItem(place: JSONPlace(line: root.line), resume: resume)
    }

    private static func resume(
        _ document: EuropassDocument,
        _ match: [PersonIdentity.Kind],
        _ origin: DocumentOrigin,
        _ warnings: [ResumeWarning],
        _ root: EuropassNode
    ) throws(ImportRefusal) -> ReadResume {
        do throws(JSONResumeError) {
            var resume = try ResumeReader.read(document.node, match: match, origin: origin)
            resume.warnings =
                warnings + resume.warnings.map { ResumeWarning(path: document.place(of: $0.path), message: $0.message) }
            return resume
        } catch {
            switch error {
            case .noName: throw ImportRefusal("\(root.name): has no PersonName, which a person needs")
            case .tooLarge(let path, let byteCount, let byteCountMax):
                throw ImportRefusal(
                    "\(document.place(of: path)): \(byteCount) bytes without a field: at most \(byteCountMax) are kept in attributes"
                )
            default: throw ImportRefusal("\(error)")
            }
        }
    }

    /// For the names of what HR-XML has codes of.
    static let english = Locale(identifier: "en")

    /// {"city": "Varna", "country": "Bulgaria"}
    static func place(_ city: EuropassNode?, _ country: EuropassNode?, _ code: EuropassNode?) -> JSONNode? {
        var members: [JSONNode.Member] = []
        if let text = city?.take() { members.append(.init("city", .string(text))) }
        let named = country?.take()
        let coded = code?.take().map { Self.english.localizedString(forRegionCode: $0.uppercased()) ?? $0 }
        if let text = named ?? coded { members.append(.init("country", .string(text))) }
        return members.isEmpty ? nil : .object(members)
    }
}
