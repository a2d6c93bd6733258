internal import Foundation
internal import LikenessConsole
internal import LikenessMessages

/// A file of ``MaskDocuments``.
enum MaskFile {
    /// Reads all before any is sent: nothing is stored of a file that cannot be stored whole.
    ///
    /// - Parameter path: `-` for standard input.
    static func read(_ path: String) throws -> [Mask] {
        let data: Data
        do {
            data = try InputFile.read(path)
        } catch {
            throw CommandFailure("\(path): \(error)", exitCode: 1)
        }
        do {
            return try MaskDocuments.masks(in: data)
        } catch {
            throw CommandFailure("\(path): \(error)", exitCode: 1)
        }
    }
}
