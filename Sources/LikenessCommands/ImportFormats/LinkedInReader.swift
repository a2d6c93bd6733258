internal import LikenessFormats
internal import LikenessMessages
internal import LikenessReflection

/// Puts the tables of LinkedIn's archive together as one document of JSON Resume, and reads that.
struct LinkedInReader {
    private let export: LinkedInExport
    /// Of paths in the document where they come from: "Positions.csv:3: Started On".
    private var places: [String: String] = [:]
    private var warnings: [ResumeWarning] = []
    private var origin = DocumentOrigin(attributesMember: DocumentOrigin.linkedInMember, silent: LinkedInTable.silent)

    static func read(_ export: LinkedInExport, match: [PersonIdentity.Kind]) throws(FormatError) -> ImportItem {
        var reader = Self(export: export)
        return try reader.read(match)
    }

    private init(export: LinkedInExport) { self.export = export }

    private func bytes(of name: String) -> (name: String, contents: Result<[UInt8], FormatError>)? {
        self.export.files.first { LinkedInTable.folded($0.name) == LinkedInTable.folded(name) }.map {
            ($0.name, $0.contents)
        }
    }

    /// The rows of a table; `nil` where there is none, or none that can be read, which is reported.
    private mutating func rows(
        of name: String,
        known: some Sequence<String>
    ) -> (file: String, rows: [LinkedInRows.Row])? {
        guard let (file, contents) = self.bytes(of: name) else { return nil }
        do {
            let read = LinkedInRows(try contents.get(), file: file, known: Set(known))
            self.warnings += read.warnings
            return (file, read.rows)
        } catch {
            self.warnings.append(.init(path: file, message: "\(error): not read"))
            return nil
        }
    }

    private mutating func read(_ match: [PersonIdentity.Kind]) throws(FormatError) -> ImportItem {
        guard let (file, contents) = self.bytes(of: LinkedInTable.profile) else {
            throw FormatError("has no \(LinkedInTable.profile), which a copy of LinkedIn's data has")
        }
        if case .failure(let error) = contents { throw FormatError("\(file): \(error)") }
        guard let rows = self.rows(of: LinkedInTable.profile, known: LinkedInTable.basics.keys)?.rows,
            let row = rows.first
        else {
            throw FormatError(
                "\(file): holds no row with a person\(self.warnings.first.map { " (\($0.path): \($0.message))" } ?? "")"
            )
        }
        for other in rows.dropFirst() {
            self.warnings.append(.init(path: "\(file):\(other.line)", message: "a second person: not read"))
        }
        var members = [JSONNode.Member("basics", .object(self.basics(row, file)))]
        for table in LinkedInTable.lists {
            let items = self.items(table)
            if !items.isEmpty { members.append(.init(table.part, .array(items))) }
        }
        self.warnings += self.export.remarks
        if !self.export.others.isEmpty {
            let count = self.export.others.count
            self.warnings.append(
                .init(
                    path: "",
                    message: "\(count) file\(count == 1 ? "" : "s") without a part of a profile not read: "
                        + LinkedInExport.listed(self.export.others)
                )
            )
        }
        let resume = Result { () throws(ImportRefusal) in try self.resume(.object(members), match, file, row) }
        return ImportItem(place: JSONPlace(line: row.line), resume: resume)
    }

    private func resume(
        _ document: JSONNode,
        _ match: [PersonIdentity.Kind],
        _ file: String,
        _ row: LinkedInRows.Row
    ) throws(ImportRefusal) -> ReadResume {
        do throws(JSONResumeError) {
            var resume = try ResumeReader.read(document, match: match, origin: self.origin)
            resume.warnings =
                self.warnings
                + resume.warnings.map { ResumeWarning(path: self.place(of: $0.path), message: $0.message) }
            return resume
        } catch {
            switch error {
            case .noName:
                throw ImportRefusal("\(file):\(row.line): First Name, Last Name: no name, which a person needs")
            case .tooLarge(let path, let byteCount, let byteCountMax):
                throw ImportRefusal(
                    "\(self.place(of: path)): \(byteCount) bytes without a field: at most \(byteCountMax) are kept in attributes"
                )
            default: throw ImportRefusal("\(error)")
            }
        }
    }

    /// Where a path of the document comes from, as closely as that is known.
    private func place(of path: String) -> String {
        var rest = path[...]
        while !rest.isEmpty {
            if let place = self.places[String(rest)] { return place }
            rest = rest[..<(rest.lastIndex { ".[".contains($0) } ?? rest.startIndex)]
        }
        return path
    }

