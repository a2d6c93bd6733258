internal import Foundation
internal import LikenessConsole
internal import LikenessFormats

/// What one import reads: a file or pipe, or a folder of LinkedIn's tables.
struct ImportSource: Sendable {
    private enum Kind: Sendable { case file, inFolder(name: String, folder: String), tables }

    /// As it is named in messages.
    let path: String
    private let kind: Kind

    /// What stands at a path. A folder without `Profile.csv` stands for the files in it; folders in it are not looked at.
    ///
    /// - Returns: The sources, and the names of folders that are left out.
    static func all(at path: String, format: ImportFile.Format?) throws -> (sources: [ImportSource], folders: [String])
    {
        guard InputFolder.isFolder(path) else { return ([ImportSource(path: path, kind: .file)], []) }
        let names = try InputFolder.names(in: path)
        if format == .linkedin || names.files.contains(where: LinkedInTable.isProfile) {
            return ([ImportSource(path: path, kind: .tables)], [])
        }
        guard !names.files.isEmpty else { throw FormatError("is a folder without files") }
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        let sources = names.files.map {
            ImportSource(path: "\(folder)/\($0)", kind: .inFolder(name: $0, folder: folder))
        }
        return (sources, names.folders)
    }

    func read(
        format: ImportFile.Format?,
        match: [PersonIdentity.Kind],
        columns: [TableColumnChoice]
    ) throws -> ImportFile {
        switch self.kind {
        case .file: return try self.file(try InputFile.read(self.path), format, match, columns)
        case .inFolder(let name, let folder):
            return try self.file(try InputFolder.read(name, in: folder), format, match, columns)
        case .tables: return try self.tables(format, match, columns)
        }
    }

    private func file(
        _ data: Data,
        _ format: ImportFile.Format?,
        _ match: [PersonIdentity.Kind],
        _ columns: [TableColumnChoice]
    ) throws -> ImportFile {
        let name = URL(filePath: self.path).lastPathComponent
        let file = try ImportFile(data, format: format, match: match, columns: columns, name: name)
        guard file.count > 0 else { throw FormatError("holds no document") }
        return file
    }

    /// The tables that LinkedIn's archive was unpacked to.
    private func tables(
        _ format: ImportFile.Format?,
        _ match: [PersonIdentity.Kind],
        _ columns: [TableColumnChoice]
    ) throws -> ImportFile {
        guard format ?? .linkedin == .linkedin, columns.isEmpty else {
            throw FormatError("is a folder of LinkedIn's tables: leave --format and --column out")
        }
        let names = try InputFolder.names(in: self.path).files
        let files = names.filter(LinkedInExport.wants).map { name in
            LinkedInExport.File(
                name: name,
                contents: Result { () throws(FormatError) in
                    do throws(InputFile.Failure) {
                        let data = try InputFolder.read(name, in: self.path, bytesMax: ZipArchive.entryBytesMax)
                        return Array(data)
                    } catch {
                        throw FormatError(error.description)
                    }
                }
            )
        }
        let others = names.filter { !LinkedInExport.wants($0) }
        return try ImportFile(LinkedInExport(files: files, others: others), match: match)
    }
}
