internal import Foundation

/// Files that appear whole and with the right permissions from the start.
enum PrivateFile {
    static func write(_ text: String, to file: String, mode: Int) throws {
        let temporary = file + ".new"
        try? FileManager.default.removeItem(atPath: temporary)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: mode]
        guard FileManager.default.createFile(atPath: temporary, contents: Data(text.utf8), attributes: attributes),
            rename(temporary, file) == 0
        else { throw ConfigurationError(["\(file): cannot be written"]) }
    }
}
