package import LikenessFormats

/// What LinkedIn gives a member who asks for a copy of the data: tables about one person, in an archive or a folder.
package struct LinkedInExport: Sendable {
    /// A table that is looked for, and its bytes, or why they are not to be had.
    package struct File: Sendable {
        /// As the archive or the folder has it, without folders.
        package let name: String
        package let contents: Result<[UInt8], FormatError>

        package init(name: String, contents: Result<[UInt8], FormatError>) {
            self.name = name
            self.contents = contents
        }
    }

    package let files: [File]
    /// Names of files that are not looked for.
    package let others: [String]
    /// Of files that are looked for and not read all the same.
    let remarks: [ResumeWarning]

    private static let isDouble = "has the name of another, which is read: not read"

    /// All tables together: some hundred times what people have.
    private static let bytesMax = 64 << 20

    package init(files: [File], others: [String]) { self.init(files: files, others: others, remarks: []) }

    private init(files: [File], others: [String], remarks: [ResumeWarning]) {
        var names: Set<String> = []
        let isFirst = files.map { names.insert(LinkedInTable.folded($0.name) ?? $0.name).inserted }
        self.files = zip(files, isFirst).filter(\.1).map(\.0)
        self.others = others
        self.remarks =
            remarks
            + zip(files, isFirst).filter { !$0.1 }.map {
                .init(path: $0.0.name, message: Self.isDouble)
            }
    }

    /// Of what macOS puts beside the files that it packs.
    private static func isOfMacOS(_ entry: ZipArchive.Entry) -> Bool {
        entry.name.hasPrefix("__MACOSX/") || entry.file.hasPrefix("._") || entry.file == ".DS_Store"
    }

    /// Whether a file of that name is looked for.
    package static func wants(_ file: String) -> Bool {
        LinkedInTable.folded(file).map(LinkedInTable.wanted.contains) ?? false
    }

    /// The tables in an archive: those in the folder where the person's is. Nothing is unpacked but these.
    package init(zip bytes: [UInt8]) throws(FormatError) {
        let archive = try ZipArchive(bytes)
        let entries = archive.entries.filter { !$0.file.isEmpty && !Self.isOfMacOS($0) }
        let isProfile = { (entry: ZipArchive.Entry) in
            LinkedInTable.folded(entry.file) == LinkedInTable.folded(LinkedInTable.profile)
        }
        guard let profile = entries.filter(isProfile).min(by: { $0.depth < $1.depth }) else {
            if let sentence = UnreadFormat.sentence(of: archive) { throw FormatError(sentence) }
            throw FormatError(
                "is a ZIP archive without \(LinkedInTable.profile), which one of LinkedIn has (it holds "
                    + "\(Self.listed(entries.map(\.name)))): unzip it, and import what is in it"
            )
        }
        let folder = profile.name.dropLast(profile.file.count)
        var files: [File] = []
        var others: [String] = []
        var remarks: [ResumeWarning] = []
        if archive.countSaid < archive.entries.count {
            let counts = "counts \(archive.countSaid) file\(archive.countSaid == 1 ? "" : "s")"
            remarks.append(
                .init(
                    path: "",
                    message:
                        "the archive's end \(counts), and its directory has \(archive.entries.count): all are looked at"
                )
            )
        }
        var names: Set<String> = []
        var byteCount = 0
        for entry in entries {
            guard Self.wants(entry.file) else {
                others.append(entry.name)
                continue
            }
            guard entry.name == folder + entry.file else {
                let reason =
                    isProfile(entry) ? "is another \(LinkedInTable.profile)" : "is not beside \(LinkedInTable.profile)"
                remarks.append(.init(path: entry.name, message: "\(reason): not read"))
                continue
            }
            guard names.insert(LinkedInTable.folded(entry.file) ?? entry.file).inserted else {
                remarks.append(.init(path: entry.name, message: Self.isDouble))
                continue
            }
            let contents = Result { () throws(FormatError) in
                // What is larger than any that is read says so itself.
                let said = entry.byteCount ?? 0
                guard said > ZipArchive.entryBytesMax || byteCount + said <= Self.bytesMax else {
                    throw FormatError("is too much: at most \(Self.bytesMax >> 20) MiB of an archive are read")
                }
                return try archive.contents(of: entry)
            }
            // What is damaged was unpacked too.
            byteCount += min(entry.byteCount ?? ZipArchive.entryBytesMax, ZipArchive.entryBytesMax)
            files.append(File(name: entry.file, contents: contents))
        }
        self.init(files: files, others: others, remarks: remarks)
    }

    /// The first names, for a sentence.
    static func listed(_ names: [String]) -> String {
        let shown = names.prefix(Self.shownMax).map { "\"\($0.prefix(80))\"" }.joined(separator: ", ")
        if names.isEmpty { return "nothing" }
        return names.count > Self.shownMax ? "\(shown) and \(names.count - Self.shownMax) more" : shown
    }

    private static let shownMax = 5
}
