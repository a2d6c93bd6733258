package import Foundation
package import LikenessFormats
internal import LikenessReflection

/// A file of people in one of the formats that are read, which its content tells.
package struct ImportFile: Sequence {
    package enum Format: String, CaseIterable, Sendable {
        /// JSON Resume and alike, JSON Lines.
        case json
        /// Rows with a header.
        case csv
        /// The archive that LinkedIn gives a member.
        case linkedin
        /// The XML of Europass.
        case europass
    }

    private enum Contents {
        case documents(JSONResumeFile)
        case table(TableFile)
        case person(ImportItem)
    }

    package let format: Format
    private let contents: Contents

    /// - Parameters:
    ///   - format: `nil` to tell it by the content.
    ///   - columns: What `--column` says of a table.
    ///   - name: The file's, without folders, where it has one.
    /// - Throws: What is wrong with the file as a whole.
    package init(
        _ data: Data,
        format: Format? = nil,
        match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual,
        columns: [TableColumnChoice] = [],
        name: String = ""
    ) throws(FormatError) {
        guard data.contains(where: { $0 > 0x20 }) else {
            throw FormatError(data.isEmpty ? "is empty" : "holds no text")
        }
        if let sentence = UnreadFormat.sentence(of: data) { throw FormatError(sentence) }
        if ZipArchive.isZip(data), (format ?? .linkedin) != .linkedin {
            throw FormatError("is a ZIP archive: unzip it, and import what is in it")
        }
        let isGuess = format == nil && columns.isEmpty
        let format = if let format { format } else { try Self.format(of: data, columns: columns) }
        self.format = format
        guard columns.isEmpty || format == .csv else {
            throw FormatError("is read as \(format.rawValue), which has no columns to choose: leave --column out")
        }
        switch format {
        case .json: self.contents = .documents(JSONResumeFile(data, match: match))
        case .csv:
            let table = try TableFile(data, columns: columns, match: match)
            if isGuess, LinkedInTable.isPart(name, titles: table.titles) {
                throw FormatError(
                    "is a table of LinkedIn's without \(LinkedInTable.profile), which says whose it is: import the folder or the "
                        + "archive, or say --format csv if it is a table of people"
                )
            }
            self.contents = .table(table)
        case .linkedin:
            self.contents = .person(try LinkedInReader.read(try LinkedInExport(zip: Array(data)), match: match))
        case .europass: self.contents = .person(try EuropassReader.read(Array(data), match: match))
        }
    }

    /// The tables of a folder as LinkedIn's archive has them.
    package init(
        _ export: LinkedInExport,
        match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual
    ) throws(FormatError) {
        self.format = .linkedin
        self.contents = .person(try LinkedInReader.read(export, match: match))
    }

    /// - Throws: What a file is of which nothing is read.
    private static func format(of data: Data, columns: [TableColumnChoice]) throws(FormatError) -> Format {
        if !columns.isEmpty { return .csv }
        if ZipArchive.isZip(data) { return .linkedin }
        let text = JSONResumeFile.utf8(data.prefix(Self.probedBytes))
        if XMLDocument.isXML(text) { return .europass }
        if let sentence = UnreadFormat.sentence(ofLines: text) { throw FormatError(sentence) }
        if TableFile.isTable(data) { return .csv }
        let lines = text.split { $0 == 0x0A || $0 == 0x0D }
        guard lines.contains(where: { UnreadFormat.isJSON(String(decoding: $0, as: UTF8.self)) }) else {
            throw FormatError(UnreadFormat.isNothingKnown)
        }
        return .json
    }

    private static let probedBytes = 1 << 16

    /// People in the file.
    package var count: Int {
        switch self.contents {
        case .documents(let file): file.count
        case .table(let file): file.count
        case .person: 1
        }
    }

    package func makeIterator() -> AnyIterator<ImportItem> {
        switch self.contents {
        case .documents(let file):
            var items = file.makeIterator()
            return AnyIterator {
                items.next().map { item in
                    ImportItem(
                        place: item.place,
                        resume: item.resume.mapError { ImportRefusal($0.description) },
                        strays: item.strays
                    )
                }
            }
        case .table(let file): return AnyIterator(file.makeIterator())
        case .person(let item): return AnyIterator(CollectionOfOne(item).makeIterator())
        }
    }
}