    // MARK: Parts

    private mutating func basics(_ row: LinkedInRows.Row, _ file: String) -> [JSONNode.Member] {
        var members: [JSONNode.Member] = []
        var kept: [JSONNode.Member] = []
        for (title, text) in row.cells {
            guard let name = LinkedInTable.basics[ResumeScope.folded(title)] else {
                // An address and the day of birth are kept, and are neither location nor headline.
                kept.append(.init(title, .string(text)))
                continue
            }
            members.append(.init(name, .string(text)))
            self.places["basics.\(name)"] = "\(file):\(row.line): \(title)"
        }
        if !kept.isEmpty { self.origin.kept.append(.init("Profile", .object(kept))) }
        if let summary = self.summary(beside: row.text("summary")) { members.append(summary) }
        self.keepRows(of: LinkedInTable.phones, known: ["number"])
        if let email = self.email() { members.append(email) }
        return members
    }

    /// The summary of the file for it, where the person's own table has none. Others are kept.
    private mutating func summary(beside own: String?) -> JSONNode.Member? {
        let name = LinkedInTable.profileSummary
        guard let (file, rows) = self.rows(of: name, known: ["profilesummary", "summary"]) else { return nil }
        var summary = own
        var member: JSONNode.Member?
        var kept: [JSONNode] = []
        for row in rows {
            for (index, cell) in row.cells.enumerated() where cell.text != summary {
                let place = "\(file):\(row.line): \(cell.title)"
                if index == 0, summary == nil {
                    (summary, member) = (cell.text, .init("summary", .string(cell.text)))
                    self.places["basics.summary"] = place
                } else {
                    kept.append(.string(cell.text))
                    self.warnings.append(.init(path: place, message: "there is another summary: kept in attributes"))
                }
            }
        }
        if !kept.isEmpty { self.origin.kept.append(.init("Profile Summary", .array(kept))) }
        return member
    }

    /// The address that the member has for the first.
    private mutating func email() -> JSONNode.Member? {
        let titles = ["emailaddress", "confirmed", "primary"]
        guard let (file, rows) = self.keepRows(of: LinkedInTable.emails, known: titles) else { return nil }
        func address(_ row: LinkedInRows.Row) -> (title: String, text: String)? {
            row.cells.first { $0.text.dropFirst().dropLast().contains("@") }
        }
        func isSo(_ row: LinkedInRows.Row, _ title: String) -> Bool { row.text(title)?.lowercased() == "yes" }
        let addressed = rows.filter { address($0) != nil }
        for row in rows where address(row) == nil {
            self.warnings.append(
                .init(path: "\(file):\(row.line)", message: "no e-mail address: kept in attributes")
            )
        }
        let first =
            addressed.first { isSo($0, "primary") } ?? addressed.first { isSo($0, "confirmed") } ?? addressed.first
        guard let first, let (title, text) = address(first) else { return nil }
        self.places["basics.email"] = "\(file):\(first.line): \(title)"
        return .init("email", .string(text))
    }

    /// Keeps the rows of a table as they stand.
    @discardableResult
    private mutating func keepRows(of name: String, known: [String]) -> (file: String, rows: [LinkedInRows.Row])? {
        guard let (file, rows) = self.rows(of: name, known: known) else { return nil }
        if !rows.isEmpty { self.origin.kept.append(.init(String(name.dropLast(4)), .array(rows.map(\.node)))) }
        return (file, rows)
    }

    private mutating func items(_ table: LinkedInTable) -> [JSONNode] {
        guard let (file, rows) = self.rows(of: table.file, known: table.columns.keys) else { return [] }
        var items: [JSONNode] = []
        var unread = 0
        for row in rows {
            let path = "\(table.part)[\(items.count)]"
            var members: [JSONNode.Member] = []
            var isKnown = false
            self.places[path] = "\(file):\(row.line)"
            for (title, text) in row.cells {
                let name = table.columns[ResumeScope.folded(title)]
                isKnown = isKnown || name != nil
                members.append(.init(name ?? title, .string(text)))
                self.places["\(path).\(name ?? title)"] = "\(file):\(row.line): \(title)"
            }
            if isKnown { items.append(.object(members)) } else if !members.isEmpty { unread += 1 }
        }
        if unread > 0 {
            self.warnings.append(
                .init(
                    path: file,
                    message: "\(unread) row\(unread == 1 ? "" : "s") without a column that is known: not read"
                )
            )
        }
        return items
    }
}
