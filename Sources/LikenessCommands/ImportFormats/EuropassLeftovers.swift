internal import LikenessReflection

/// What of a Europass document has no field: kept by its path, and reported once for each kind.
struct EuropassLeftovers {
    /// Elements about the document and not the person, codes of what is said in words too, and files: they are not looked for in a profile.
    private static let silent: Set<String> = [
        "DocumentInfo", "PrintingPreferences", "DocumentID", "AlternateDocumentID", "CandidateSupplier", "XSDVersion",
        "ProcessingInformation", "RenderingInformation", "Documentation", "ReferenceTo", "ID", "Code", "UseCode",
        "ChannelCode", "PositionSeekingStatusCode", "JobCategoryCode",
    ]
    /// What has no field in any format, and is kept without a word.
    private static let unreported: Set<String> = [
        "AddressLine", "PostalCode", "Demographics", "Nationality", "NationalityCode", "BirthDate", "GenderCode",
    ]
    /// Pictures and attached files.
    private static let files: Set<String> = ["Photo", "Signature", "AttachmentList", "Attachment"]
    /// Attributes about the document, its language and the lists that its codes are of.
    private static let silentAttributes: Set<String> = [
        "schemaLocation", "noNamespaceSchemaLocation", "locale", "lang", "languageCode", "languageID", "schemeID",
        "schemeName", "schemeVersionID", "schemeAgencyID", "schemeAgencyName", "schemeURI", "schemeDataURI", "listID",
        "listName", "listVersionID", "listAgencyID", "listAgencyName", "listURI", "listSchemeURI", "majorVersionID",
        "minorVersionID", "versionID", "releaseID", "systemEnvironmentCode",
    ]
    /// Those that say of which kind an element is: kept without a word.
    private static let unreportedAttributes: Set<String> = ["type", "typeCode", "name", "id", "order"]

    private(set) var kept: [JSONNode.Member] = []
    private var findings: [ResumeWarning] = []
    private var paths: Set<String> = []
    private var kinds: Set<[String]> = []
    /// Of what is kept, but not reported.
    private var unreportedCount = 0
    private var byteCount = 0
    /// Where more was found than is kept.
    private var full: String?

    /// More kinds are only counted.
    private static let kindsMax = 100

    /// - Throws: That there is more than is kept.
    func check() throws(ImportRefusal) {
        guard let full = self.full else { return }
        throw ImportRefusal(
            "\(full): elements without a field hold over \(ResumeReader.attributesBytesMax) bytes: at most so many are kept "
                + "in attributes"
        )
    }

    var warnings: [ResumeWarning] {
        guard self.unreportedCount > 0 else { return self.findings }
        let message = "\(self.unreportedCount) more elements are not read: kept in attributes"
        return self.findings + [.init(path: "", message: message)]
    }

    mutating func add(_ root: EuropassNode) { self.add(root, [], isUnreported: false) }

    /// - Parameter kind: The names that lead to the node, without the root's.
    private mutating func add(_ node: EuropassNode, _ kind: [String], isUnreported: Bool) {
        if Self.files.contains(node.name) { return self.addFile(node) }
        guard self.full == nil, !Self.silent.contains(node.name) else { return }
        let isUnreported = isUnreported || Self.unreported.contains(node.name)
        if let text = node.leftText { self.keep(node, "", text, kind, isUnreported) }
        for (name, text) in node.leftAttributes where !Self.silentAttributes.contains(name) {
            let isOfKind = Self.unreportedAttributes.contains(name)
            self.keep(node, "/@\(name)", text, kind + ["@\(name)"], isUnreported || isOfKind)
        }
        for child in node.children { self.add(child, kind + [child.name], isUnreported: isUnreported) }
    }

    private mutating func addFile(_ node: EuropassNode) {
        guard let first = Self.firstText(in: node), self.kinds.insert([node.name]).inserted else { return }
        self.findings.append(.init(path: first.place, message: "a file: not stored"))
    }

    private static func firstText(in node: EuropassNode) -> EuropassNode? {
        node.leftText == nil ? node.children.lazy.compactMap { Self.firstText(in: $0) }.first : node
    }

    private mutating func keep(
        _ node: EuropassNode,
        _ suffix: String,
        _ text: String,
        _ kind: [String],
        _ isUnreported: Bool
    ) {
        guard self.full == nil else { return }
        let path = node.path + suffix
        var unique = path
        var number = 2
        while !self.paths.insert(unique).inserted {
            unique = "\(path) (\(number))"
            number += 1
        }
        self.byteCount += path.utf8.count
        // A picture in a text may be left out later.
        if !text.hasPrefix("data:") { self.byteCount += text.utf8.count }
        guard self.byteCount <= ResumeReader.attributesBytesMax else {
            self.full = node.place
            return
        }
        self.kept.append(.init(unique, .string(text)))
        guard !isUnreported, !self.kinds.contains(kind) else { return }
        guard self.kinds.count < Self.kindsMax else {
            self.unreportedCount += 1
            return
        }
        self.kinds.insert(kind)
        self.findings.append(.init(path: node.place + suffix, message: "not read: kept in attributes"))
    }
}
